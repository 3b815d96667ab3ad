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

export interface Client {
  readonly clientId: string;
  readonly name: string;
  /** Object id of the client's service principal: `oid` and `sub` of its app-only tokens. */
  readonly servicePrincipalId: string;
  /** Absent for a public client. */
  readonly secret?: string;
  /** App id of the blueprint that an agent identity was made from. All its tokens are marked as an agent's. */
  readonly blueprint?: string;
  /** App roles granted to the client itself. */
  readonly appRoles: readonly string[];
  /** Sent as `xms_cc`: `cp1` says that the client understands claims challenges. */
  readonly capabilities: readonly string[];
  /** As registered. A URI of `localhost` or 127.0.0.1 that has no port fits every port (RFC 8252 section 7.3). */
  readonly redirectUris: readonly string[];
  /** Of the redirect URIs, where it is not *Mobile and desktop applications*. */
  readonly platform?: "web" | "spa";
}

/** Of MCP clients. Entra ignores the port for `http://localhost` alone. */
const mcpRedirectUris = [
  "http://localhost/callback",
  "http://127.0.0.1:33418/",
  "https://claude.ai/api/mcp/auth_callback",
  "https://vscode.dev/redirect",
] as const;

const loopbackRedirectUris = [
  "http://localhost/",
  "http://localhost/callback",
  "http://127.0.0.1/",
  "http://127.0.0.1/callback",
  "http://localhost/docs/oauth2-redirect.html",
  "http://127.0.0.1/docs/oauth2-redirect.html",
] as const;

export const clients = {
  spa: {
    clientId: "c11e0000-0000-4000-8000-000000000021",
    name: "Single-page app",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000021",
    appRoles: [],
    capabilities: [],
    redirectUris: loopbackRedirectUris,
  },
  /** Like `spa`, but able to answer a claims challenge. */
  "cae-spa": {
    clientId: "c11e0000-0000-4000-8000-000000000022",
    name: "Single-page app with CAE",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000022",
    appRoles: [],
    capabilities: ["cp1"],
    redirectUris: loopbackRedirectUris,
  },
  daemon: {
    clientId: "c11e0000-0000-4000-8000-000000000023",
    name: "Daemon",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000023",
    secret: "local-secret-of-the-daemon",
    appRoles: ["Orders.Read.All"],
    capabilities: [],
    redirectUris: [],
  },
  /** Entra gives any app of the tenant a token for the API, also one that was granted nothing. */
  "daemon-without-roles": {
    clientId: "c11e0000-0000-4000-8000-000000000024",
    name: "Daemon without roles",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000024",
    secret: "local-secret-of-the-daemon-without-roles",
    appRoles: [],
    capabilities: [],
    redirectUris: [],
  },
  /** An agent identity (Entra Agent ID). `oid` and `sub` of its app-only tokens differ. */
  agent: {
    clientId: "c11e0000-0000-4000-8000-000000000025",
    name: "Agent",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000025",
    secret: "local-secret-of-the-agent",
    blueprint: "b1e00000-0000-4000-8000-000000000025",
    appRoles: ["Orders.Read.All"],
    capabilities: [],
    redirectUris: [],
  },
  /** One public client for all MCP clients of the organization. */
  mcp: {
    clientId: "c11e0000-0000-4000-8000-000000000026",
    name: "MCP clients",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000026",
    appRoles: [],
    capabilities: [],
    redirectUris: mcpRedirectUris,
  },
  /** The same, registered with the wrong platform: Entra then wants a secret. */
  "mcp-web": {
    clientId: "c11e0000-0000-4000-8000-000000000027",
    name: "MCP clients, as a web application",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000027",
    appRoles: [],
    capabilities: [],
    redirectUris: mcpRedirectUris,
    platform: "web",
  },
  /** The same, registered with the other wrong platform: Entra then redeems codes for pages of a browser alone. */
  "mcp-spa": {
    clientId: "c11e0000-0000-4000-8000-000000000028",
    name: "MCP clients, as a single-page application",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000028",
    appRoles: [],
    capabilities: [],
    redirectUris: mcpRedirectUris,
    platform: "spa",
  },
  /** The API as a client of other APIs: a middle tier has a credential of its own for the on-behalf-of flow. */
  api: {
    clientId: api.clientId,
    name: "Orders API",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000010",
    secret: "local-secret-of-the-api",
    appRoles: [],
    capabilities: [],
    redirectUris: [],
  },
} as const satisfies Record<string, Client>;

