import { createBoundedMap } from "../common/bounded-map.ts";
import { refuse } from "../common/error.ts";
import { maxAdded } from "../common/limits.ts";
import type { Directory, DirectoryApp } from "./model.ts";

/** An API that clients can request tokens for. */
export type Resource = Pick<
  DirectoryApp,
  "shortName" | "clientId" | "appIdUris" | "scopes" | "tokenVersion" | "optionalClaims" | "groupMembershipClaims"
>;

export interface ResourceScopes {
  readonly resource: Resource;
  readonly scopes: readonly string[];
  /** Prefix of the scopes in the client's request: an Application ID URI, or the client ID. */
  readonly prefix: string;
}

/** The APIs of one local Entra by their Application ID URIs. */
export interface Apis {
  /** Adds an Application ID URI to the registration of the MCP server. Beyond the maximum, it replaces the oldest. */
  addMcpUri(uri: string): void;
  /**
   * Reads `scope` of a user's request: OpenID Connect scopes and the scopes of at most one API. A scope without an API
   * is a scope of Microsoft Graph.
   *
   * @param resource parameter of the request (RFC 8707). It must be an Application ID URI of the same API, byte for
   * byte
   * @throws EntraRefusal for an unregistered scope, and for another resource
   * @see https://learn.microsoft.com/entra/identity-platform/scopes-oidc
   */
  parseDelegatedScope(scope: string, resource?: string): ResourceScopes;
  /**
   * Returns the API of a client-credentials request, whose scope must be `{API}/.default`.
   *
   * @param tenant for the message of an unknown API
   */
  parseAppScope(scope: string, tenant: string): Resource;
}

const openidScopes = ["openid", "profile", "email", "offline_access"];

const graphUri = "https://graph.microsoft.com";

/** Entra issues a token for Microsoft Graph if a sign-in names no API. */
export const graph: Resource = {
  shortName: "graph",
  clientId: "00000003-0000-0000-c000-000000000000",
  appIdUris: [graphUri],
  scopes: [
    { name: "User.Read", adminConsent: false, context: undefined, inDefault: true },
    { name: "GroupMember.Read.All", adminConsent: true, context: undefined, inDefault: false },
  ],
  tokenVersion: 2,
  optionalClaims: { accessToken: ["acrs", "idtyp", "xms_cc"], idToken: [] },
  groupMembershipClaims: "None",
};

/** `aud` of tokens for the small Graph. */
export const graphClientId = graph.clientId;

export function createApis(directory: Directory): Apis {
  const registered = new Map<string, Resource>();
  for (const resource of [...directory.apps, graph]) {
    for (const name of [...resource.appIdUris, resource.clientId]) registered.set(name, resource);
  }
  const added = createBoundedMap<Resource>(maxAdded);
  const findOwner = (name: string) => added.get(name) ?? registered.get(name);

  /** Uses the longest match, because one Application ID URI can begin with another. */
  function findPrefix(scope: string): string | undefined {
    const fitting = [...registered.keys(), ...added.keys()].filter((name) => scope.startsWith(`${name}/`));
    return fitting.sort((one, other) => other.length - one.length)[0];
  }

  function checkResource(resource: string, wanted: readonly string[]): void {
    const owner = resource.includes("://") ? findOwner(resource) : undefined;
    const isOwned = (scope: string) => owner !== undefined && findOwner(findPrefix(scope) ?? "") === owner;
    if (wanted.length === 0 || !wanted.every(isOwned)) throw refuse("wrongResource");
  }

  return {
    addMcpUri(uri) {
      const mcpApi = directory.findApp("mcp-api");
      if (mcpApi === undefined) throw new RangeError("the directory has no app mcp-api");
      added.set(uri, mcpApi);
    },
    parseDelegatedScope(scope, resource) {
      const wanted = listApiScopes(scope);
      if (resource !== undefined) checkResource(resource, wanted);
      const [first] = wanted;
      if (first === undefined) return { resource: graph, scopes: listDefault(graph), prefix: graphUri };
      if (isBare(first)) return readGraphScopes(wanted);
      const prefix = findPrefix(first);
      if (prefix === undefined) throw refuseResource(first, "of the request");
      const owner = findOwner(prefix) as Resource;
      const scopes = wanted.flatMap((value) => readScopeOf(owner, value.slice(prefix.length + 1)) ?? []);
      const isOfOne = wanted.every((value) => findPrefix(value) === prefix);
      if (!isOfOne || scopes.length < wanted.length) throw refuse("wrongScope", { scope });
      return { resource: owner, scopes: [...new Set(scopes)], prefix };
    },
    parseAppScope(scope, tenant) {
      const prefix = findPrefix(scope);
      const owner = findOwner(prefix ?? "");
      if (!owner) throw refuseResource(scope, tenant);
      if (scope !== `${prefix}/.default`) throw refuse("wrongAppScope", { scope });
      return owner;
    },
  };
}

/** Whether the scopes include `openid`, which requests an ID token. */
export function asksForIdToken(scope: string): boolean {
  return splitScope(scope).includes("openid");
}

/** Whether the scopes include `.default`, which requests all scopes of the API. */
export function asksForDefault(scope: string): boolean {
  return splitScope(scope).some((value) => value.endsWith("/.default"));
}

/** Whether the scopes include `email`, which requests the email address in the ID token. */
export function asksForEmail(scope: string): boolean {
  return splitScope(scope).includes("email");
}

/** Whether the scopes include `offline_access`, which requests a refresh token. */
export function asksForRefreshToken(scope: string): boolean {
  return splitScope(scope).includes("offline_access");
}

/** The scopes of OpenID Connect. */
export function keepOpenidScopes(scope: string): string {
  return splitScope(scope)
    .filter((value) => openidScopes.includes(value))
    .join(" ");
}

/** The scopes of an API. */
export function omitOpenidScopes(scope: string): string {
  return listApiScopes(scope).join(" ");
}

function listApiScopes(scope: string): readonly string[] {
  return splitScope(scope).filter((value) => !openidScopes.includes(value));
}

function splitScope(scope: string): readonly string[] {
  return scope.split(" ").filter((value) => value !== "");
}

/** @param scope `{API}/{scope}` of an API that is not in the directory */
function refuseResource(scope: string, tenant: string): Error {
  return refuse("unknownResource", { resource: scope.slice(0, scope.lastIndexOf("/")), tenant });
}

function isBare(scope: string): boolean {
  return !scope.includes("/");
}

function readGraphScopes(wanted: readonly string[]): ResourceScopes {
  const unknown = wanted.find((scope) => readScopeOf(graph, scope) === undefined);
  if (unknown !== undefined) throw refuse("unknownGraphScope", { scope: unknown });
  return { resource: graph, scopes: wanted, prefix: graphUri };
}

function readScopeOf(resource: Resource, name: string): readonly string[] | undefined {
  if (name === ".default") return listDefault(resource);
  return resource.scopes.some((scope) => scope.name === name) ? [name] : undefined;
}

function listDefault({ scopes }: Resource): readonly string[] {
  return scopes.filter(({ inDefault }) => inDefault).map(({ name }) => name);
}
