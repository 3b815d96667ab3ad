const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Whether a text is one scope token (RFC 6749 section 3.3). Other characters could break the syntax of a challenge. */
export function isScopeToken(text: string): boolean {
  return scopeToken.test(text);
}

/** Whether a value is the full name of a scope. OpenID Connect scopes alone, such as `openid`, belong to no API. */
export function isFullScope(scope: unknown): scope is string {
  return typeof scope === "string" && isScopeToken(scope) && scope.includes("/");
}

/** An Application ID URI, or a client ID and a slash. The full name of a scope starts with it. */
const startOfFullName = /^(?:[^/]*:\/\/|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\/)/i;
/** The scopes of some other providers are https URLs. */
const startOfUrl = /^https:\/\//i;

/**
 * Explains why no token of Entra has a scope. A client requests `api://orders/orders.read`, and its token has
 * `orders.read`.
 *
 * @returns a clause about the scope; `undefined` if a token can have it
 */
export function describeScopeMistake(scope: string): string | undefined {
  if (!isScopeToken(scope)) return "which is not one name: names have no spaces, quotes or backslashes";
  if (scope.includes("*")) return "but wildcards are not supported";
  const rest = scope.replace(startOfFullName, "");
  const name = rest.slice(rest.lastIndexOf("/") + 1);
  if (name === ".default") return "which is only for requests to Entra. Name the scopes that a token must have";
  if (rest === scope) return undefined;
  if (scope.startsWith("https://graph.microsoft.com/")) return "which only tokens for Microsoft Graph have";
  const isUri = scope.includes("://") && !rest.includes("/");
  if (isUri || name === "") return "which is an Application ID URI and not a scope";
  return `which is the full name, for requests to Entra. Tokens have the short name ${JSON.stringify(name)}`;
}

/** Does the same for a scope that may belong to another provider. */
export function describeForeignScopeMistake(scope: string): string | undefined {
  const isOfEntra = startOfFullName.test(scope) && !startOfUrl.test(scope);
  return isOfEntra || !isScopeToken(scope) ? describeScopeMistake(scope) : undefined;
}
