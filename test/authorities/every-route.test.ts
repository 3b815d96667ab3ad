import { expect, it } from "vitest";
import { clients } from "../../entra/directory/clients.ts";
import { findContents } from "../../src/app/app-contents.ts";
import type { Gate, GateOptions } from "../../src/index.ts";
import { isAuthorityNamed, listRequirements } from "../../src/policy/requirement.ts";
import { createTwinWorld } from "./world.ts";

/** The workers of the black-box tests. */
const modules = import.meta.glob<{ readonly default: unknown }>([
  "../gates/*.ts",
  // Faulty by intent, no gate, and the same routes as another one with a credential in Entra.
  "!../gates/broken-origins.ts",
  "!../gates/daloy.ts",
  "!../gates/mcp-any-host-credential.ts",
]);
/** A good token of the other authority, and one that lacks client and scope too. */
const tokens = [{}, { scopes: ["other"], client: "cae-spa" }] as const;
const variables = {
  ENTRA_ALLOWED_CLIENTS: clients.spa.clientId,
  ENTRA_CUSTOMERS_ALLOWED_CLIENTS: clients.spa.clientId,
  GATE_URL: "https://api.contoso.example",
};

const credential = { ENTRA_CLIENT_ID: clients.spa.clientId, ENTRA_CLIENT_SECRET: "a-secret" };
const sessionKey = { GATE_SESSION_KEY: `k1:${"A".repeat(43)}` };
const origins = {
  ORIGIN_BILLING_URL: "https://billing.contoso.example",
  ORIGIN_ORDERS_URL: "https://orders.contoso.example",
};
/** What some gates need in addition. */
const ownVariables: Readonly<Record<string, Record<string, string>>> = {
  "../gates/cookies.ts": origins,
  "../gates/origins.ts": origins,
  "../gates/mcp-any-host.ts": sessionKey,
  "../gates/mcp-own-callback.ts": sessionKey,
};

/** Options that need variables or services of their own. They decide nothing about authorities. */
function withoutServices(options: GateOptions): GateOptions {
  const { groups: _, issuer: __, revocations: ___, ...others } = options;
  return others;
}

it.each(["enforce", "report"])(
  "a gate refuses callers of an authority that no route names, in mode %s",
  { tags: "authority-named" },
  async (mode) => {
    let called = 0;
    const admitted: string[] = [];
    const skipped: string[] = [];
    for (const name of Object.keys(modules)) {
      try {
        const { options } = Object((await modules[name]?.())?.default) as Partial<Gate>;
        if (options === undefined) continue;
        const world = createTwinWorld(
          { ...variables, ...ownVariables[name], ...(options.downstream && credential), GATE_MODE: mode },
          withoutServices(options),
        );
        const routes = (findContents(options.routes)?.routes ?? []).filter(
          ({ access }) =>
            access.kind !== "public" && !isAuthorityNamed("customers", listRequirements(access, undefined)),
        );
        for (const [method, path] of [
          ...routes.map((each) => [each.method, each.path] as const),
          ["GET", "/x/y"],
        ] as const) {
          for (const token of tokens) {
            const own = await world.issue("customers", token as never);
            const { status } = await world.ask(path.replace(/:\w+/g, "1").replace("*", "x"), own, {}, method);
            const { reason } = world.io.lines.findLast(({ event }) => event === "refused") ?? {};
            called += 1;
            if (status < 400 || !["authority_not_allowed", "route_unlisted"].includes(String(reason)))
              admitted.push(`${name} ${method} ${path}: ${status} ${reason}`);
          }
        }
      } catch (error) {
        skipped.push(`${name}: ${(error as Error).message}`);
      }
    }
    expect(admitted).toEqual([]);
    expect(skipped).toEqual([]);
    expect(called).toBeGreaterThan(200);
  },
);
