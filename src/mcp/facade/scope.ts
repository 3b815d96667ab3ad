import type { GateSetup } from "../../guard/setup.ts";
import type { ResourceExtension } from "../types.ts";
import { OAuthFault } from "./oauth-fault.ts";

/** Scopes of OpenID Connect, which belong to no API. */
const openIdScopes: readonly string[] = ["openid", "profile", "email", "offline_access"];
/** Stands for all that the user has consented to. */
const allConsented = ".default";

/**
 * Writes the scopes that Entra is asked for: those of the gate's own API, with its Application ID URI before their names. The
 * parameter `resource` is dropped, so a foreign scope would get a token for a foreign API: it is refused. A request without a
 * scope of the API would get one for Microsoft Graph: all scopes of the resources are asked for.
 *
 * @param scope as the client sent it: bare names, or names behind the resource or the Application ID URI
 * @throws OAuthFault for any other scope
 */
export function translateScope(scope: string, resources: readonly ResourceExtension[], setup: GateSetup): string {
  const wanted = scope.split(" ").filter((item) => item !== "");
  const known = new Set([...resources.flatMap((resource) => resource.scopesOf(setup)), allConsented]);
  const appIdUri = readAppIdUri(setup);
  const prefixes = [appIdUri, ...resources.map((resource) => resource.urlOf(setup))].map((uri) => `${uri}/`);
  const ofApi = wanted.filter((item) => !openIdScopes.includes(item)).map((item) => readName(item, prefixes));
  if (!ofApi.every((name) => known.has(name)))
    throw new OAuthFault("invalid_scope", "A scope is not one of this resource.");
  const names = ofApi.length > 0 ? ofApi : [...known].filter((name) => name !== allConsented);
  const ofOpenId = [...wanted.filter((item) => openIdScopes.includes(item)), "offline_access"];
  return [...new Set([...names.map((name) => `${appIdUri}/${name}`), ...ofOpenId])].join(" ");
}

/** The scope of a refresh without one: whatever the user has consented to, as nobody here knows what was asked for before. */
export function refreshScope(setup: GateSetup): string {
  return `${readAppIdUri(setup)}/${allConsented} offline_access`;
}

/** @throws OAuthFault where the resource is none of the gate's (RFC 8707 section 2) */
export function checkTarget(
  target: string | undefined,
  resources: readonly ResourceExtension[],
  setup: GateSetup,
): void {
  if (target === undefined) return;
  const own = resources.flatMap((resource) => {
    const url = resource.urlOf(setup);
    // A client that parses the address of an origin writes a slash behind it.
    return resource.resourcePath === "/" ? [url, `${url}/`] : [url];
  });
  if (!own.includes(target)) throw new OAuthFault("invalid_target", "The resource is not served here.");
}

function readName(scope: string, prefixes: readonly string[]): string {
  const prefix = prefixes.find((candidate) => scope.startsWith(candidate));
  return prefix === undefined ? scope : scope.slice(prefix.length);
}

/** ENTRA_APP_ID_URI; without, an audience that is a URI, else `api://` and the client id. */
export function readAppIdUri({ environment, facts }: Pick<GateSetup, "environment" | "facts">): string {
  const configured = environment?.ENTRA_APP_ID_URI;
  if (typeof configured === "string") return configured.trim();
  const audiences = [...(facts?.audiences ?? [])];
  return audiences.find((audience) => audience.includes("://")) ?? `api://${audiences[0] ?? ""}`;
}
