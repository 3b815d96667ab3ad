import { api, downstreamApi, mcpApi } from "./directory/directory.ts";
import { faults } from "./fault.ts";

/** An API that tokens can be asked for. */
export interface Resource {
  readonly clientId: string;
  readonly appIdUri: string;
  /** What `.default` stands for. */
  readonly scopes: readonly string[];
  readonly otherScopes?: readonly string[];
}

export interface ResourceScopes {
  readonly resource: Resource;
  readonly scopes: readonly string[];
  /** What the client put before the names of the scopes: an Application ID URI, or the client id. */
  readonly prefix: string;
}

/** The APIs of one local Entra, by their Application ID URIs. */
export interface Apis {
  /** Adds an Application ID URI to the MCP server's registration. */
  addMcpUri(uri: string): void;
  /**
   * Reads `scope` of a user's request: OpenID Connect scopes and those of at most one API. A scope without an API is one of
   * Microsoft Graph.
   *
   * @param resource parameter of the request (RFC 8707): must be an Application ID URI of the same API, byte for byte
   * @throws FaultError for a scope that nobody registered, and for another resource
   * @see https://learn.microsoft.com/entra/identity-platform/scopes-oidc
   */
  parseDelegatedScope(scope: string, resource?: string): ResourceScopes;
  /** The API of a client-credentials request, whose scope is `{API}/.default` and nothing else. @throws FaultError */
  parseAppScope(scope: string): Resource;
}

const openidScopes = ["openid", "profile", "email", "offline_access"];

/** Microsoft Graph gets the token when a sign-in names no API. */
const graph: Resource = {
  clientId: "00000003-0000-0000-c000-000000000000",
  appIdUri: "https://graph.microsoft.com",
  scopes: ["User.Read"],
};

/** `aud` of tokens for the small Graph. */
export const graphClientId = graph.clientId;

export function createApis(): Apis {
  const owners = new Map<string, Resource>();
  for (const resource of [api, mcpApi, downstreamApi, graph]) {
    owners.set(resource.appIdUri, resource).set(resource.clientId, resource);
  }

  /** The longest name counts: one Application ID URI may begin with another. */
  function findPrefix(scope: string): string | undefined {
    const fitting = [...owners.keys()].filter((name) => scope.startsWith(`${name}/`));
    return fitting.sort((one, other) => other.length - one.length)[0];
  }

  function checkResource(resource: string, wanted: readonly string[]): void {
    const owner = resource.includes("://") ? owners.get(resource) : undefined;
    const isOwned = (scope: string) => owner !== undefined && owners.get(findPrefix(scope) ?? "") === owner;
    if (wanted.length === 0 || !wanted.every(isOwned)) throw faults.wrongResource();
  }

  return {
    addMcpUri: (uri) => void owners.set(uri, mcpApi),
    parseDelegatedScope(scope, resource) {
      const wanted = splitScope(scope).filter((value) => !openidScopes.includes(value));
      if (resource !== undefined) checkResource(resource, wanted);
      const [first] = wanted;
      if (first === undefined) return { resource: graph, scopes: graph.scopes, prefix: graph.appIdUri };
      if (isBare(first)) return readGraphScopes(wanted);
      const prefix = findPrefix(first);
      if (prefix === undefined) throw faults.wrongScope(scope);
      const owner = owners.get(prefix) as Resource;
      const scopes = wanted.flatMap((value) => readScopeOf(owner, value.slice(prefix.length + 1)) ?? []);
      const isOfOne = wanted.every((value) => findPrefix(value) === prefix);
      if (!isOfOne || scopes.length < wanted.length) throw faults.wrongScope(scope);
      return { resource: owner, scopes: [...new Set(scopes)], prefix };
    },
    parseAppScope(scope) {
      const prefix = findPrefix(scope);
      const owner = owners.get(prefix ?? "");
      if (!owner || scope !== `${prefix}/.default`) throw faults.wrongScope(scope);
      return owner;
    },
  };
}

/** True for scopes that include `openid`: only then is there an ID token. */
export function asksForIdToken(scope: string): boolean {
  return splitScope(scope).includes("openid");
}

/** True for scopes that include `offline_access`: only then is there a refresh token. */
export function asksForRefreshToken(scope: string): boolean {
  return splitScope(scope).includes("offline_access");
}

function splitScope(scope: string): readonly string[] {
  return scope.split(" ").filter((value) => value !== "");
}

function isBare(scope: string): boolean {
  return !scope.includes("/");
}

function readGraphScopes(wanted: readonly string[]): ResourceScopes {
  const unknown = wanted.find((scope) => !graph.scopes.includes(scope));
  if (unknown !== undefined) throw faults.unknownGraphScope(unknown);
  return { resource: graph, scopes: wanted, prefix: graph.appIdUri };
}

function readScopeOf(resource: Resource, name: string): readonly string[] | undefined {
  if (name === ".default") return resource.scopes;
  const known = [...resource.scopes, ...(resource.otherScopes ?? [])];
  return known.includes(name) ? [name] : undefined;
}
