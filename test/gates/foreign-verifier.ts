import { authPlugin, type HookContext, requireAuth, type VerifiedCaller } from "../../src/adapters/daloy.ts";
import { createPrincipal } from "../../src/core/token/caller.ts";

const claims = { sub: "alice" };
const identity = { kind: "user", authority: "customers", scopes: ["read"], roles: [], groups: [] };
const ofCustomers = createPrincipal(identity as never, { claims });

/** What the verifier returns, by token. */
const callers: Readonly<Record<string, () => object>> = {
  own: () => ({ sub: "alice", scopes: ["read"], claims }),
  principal: () => ofCustomers,
  named: () => ({ ...identity, sub: "alice", claims }),
  copied: () => ({ ...ofCustomers }),
  cloned: () => structuredClone(ofCustomers),
  stored: () => JSON.parse(JSON.stringify(ofCustomers)),
  inherited: () => Object.create(ofCustomers),
  wrapped: () => new Proxy(ofCustomers, {}),
};

authPlugin({ verify: async (token) => callers[token]?.() as VerifiedCaller }).register({ decorate: () => {} });
const hooks = requireAuth("read");

export default {
  bundles: [hooks],
  fetch: async (request: Request): Promise<Response> =>
    (await hooks.preBody({ request, state: {}, routePath: "/me" } satisfies HookContext)) ?? new Response("in"),
};
