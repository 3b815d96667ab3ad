// The directory of the local Entra: tenants, the API, its clients and the users. It is plain data with fixed GUIDs, so
// that tests, curl lines and configurations can use the same names. All of it is fictitious.

export interface Tenant {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
}

export const tenants = {
  /** The home tenant, with the API, its clients and most personas. */
  contoso: {
    id: "c0c0c0c0-0000-4000-8000-000000000001",
    name: "Contoso",
    domain: "contoso.example",
  },
  /** Another organization. A single-tenant API must refuse its tokens. */
  fabrikam: {
    id: "fab1fab1-0000-4000-8000-000000000002",
    name: "Fabrikam",
    domain: "fabrikam.example",
  },
  /** Personal Microsoft accounts. The GUID is Microsoft's, and the same everywhere. */
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

/** The registration of a remote MCP server. Each local Entra can register more Application ID URIs for it. */
export const mcpApi = {
  clientId: "a9100000-0000-4000-8000-000000000012",
  appIdUri: "api://a9100000-0000-4000-8000-000000000012",
  scopes: ["tools.read", "tools.write"],
} as const;

/**
 * An API behind the API, for tokens on behalf of a user. `.default` does not include two of its scopes:
 * `inventory.approve` requires the authentication context `c1`, and `inventory.audit` has no consent.
 */
export const downstreamApi = {
  clientId: "d0550000-0000-4000-8000-000000000011",
  appIdUri: "api://d0550000-0000-4000-8000-000000000011",
  scopes: ["inventory.read"],
  otherScopes: ["inventory.approve", "inventory.audit"],
  stepUpScopes: { "inventory.approve": "c1" },
  unconsentedScopes: ["inventory.audit"],
} as const;
