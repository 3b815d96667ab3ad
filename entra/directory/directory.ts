// The directory of the local Entra: tenants, the API, its clients and the users. It is plain data with fixed GUIDs, so
// that tests, curl lines and configurations can use the same names. All of it is fictitious.

import { createDirectory } from "./create-directory.ts";

const directory = createDirectory();

/** A tenant of the local Entra. */
export interface Tenant {
  /** Tenant ID, a GUID: `tid` of its tokens. */
  readonly id: string;
  /** Name for people. */
  readonly name: string;
  /** Domain of its users. Like the ID, it can be used in addresses of the authority. */
  readonly domain: string;
}

/** The tenants by their short names. */
export type Tenants = {
  /** The home tenant, with the API, its clients and most personas. */
  readonly contoso: Tenant;
  /** Another organization. A single-tenant API must refuse its tokens. */
  readonly fabrikam: Tenant;
  /** Personal Microsoft accounts. The GUID is Microsoft's, and the same everywhere. */
  readonly msa: Tenant;
};

/** The tenants of the local Entra, by their short names. */
export const tenants: Tenants = {
  contoso: describeTenant("contoso"),
  fabrikam: describeTenant("fabrikam"),
  msa: describeTenant("msa"),
};

function describeTenant(shortName: string): Tenant {
  const { id, name, domain } = directory.findTenant(shortName)!;
  return { id, name, domain };
}

/** Short name of a tenant. */
export type TenantName = keyof Tenants;

/** The registration of an API. */
export interface ApiRegistration {
  /** Application (client) ID, a GUID: `aud` of its v2.0 tokens. */
  readonly clientId: string;
  /** Application ID URI, the prefix of its scopes in requests to Entra. */
  readonly appIdUri: string;
  /** Short names of its delegated permissions. `.default` includes them. */
  readonly scopes: readonly string[];
}

/** The registration of the protected API. */
export interface ProtectedApi extends ApiRegistration {
  /** Short names of its delegated permissions. `.default` includes them. */
  readonly scopes: readonly ["access_as_user", "orders.read"];
  /** App roles for users and apps. */
  readonly appRoles: readonly ["Orders.Read.All", "Orders.Admin"];
}

/** The registration of the protected API. */
export const api: ProtectedApi = {
  ...describeApi("api"),
  scopes: ["access_as_user", "orders.read"],
  appRoles: ["Orders.Read.All", "Orders.Admin"],
};

/** The registration of a remote MCP server. Each local Entra can register more Application ID URIs for it. */
export const mcpApi: ApiRegistration = describeApi("mcp-api");

function describeApi(shortName: string): ApiRegistration {
  const { clientId, appIdUris, scopes } = directory.findApp(shortName)!;
  return {
    clientId,
    appIdUri: appIdUris[0]!,
    scopes: scopes.filter(({ inDefault }) => inDefault).map(({ name }) => name),
  };
}

/** The registration of an API behind the API. */
export interface DownstreamApi extends ApiRegistration {
  /** Further delegated permissions, which `.default` does not include. */
  readonly otherScopes: readonly string[];
  /** Authentication contexts that scopes require, by the scope's short name. */
  readonly stepUpScopes: Readonly<Record<string, string>>;
  /** Scopes without consent. */
  readonly unconsentedScopes: readonly string[];
}

/**
 * An API behind the API, for tokens on behalf of a user. `.default` does not include two of its scopes:
 * `inventory.approve` requires the authentication context `c1`, and `inventory.audit` has no consent.
 */
export const downstreamApi: DownstreamApi = {
  ...describeApi("downstream"),
  otherScopes: ["inventory.approve", "inventory.audit"],
  stepUpScopes: { "inventory.approve": "c1" },
  unconsentedScopes: ["inventory.audit"],
};
