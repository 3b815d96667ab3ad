import { base64url } from "jose";
import { isScopeToken } from "../config/scope.ts";

/** One token that is wanted. Two requests with the same key are the same question. */
export interface TokenRequest {
  /** Keeps apart whatever may not mix: tenant, client, user, scopes, claims and type. */
  readonly key: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  /** The user's token; `undefined` where the gate asks for itself. */
  readonly assertion: string | undefined;
  /** Claims request of a challenge, as JSON text. */
  readonly claims: string | undefined;
  /** The same question without claims, whose answer is worth nothing once there was a challenge. */
  readonly plainKey: string;
}

/** Of the tokens that are asked for; others are not. */
const tokenType = "Bearer";

/**
 * Makes a request for a token.
 *
 * @param clientId of the gate
 * @param wanted scopes in any order, which are checked already
 */
export async function createTokenRequest(
  clientId: string,
  wanted: Pick<TokenRequest, "tenant" | "scopes" | "assertion" | "claims">,
): Promise<TokenRequest> {
  const { tenant, assertion, claims } = wanted;
  const scopes = [...new Set(wanted.scopes)].sort();
  const user = assertion === undefined ? null : await hash(assertion);
  const keyWith = (asked: string | null) => JSON.stringify([tenant, clientId, user, scopes, asked, tokenType]);
  return { key: keyWith(claims ?? null), plainKey: keyWith(null), tenant, scopes, assertion, claims };
}

/** SHA-256, in base64url. */
export async function hash(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return base64url.encode(new Uint8Array(digest));
}

/**
 * Checks the scopes that a token is asked for.
 *
 * @param where names the place in the error
 * @throws TypeError where there is none, or one is no scope of an API
 */
export function checkScopes(scopes: unknown, where: string): asserts scopes is readonly string[] {
  const valid = Array.isArray(scopes) && scopes.length > 0 && scopes.every(isApiScope);
  if (!valid)
    throw new TypeError(
      `${where}: scopes must be a list of at least one, spelt out: "https://graph.microsoft.com/User.Read"`,
    );
}

/** Scopes of OpenID Connect alone, `openid` and the like, would give a token for nobody in particular. */
export function isApiScope(scope: unknown): scope is string {
  return typeof scope === "string" && isScopeToken(scope) && scope.includes("/");
}
