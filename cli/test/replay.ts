import type { TestTokenOptions } from "../../entra/tokens/issuer.ts";
import type { Environment } from "../../src/cli-exports/policy.ts";
import type { Counterexample, RuleResult } from "../decisions/rules.ts";
import type { GateCode } from "../project/gate-code.ts";
import { createHonoGate } from "./hono-gate.ts";
import { createTrialGate } from "./trial-gate.ts";

/** What the gate answered a counterexample. */
export interface Replay {
  readonly counterexample: Counterexample;
  /** The status that the gate answered; `undefined` for a message of MCP, whose body a replay does not have. */
  readonly status: number | undefined;
}

/**
 * Sends each counterexample to the gate in process, and that of a Hono app through its own router. The callbacks of the
 * code answer what the rules presume: the tenant is allowed, and the token is not revoked.
 */
export async function replayAll(
  code: GateCode,
  variables: Environment,
  results: readonly RuleResult[],
): Promise<readonly Replay[]> {
  const { isTenantAllowed, revokedAtSeconds, ...options } = code.options;
  const gate = createTrialGate(
    { ...code, options: { ...options, ...(isTenantAllowed && { isTenantAllowed: () => true }) } },
    variables,
  );
  const send = code.hono === undefined ? gate.send : createHonoGate(code.hono, gate);
  const replays: Replay[] = [];
  for (const counterexample of results.flatMap(({ verdict }) =>
    verdict.outcome === "broken" ? verdict.counterexamples : [],
  )) {
    const { method, path, message, authority, claims } = counterexample;
    const token =
      claims &&
      (await gate.authority.issue({ ...describeToken(claims), ...(authority !== undefined && { authority }) }));
    const status = message === undefined ? (await send(method, path, token)).status : undefined;
    replays.push({ counterexample, status });
  }
  return replays;
}

/** Whether the gate answered something else than the rules predicted. */
export function differs({ counterexample, status }: Replay): boolean {
  return status !== undefined && status !== counterexample.status;
}

/** The token of a user or an app with these claims, and without others that decide. */
function describeToken(claims: NonNullable<Counterexample["claims"]>): TestTokenOptions {
  const { idtyp, groups = [], roles = [], azp } = claims;
  const isApp = idtyp === "app";
  return {
    roles: roles as readonly string[],
    ...(isApp ? { client: "daemon" } : { groups: groups as readonly string[] }),
    // A token of version 1 names the client in another claim.
    claims: { ...claims, appid: azp },
  };
}
