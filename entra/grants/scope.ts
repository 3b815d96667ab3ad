import { refuse } from "../common/error.ts";
import { omitOpenidScopes, type ResourceScopes } from "../directory/scope.ts";
import { requireTenant, type TokenRequest } from "./grant.ts";

/**
 * Reads which API and scopes a user's request is for: `scope` at v2.0, with an optional `resource` (RFC 8707), and
 * `resource` at v1.0, which means all its scopes.
 *
 * @param scope of the request, or of the request that it continues
 */
export function readRequested(request: Pick<TokenRequest, "apis" | "form" | "version">, scope: string): ResourceScopes {
  const resource = request.form.get("resource") ?? undefined;
  if (request.version === 2) return request.apis.parseDelegatedScope(scope, resource);
  return request.apis.parseDelegatedScope(resource === undefined ? scope : formatDefaultScope(resource));
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
