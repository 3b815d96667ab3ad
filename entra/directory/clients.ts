import { api } from "./directory.ts";

/** The registration of a client application. */
export interface Client {
  /** Application (client) ID, a GUID: `azp` of its tokens. */
  readonly clientId: string;
  /** Name for people. */
  readonly name: string;
  /** Object ID of the client's service principal: `oid` and `sub` of its app-only tokens. */
  readonly servicePrincipalId: string;
  /** Absent for a public client. */
  readonly secret?: string;
  /** App ID of the blueprint of an agent identity. Its tokens are marked as those of an agent. */
  readonly blueprint?: string;
  /** App roles of the client itself. */
  readonly appRoles: readonly string[];
  /** Sent as `xms_cc`. `cp1` means that the client handles claims challenges. */
  readonly capabilities: readonly string[];
  /**
   * Registered redirect URIs. A URI of `localhost` or 127.0.0.1 without a port matches every port (RFC 8252 section
   * 7.3).
   */
  readonly redirectUris: readonly string[];
  /** Platform of the redirect URIs, if it is not *Mobile and desktop applications*. */
  readonly platform?: "web" | "spa";
  /** URL to which a sign-out is sent in a frame (front-channel logout). */
  readonly logoutUrl?: string;
}

/** A client with a secret, for app-only tokens. */
export interface ConfidentialClient extends Client {
  /** Client secret. */
  readonly secret: string;
}

/** An agent identity of Entra Agent ID. */
export interface AgentClient extends ConfidentialClient {
  /** App ID of the blueprint. Tokens of the client are marked as those of an agent. */
  readonly blueprint: string;
}

/** Redirect URIs of MCP clients. Entra ignores the port only for `http://localhost`. */
const mcpRedirectUris = [
  "http://localhost/callback",
  "http://localhost/oauth/callback",
  // The pages and the command line of the Inspector.
  "http://127.0.0.1:6274/oauth/callback",
  "http://127.0.0.1:6276/oauth/callback",
  // VS Code, and what it uses if the port is taken.
  "http://127.0.0.1:33418/",
  "https://vscode.dev/redirect",
  "https://claude.ai/api/mcp/auth_callback",
  "https://claude.com/api/mcp/auth_callback",
  "cursor://anysphere.cursor-mcp/oauth/callback",
] as const;

const loopbackRedirectUris = [
  "http://localhost/",
  "http://localhost/callback",
  "http://127.0.0.1/",
  "http://127.0.0.1/callback",
  "http://localhost/docs/oauth2-redirect.html",
  "http://127.0.0.1/docs/oauth2-redirect.html",
] as const;

/** An MCP client that is identified by the URL of a metadata document. The document is not fetched. */
export const mcpMetadataUrl = "https://client.example/metadata.json";

/** The clients by their short names. */
export type Clients = {
  /** A single-page app, which signs users in. */
  readonly spa: Client;
  /** Like `spa`, but it handles claims challenges. */
  readonly "cae-spa": Client;
  /** A daemon with the app role `Orders.Read.All`. It has no user. */
  readonly daemon: ConfidentialClient;
  /** Entra issues a token for the API to any app of the tenant, even to an app without permissions. */
  readonly "daemon-without-roles": ConfidentialClient;
  /** An agent identity (Entra Agent ID). `oid` and `sub` of its app-only tokens differ. */
  readonly agent: AgentClient;
  /** The public client that all MCP clients of the organization share. */
  readonly mcp: Client;
  /** The same, registered with the wrong platform: Entra then requires a secret. */
  readonly "mcp-web": Client;
  /** The same, registered with another wrong platform: Entra then redeems codes only for pages in a browser. */
  readonly "mcp-spa": Client;
  /** The API as a client of other APIs. A middle tier has its own credential for the on-behalf-of flow. */
  readonly api: ConfidentialClient;
};

/** The clients of the local Entra, by their short names. */
export const clients: Clients = {
  spa: {
    clientId: "c11e0000-0000-4000-8000-000000000021",
    name: "Single-page app",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000021",
    appRoles: [],
    capabilities: [],
    redirectUris: loopbackRedirectUris,
    platform: "spa",
  },
  "cae-spa": {
    clientId: "c11e0000-0000-4000-8000-000000000022",
    name: "Single-page app with CAE",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000022",
    appRoles: [],
    capabilities: ["cp1"],
    redirectUris: loopbackRedirectUris,
    platform: "spa",
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
  "daemon-without-roles": {
    clientId: "c11e0000-0000-4000-8000-000000000024",
    name: "Daemon without roles",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000024",
    secret: "local-secret-of-the-daemon-without-roles",
    appRoles: [],
    capabilities: [],
    redirectUris: [],
  },
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
  mcp: {
    clientId: "c11e0000-0000-4000-8000-000000000026",
    name: "MCP clients",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000026",
    appRoles: [],
    capabilities: [],
    redirectUris: mcpRedirectUris,
  },
  "mcp-web": {
    clientId: "c11e0000-0000-4000-8000-000000000027",
    name: "MCP clients, as a web application",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000027",
    appRoles: [],
    capabilities: [],
    redirectUris: mcpRedirectUris,
    platform: "web",
  },
  "mcp-spa": {
    clientId: "c11e0000-0000-4000-8000-000000000028",
    name: "MCP clients, as a single-page application",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000028",
    appRoles: [],
    capabilities: [],
    redirectUris: mcpRedirectUris,
    platform: "spa",
  },
  api: {
    clientId: api.clientId,
    name: "Orders API",
    servicePrincipalId: "5e500000-0000-4000-8000-000000000010",
    secret: "local-secret-of-the-api",
    appRoles: [],
    capabilities: [],
    redirectUris: [],
  },
};

/** Short name of a client. */
export type ClientName = keyof Clients;
