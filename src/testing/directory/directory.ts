// What the local Entra knows: tenants, the API, its clients and the people. Plain data with fixed GUIDs, so that a test,
// a curl line and a configuration can name the same things. Nobody and nothing here exists.

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}

export const tenants = {
  /** The home tenant: the API, its clients and most personas live here. */
  contoso: {
    id: "c0c0c0c0-0000-4000-8000-000000000001",
    name: "Contoso",
    domain: "contoso.example",
  },
  /** Another organisation, whose tokens a single-tenant API must refuse. */
  fabrikam: {
    id: "fab1fab1-0000-4000-8000-000000000002",
    name: "Fabrikam",
    domain: "fabrikam.example",
  },
  /** Personal Microsoft accounts. This GUID is Microsoft's own and the same everywhere. */
  msa: {
    id: "9188040d-6c67-4c5b-b112-36a304b66dad",
    name: "Personal accounts",
    domain: "personal.example",
  },
} as const satisfies Record<string, Tenant>;

export type TenantName = keyof typeof tenants;

/** The registration of the protected API. */
export const api = {
  clientId: "a9100000-0000-4000-8000-000000000010",
  appIdUri: "api://a9100000-0000-4000-8000-000000000010",
  scopes: ["access_as_user", "orders.read"],
  appRoles: ["Orders.Read.All", "Orders.Admin"],
} as const;

/** The registration of a remote MCP server. Each instance of the local Entra can be told more Application ID URIs of it. */
export const mcpApi = {
  clientId: "a9100000-0000-4000-8000-000000000012",
  appIdUri: "api://a9100000-0000-4000-8000-000000000012",
  scopes: ["tools.read", "tools.write"],
} as const;

/**
 * An API behind the API, for tokens on behalf of a user. Of the scopes that `.default` does not stand for,
 * `inventory.approve` needs the authentication context `c1`, and nobody has consented to `inventory.audit`.
 */
export const downstreamApi = {
  clientId: "d0550000-0000-4000-8000-000000000011",
  appIdUri: "api://d0550000-0000-4000-8000-000000000011",
  scopes: ["inventory.read"],
  otherScopes: ["inventory.approve", "inventory.audit"],
  stepUpScopes: { "inventory.approve": "c1" },
  unconsentedScopes: ["inventory.audit"],
} as const;
