import { prefixOf } from "../../../base/common/authority-name.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import type { ProtectedResource } from "../discovery/types.ts";
import type { Clients } from "./clients.ts";
import { OAuthFault } from "./oauth-fault.ts";

/** Scopes of OpenID Connect. They belong to no API. */
const openIdScopes: readonly string[] = ["openid", "profile", "email", "offline_access"];
/** Name of the scope for everything that the user has consented to. */
export const allConsented = ".default";

/** The registration of the clients in Entra. */
type Registration = Pick<Clients, "authority" | "clientId">;

/** The parts of a setup that name the API. */
type ScopeSetup = Pick<GateSetup, "environment" | "authorities">;

/** The registration, and the resources of the API. */
interface ScopeContext {
  readonly clients: Registration;
  readonly resources: readonly ProtectedResource[];
}

/**
 * Writes the scopes to request from Entra: those of the gate's own API, each name after its prefix. The facade drops
 * the parameter `resource`, so a scope of another API would get a token for that API. Such a scope is refused. Without
 * a scope of the API, Entra would issue a token for Microsoft Graph, so the facade then requests all scopes of the
 * resources, or `.default` if they require none, for example only app roles of users.
 *
 * @param scope as the client sent it: names alone, or names after the resource, the Application ID URI or the prefix
 * @throws OAuthFault for any other scope
 */
export function translateScope(scope: string, { clients, resources }: ScopeContext, setup: GateSetup): string {
  const wanted = scope.split(" ").filter((item) => item !== "");
  const known = new Set([
    ...resources.flatMap((resource) => resource.scopesOf(setup, [clients.authority])),
    allConsented,
  ]);
  const prefix = findScopePrefix(clients, setup);
  const uris = [prefix, readAppIdUri(clients, setup), ...resources.map((resource) => resource.urlOf(setup))];
  const prefixes = uris.map((uri) => `${uri}/`);
  const ofApi = wanted.filter((item) => !openIdScopes.includes(item)).map((item) => findName(item, prefixes, known));
  const own = ofApi.filter((name) => name !== undefined);
  if (own.length < ofApi.length) throw new OAuthFault("invalid_scope", "A scope does not belong to this resource.");
  const all = [...known].filter((name) => name !== allConsented);
  const names = [own, all, [allConsented]].find((list) => list.length > 0) ?? [];
  const ofOpenId = [...wanted.filter((item) => openIdScopes.includes(item)), "offline_access"];
  return [...new Set([...names.map((name) => `${prefix}/${name}`), ...ofOpenId])].join(" ");
}

/** @throws OAuthFault if the resource is not one of the gate's (RFC 8707 section 2) */
export function checkTarget(
  target: string | undefined,
  resources: readonly ProtectedResource[],
  setup: GateSetup,
): void {
  if (target === undefined) return;
  const own = resources.flatMap((resource) => {
    const url = resource.urlOf(setup);
    // A client that parses the address of an origin appends a slash.
    return resource.resourcePath === "/" ? [url, `${url}/`] : [url];
  });
  if (!own.includes(target)) throw new OAuthFault("invalid_target", "This server does not serve the resource.");
}

/** Removes any of the prefixes, because a resource can be below another. @returns `undefined` if the name is unknown */
function findName(scope: string, prefixes: readonly string[], known: ReadonlySet<string>): string | undefined {
  const starts = ["", ...prefixes].filter((prefix) => scope.startsWith(prefix));
  return starts.map((prefix) => scope.slice(prefix.length)).find((name) => known.has(name));
}

/**
 * The prefix of scopes in requests to Entra: the Application ID URI, or the client ID if the API is the client's own
 * registration. For a token of itself, an application must use its GUID (AADSTS90009).
 */
export function findScopePrefix(registration: Registration, setup: ScopeSetup): string {
  const { clientId } = registration;
  return findAudiences(registration, setup).has(clientId) ? clientId : readAppIdUri(registration, setup);
}

/** ENTRA_APP_ID_URI; otherwise an audience that is a URI; otherwise `api://` and the client ID. */
function readAppIdUri(registration: Registration, setup: ScopeSetup): string {
  const configured = setup.environment?.[`${prefixOf(registration.authority)}_APP_ID_URI`];
  if (typeof configured === "string") return configured.trim();
  const audiences = [...findAudiences(registration, setup)];
  return audiences.find((audience) => audience.includes("://")) ?? `api://${audiences[0] ?? ""}`;
}

function findAudiences({ authority }: Registration, { authorities }: ScopeSetup): ReadonlySet<string> {
  return authorities.find(({ name }) => name === authority)?.audiences ?? new Set();
}
