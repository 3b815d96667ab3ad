import { hashText } from "../../base/common/digest.ts";
import { isFullScope } from "../../core/config/scope.ts";

/** A request for one token. Requests with the same key are equivalent. */
export interface TokenRequest {
  /** Separates tenant, client, user, scopes, claims and type. */
  readonly key: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  /** The user's token; `undefined` for an app-only token. */
  readonly assertion: string | undefined;
  /** Claims request of a challenge, as JSON text. */
  readonly claims: string | undefined;
  /** Key of the same request without claims. A challenge invalidates its token. */
  readonly plainKey: string;
}

/** Authentication scheme of the token. Only this one is supported. */
const tokenType = "Bearer";

/**
 * Creates a request for a token.
 *
 * @param clientId of the gate
 * @param wanted scopes in any order, already checked
 */
export async function createTokenRequest(
  clientId: string,
  wanted: Pick<TokenRequest, "tenant" | "scopes" | "assertion" | "claims">,
): Promise<TokenRequest> {
  const { tenant, assertion, claims } = wanted;
  const scopes = [...new Set(wanted.scopes)].sort();
  const user = assertion === undefined ? null : await hashText(assertion);
  const keyWith = (asked: string | null) => JSON.stringify([tenant, clientId, user, scopes, asked, tokenType]);
  return { key: keyWith(claims ?? null), plainKey: keyWith(null), tenant, scopes, assertion, claims };
}

/**
 * Checks the scopes of a token request.
 *
 * @param where name of the function for the error message
 * @throws TypeError if the list is empty, or an item is not a scope of an API
 */
export function checkScopes(scopes: unknown, where: string): asserts scopes is readonly string[] {
  const valid = Array.isArray(scopes) && scopes.length > 0 && scopes.every(isFullScope);
  if (!valid)
    throw new TypeError(
      `${where}: scopes must be a non-empty list of full scope names, for example "https://graph.microsoft.com/User.Read"`,
    );
}
