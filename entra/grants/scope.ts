import { refuse } from "../common/error.ts";
import type { DirectoryApp } from "../directory/model.ts";
import { omitOpenidScopes, type ResourceScopes } from "../directory/scope.ts";
import { requireTenant, type TokenRequest } from "./grant.ts";

/**
 * Reads which API and scopes a user's request is for: `scope` at v2.0, with an optional `resource` (RFC 8707), and
 * `resource` at v1.0, which means all its scopes.
 *
 * @param scope of the request, or of the request that it continues
 */
export function readRequested(
  { apis, form, version, client }: Pick<TokenRequest, "apis" | "form" | "version" | "client">,
  scope: string,
): ResourceScopes {
  const resource = form.get("resource") ?? undefined;
  const ofVersion1 = () => apis.parseDelegatedScope(resource === undefined ? scope : formatDefaultScope(resource));
  return requireGuidOfItself(client, version === 2 ? apis.parseDelegatedScope(scope, resource) : ofVersion1());
}

/** Throws a refusal if an application asks for a token of itself by an ID URI that does not contain its client ID. */
export function requireGuidOfItself(
  { clientId }: Pick<DirectoryApp, "clientId">,
  requested: ResourceScopes,
): ResourceScopes {
  const isOfItself = requested.resource.clientId === clientId;
  if (isOfItself && !requested.prefix.includes(clientId)) throw refuse("tokenOfItself", { clientId });
  return requested;
}

/** Scope of a request to a v1.0 endpoint. */
export function formatDefaultScope(resource: string): string {
  return `${resource.replace(/\/$/, "")}/.default`;
}

/** Reads the API of a request with client credentials. Scopes of OpenID Connect mean nothing without a user. */
export function readAppScope(request: TokenRequest): string {
  const { form, version } = request;
  const sent = version === 1 ? form.get("resource") && formatDefaultScope(form.get("resource")!) : form.get("scope");
  if (!sent) throw refuse("missingParameter", { name: version === 1 ? "resource" : "scope" });
  const scope = omitOpenidScopes(sent);
  if (!scope.endsWith("/.default")) throw refuse("wrongAppScope", { scope: sent });
  requireTenant(request);
  return scope;
}
