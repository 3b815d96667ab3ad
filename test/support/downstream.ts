import { clients } from "../../entra/directory/clients.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import type { Fleet } from "./fleet.ts";
import type { GateDefinition } from "./gates.ts";
import type { HttpAnswer } from "./http.ts";

/** `name:key` for TOKEN_CACHE_KEY. */
export const cacheKey = `k1:${"A".repeat(43)}`;

/** A gate that gets tokens for other APIs with a secret, for two tenants. */
export const withSecret: GateDefinition = {
  entry: "test/gates/downstream.ts",
  vars: {
    ENTRA_TENANT_ID: "organizations",
    ENTRA_ALLOWED_TENANTS: `${tenants.contoso.id} ${tenants.fabrikam.id}`,
    ENTRA_CLIENT_ID: api.clientId,
    ENTRA_CLIENT_SECRET: clients.api.secret,
  },
};

/** The same with shared tokens in KV. */
export const withKv: GateDefinition = {
  ...withSecret,
  kv: { TOKEN_CACHE: "tokens" },
  vars: { ...withSecret.vars, TOKEN_CACHE_KEY: cacheKey },
};

/** `withSecret` with some variables changed; `undefined` removes one. */
export function withVars(vars: Readonly<Record<string, unknown>>, parts: GateDefinition = {}): GateDefinition {
  return { ...withSecret, ...parts, vars: { ...withSecret.vars, ...vars } };
}

/** Sends a request with a bearer token to a gate. */
export function ask(fleet: Fleet<string>, gate: string, path: string, token: string): Promise<HttpAnswer> {
  return fleet.send(gate, { path, headers: [["Authorization", `Bearer ${token}`]] });
}

/** Counts the requests to the local Entra's token endpoint. */
export async function countTokenRequests(fleet: Fleet<string>): Promise<number> {
  return ((await fleet.countsOfEntra()).total as Readonly<Record<string, number>>).token ?? 0;
}

/** Text that no response, log or store may contain: the three parts of any token, and the secrets. */
export const secretText = /eyJ[\w-]{10,}\.[\w-]{10,}\.|local-secret|PRIVATE KEY/;
