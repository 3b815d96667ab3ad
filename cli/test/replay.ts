import type { TestTokenOptions } from "../../entra/tokens/issuer.ts";
import type { Environment } from "../../src/cli-exports/policy.ts";
import type { Counterexample, RuleResult } from "../decisions/rules.ts";
import type { GateCode, RouteTable } from "../project/gate-code.ts";
import { createHonoGate } from "./hono-gate.ts";
import { createTrialGate } from "./trial-gate.ts";

/** What the gate answered a counterexample. */
export interface Replay {
  readonly counterexample: Counterexample;
  /**
   * The status that the gate answered; `undefined` for a message of MCP with any other name, if no name is known that
   * has no entry.
   */
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
    const { method, path, authority, claims } = counterexample;
    const message = createMessage(gate.table, counterexample);
    const token =
      claims &&
      (await gate.authority.issue({ ...describeToken(claims), ...(authority !== undefined && { authority }) }));
    const isSent = (message === undefined) === (counterexample.message === undefined);
    replays.push({ counterexample, status: isSent ? (await send(method, path, token, message)).status : undefined });
  }
  return replays;
}

/** Method of a message for each kind of name, and the member that has the name. */
const calls: Readonly<Record<string, readonly [method: string, nameIn: string]>> = {
  tools: ["tools/call", "name"],
  prompts: ["prompts/get", "name"],
  resources: ["resources/read", "uri"],
};

/**
 * Creates the message of MCP that a counterexample stands for.
 *
 * @returns `undefined` if it stands for none, or if each name that is tried has an entry
 */
function createMessage({ names = [] }: RouteTable, { path, message = "" }: Counterexample): object | undefined {
  const [kind = "", ...parts] = message.split("/");
  const policy = names.find((each) => each.path === path);
  const [method, nameIn] = calls[kind] ?? [];
  if (policy === undefined || nameIn === undefined) return undefined;
  const named = parts.join("/");
  const others = ["x", "xx", "xxx", "xxxx"].map((each) => (kind === "resources" ? `${each}://${each}` : each));
  const isOther = (each: string) => policy.accessOf(kind, each) === policy.accessOf(kind, "*");
  const name = named === "*" ? others.find(isOther) : named;
  return name === undefined ? undefined : { jsonrpc: "2.0", id: 1, method, params: { [nameIn]: name } };
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
