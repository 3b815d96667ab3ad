import { api, downstreamApi } from "./directory.ts";
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
}

const openidScopes = ["openid", "profile", "email", "offline_access"];
const resources: readonly Resource[] = [api, downstreamApi];

/** Microsoft Graph gets the token when a sign-in names no API. */
const graph: Resource = {
  clientId: "00000003-0000-0000-c000-000000000000",
  appIdUri: "https://graph.microsoft.com",
  scopes: ["User.Read"],
};

/** `aud` of tokens for the small Graph. */
export const graphClientId = graph.clientId;

/**
 * Reads `scope` of a user's sign-in: OpenID Connect scopes and those of at most one API.
 * Throws a fault for a scope that nobody registered.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/scopes-oidc
 */
export function parseDelegatedScope(scope: string): ResourceScopes {
  const wanted = splitScope(scope).filter((value) => !openidScopes.includes(value));
  const [first] = wanted;
  if (first === undefined) return { resource: graph, scopes: graph.scopes };
  const resource = findResource(first);
  if (!resource) throw faults.wrongScope(scope);
  const scopes = wanted.flatMap((value) => readScopeOf(resource, value) ?? []);
  if (scopes.length < wanted.length) throw faults.wrongScope(scope);
  return { resource, scopes: [...new Set(scopes)] };
}

/** True for scopes that include `openid`: only then is there an ID token. */
export function asksForIdToken(scope: string): boolean {
  return splitScope(scope).includes("openid");
}

/** The API of a client-credentials request, whose scope is `{API}/.default` and nothing else. Throws a fault. */
export function parseAppScope(scope: string): Resource {
  const resource = findResource(scope);
  if (!resource || readLocalName(resource, scope) !== ".default") throw faults.wrongScope(scope);
  return resource;
}

function splitScope(scope: string): readonly string[] {
  return scope.split(" ").filter((value) => value !== "");
}

function findResource(scope: string): Resource | undefined {
  return [...resources, graph].find((resource) => readLocalName(resource, scope) !== undefined);
}

function readScopeOf(resource: Resource, scope: string): readonly string[] | undefined {
  const name = readLocalName(resource, scope);
  if (name === ".default") return resource.scopes;
  const known = [...resource.scopes, ...(resource.otherScopes ?? [])];
  return name !== undefined && known.includes(name) ? [name] : undefined;
}

/** `orders.read` of `api://…/orders.read`; the client id works in place of the URI. */
function readLocalName({ appIdUri, clientId }: Resource, scope: string): string | undefined {
  const prefix = [`${appIdUri}/`, `${clientId}/`].find((candidate) => scope.startsWith(candidate));
  return prefix && scope.slice(prefix.length);
}