export type ClientName = keyof typeof clients;

export interface Persona {
  readonly name: string;
  readonly givenName: string;
  readonly familyName: string;
  /** The tenant where the persona signs in. */
  readonly tenant: TenantName;
  /** The tenant that the account belongs to; another than `tenant` for a guest. */
  readonly homeTenant: TenantName;
  readonly oid: string;
  readonly username: string;
  readonly appRoles: readonly string[];
  readonly groups: readonly string[];
  /** Whether it is the user account of the client `agent`. */
  readonly isOfAgent?: true;
}

export const personas = {
  member: {
    name: "Local Member",
    givenName: "Local",
    familyName: "Member",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000031",
    username: "member@contoso.example",
    appRoles: [],
    groups: [],
  },
  /** An account of Fabrikam, invited to Contoso: its tokens carry `idp`. */
  guest: {
    name: "Local Guest",
    givenName: "Local",
    familyName: "Guest",
    tenant: "contoso",
    homeTenant: "fabrikam",
    oid: "0b1ec700-0000-4000-8000-000000000032",
    username: "guest@fabrikam.example",
    appRoles: [],
    groups: [],
  },
  admin: {
    name: "Local Admin",
    givenName: "Local",
    familyName: "Admin",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000033",
    username: "admin@contoso.example",
    appRoles: ["Orders.Admin"],
    groups: ["96000000-0000-4000-8000-000000000001", "96000000-0000-4000-8000-000000000002"],
  },
  /** In more groups than a token may list (200), so the token has the overage claims instead. */
  "many-groups": {
    name: "Local Joiner",
    givenName: "Local",
    familyName: "Joiner",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000034",
    username: "joiner@contoso.example",
    appRoles: [],
    groups: listGroupIds(250),
  },
  outsider: {
    name: "Local Outsider",
    givenName: "Local",
    familyName: "Outsider",
    tenant: "fabrikam",
    homeTenant: "fabrikam",
    oid: "0b1ec700-0000-4000-8000-000000000035",
    username: "outsider@fabrikam.example",
    appRoles: [],
    groups: [],
  },
  /** Has consented to nothing: exchanging its token is refused for want of consent. */
  newcomer: {
    name: "Local Newcomer",
    givenName: "Local",
    familyName: "Newcomer",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000037",
    username: "newcomer@contoso.example",
    appRoles: [],
    groups: [],
  },
  /** Conditional access wants the authentication context `c1` of it (as by MFA) before any API behind the API. */
  cautious: {
    name: "Local Cautious",
    givenName: "Local",
    familyName: "Cautious",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000038",
    username: "cautious@contoso.example",
    appRoles: [],
    groups: [],
  },
  /** Conditional access blocks it from any API behind the API, whatever it does. */
  blocked: {
    name: "Local Blocked",
    givenName: "Local",
    familyName: "Blocked",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000039",
    username: "blocked@contoso.example",
    appRoles: [],
    groups: [],
  },
  /** The user account of the agent identity `agent`. */
  "agent-user": {
    name: "Local Agent",
    givenName: "Local",
    familyName: "Agent",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-00000000003a",
    username: "agent@contoso.example",
    appRoles: [],
    groups: [],
    isOfAgent: true,
  },
  consumer: {
    name: "Local Consumer",
    givenName: "Local",
    familyName: "Consumer",
    tenant: "msa",
    homeTenant: "msa",
    oid: "00000000-0000-0000-8000-000000000036",
    username: "consumer@personal.example",
    appRoles: [],
    groups: [],
  },
} as const satisfies Record<string, Persona>;

export type PersonaName = keyof typeof personas;

function listGroupIds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `96000000-0000-4000-8001-${String(index).padStart(12, "0")}`);
}
