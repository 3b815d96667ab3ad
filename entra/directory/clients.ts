import { createDirectory } from "./create-directory.ts";

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
  /** The same as a web application: Entra requires a credential, which only a gate with `credential: "gate"` sends. */
  readonly "mcp-web": ConfidentialClient;
  /** The same, registered with another wrong platform: Entra then redeems codes only for pages in a browser. */
  readonly "mcp-spa": Client;
  /** The API as a client of other APIs. A middle tier has its own credential for the on-behalf-of flow. */
  readonly api: ConfidentialClient;
};

const { findApp } = createDirectory();

/** The clients of the local Entra, by their short names. */
export const clients: Clients = {
  spa: describe("spa"),
  "cae-spa": describe("cae-spa"),
  daemon: describeConfidential("daemon"),
  "daemon-without-roles": describeConfidential("daemon-without-roles"),
  agent: { ...describeConfidential("agent"), blueprint: findApp("agent")!.blueprint! },
  mcp: describe("mcp"),
  "mcp-web": describeConfidential("mcp-web"),
  "mcp-spa": describe("mcp-spa"),
  api: describeConfidential("api"),
};

/** Short name of a client. */
export type ClientName = keyof Clients;

function describe(shortName: string): Client {
  const { clientId, name, servicePrincipalId, permissions, capabilities, redirectUris } = findApp(shortName)!;
  return {
    clientId,
    name,
    servicePrincipalId,
    appRoles: Object.values(permissions).flat(),
    capabilities,
    redirectUris: Object.values(redirectUris).flat(),
  };
}

function describeConfidential(shortName: string): ConfidentialClient {
  return { ...describe(shortName), secret: findApp(shortName)!.secrets[0]! };
}
