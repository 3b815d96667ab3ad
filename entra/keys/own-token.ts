import { createLocalJWKSet, errors, type JWTPayload, jwtVerify } from "jose";
import { isShallowJose } from "../../src/cli-exports/text.ts";
import type { KeyRing } from "./key-ring.ts";

export interface OwnTokens {
  readonly ring: KeyRing;
  readonly nowSeconds: () => number;
}

/**
 * Reads a token that this Entra has signed with a key that it still publishes.
 *
 * @returns its claims, or why it is not valid
 */
export async function readOwnToken(
  token: string,
  { ring, nowSeconds }: OwnTokens,
): Promise<JWTPayload | "expired" | "foreign"> {
  if (!isShallowJose(token)) return "foreign";
  const published = await ring.listPublished();
  const keySet = createLocalJWKSet({ keys: published.map(({ kid, publicJwk }) => ({ ...publicJwk, kid })) });
  const options = { algorithms: ["RS256"], currentDate: new Date(nowSeconds() * 1000) };
  return jwtVerify(token, keySet, options).then(
    ({ payload }) => payload,
    (error) => (error instanceof errors.JWTExpired ? "expired" : "foreign"),
  );
}
