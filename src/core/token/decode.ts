import type { Denial, TokenPart } from "../../base/common/denial.ts";
import { countJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { isObject, isRecord } from "../../base/common/objects.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { decodeUtf8 } from "../../base/common/utf8.ts";
import { decodeBase64url, isBase64url } from "../keys/base64url.ts";
import { findBearer, readBearer } from "./bearer.ts";

/** Members of a JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The parts of a token. They are untrusted: the signature has not been verified. */
export interface DecodedToken {
  /** The token, as received. */
  readonly token: string;
  /** First segment, as received. */
  readonly headerText: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
}

/**
 * Finds the bearer token in a header, and decodes it.
 *
 * @param authorization value of the `Authorization` header
 * @param knownHeaders decoded headers of verified tokens, by their text
 * @returns the decoded token, or the denial of {@link readBearer} or {@link decodeUnverifiedToken}
 */
export function decodeCredential(
  authorization: string | null,
  knownHeaders?: ReadonlyMap<string, JsonObject>,
): Result<DecodedToken, Denial> {
  const bearer = findBearer(authorization);
  if (!bearer.ok) return bearer;
  const decoded = decodeUnverifiedToken(bearer.value, knownHeaders);
  if (decoded.ok) return decoded;
  const read = readBearer(authorization);
  return read.ok ? decoded : read;
}

/**
 * Splits a compact JWS (RFC 7515 section 7.1): exactly three non-empty segments of canonical base64url, with JSON
 * objects as header and payload.
 *
 * @param token as received, at most `limits.tokenBytes` long
 * @param knownHeaders decoded headers, by their text
 */
export function decodeUnverifiedToken(
  token: string,
  knownHeaders?: ReadonlyMap<string, JsonObject>,
): Result<DecodedToken, Denial> {
  if (token.length > limits.tokenBytes) return fail({ reason: "token_too_large" });
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first <= 0 || second <= first + 1 || second === token.length - 1) return fail({ reason: "token_not_compact" });
  if (token.includes(".", second + 1))
    // A JWE has five segments (RFC 7516 section 3.1).
    return fail({ reason: token.split(".", 6).length === 5 ? "token_encrypted" : "token_not_compact" });

  const headerText = token.slice(0, first);
  const known = headerText.length > limits.knownHeaderCharacters ? undefined : knownHeaders?.get(headerText);
  const header = known === undefined ? decodeObject(headerText, "header") : succeed(known);
  if (!header.ok) return header;
  const claims = decodeObject(token.slice(first + 1, second), "payload");
  if (!claims.ok) return claims;
  if (!isBase64url(token.slice(second + 1))) return notBase64url("signature");
  return succeed({ token, headerText, header: header.value, claims: claims.value });
}

/**
 * Decodes the claims of a token that was decoded and verified before.
 *
 * @param credential value of the `Authorization` header
 * @throws TypeError if the token was not decoded before
 */
export function decodeVerifiedClaims(credential: string): JsonObject {
  const first = credential.indexOf(".");
  const claims = decodeObject(credential.slice(first + 1, credential.indexOf(".", first + 1)), "payload");
  if (!claims.ok) throw new TypeError("the verified token cannot be decoded");
  return claims.value;
}

function decodeObject(segment: string, part: "header" | "payload"): Result<JsonObject, Denial> {
  const bytes = decodeBase64url(segment);
  if (bytes === undefined) return notBase64url(part);
  const object = parseJsonObject(bytes);
  return object === undefined ? fail({ reason: "token_not_json", part }) : succeed(object);
}

function notBase64url(part: TokenPart): Result<never, Denial> {
  return fail({ reason: "token_not_base64url", part });
}

/**
 * Parses a JSON object that every parser reads in the same way: valid UTF-8, no repeated names in any object, and no
 * nesting deeper than `limits.tokenJsonDepth` (RFC 7515 section 4, RFC 8725 section 3.7).
 *
 * @returns `undefined` for any other text
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject | undefined {
  try {
    const { value, names } = countJson(decodeUtf8(bytes), limits.tokenJsonDepth);
    if (!isRecord(value)) return undefined;
    return names === countMembers(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

/** Counts the members of a value and of all objects in it. */
function countMembers(value: object): number {
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? 0 : children.length;
  for (const child of children) {
    if (isObject(child)) count += countMembers(child);
  }
  return count;
}

/**
 * Parameters that bring their own key, algorithm or processing rules. Entra never sends them, so they indicate an
 * attack (RFC 8725 sections 3.1, 3.6 and 3.10, RFC 7797 section 6).
 */
const refusedParameters = ["crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c", "x5t#S256"] as const;

/**
 * Checks that a JOSE header has the values that Entra sends (RFC 7515 section 4).
 *
 * @returns the key ID as received, with a limited length
 */
export function checkHeader(header: JsonObject): Result<string, Denial> {
  const { alg, typ, kid, x5t } = header;
  if (alg !== "RS256") return fail({ reason: "algorithm_not_allowed" });
  if (typeof typ !== "string" || typ.toUpperCase() !== "JWT") return fail({ reason: "type_not_jwt" });
  for (const parameter of refusedParameters) {
    if (Object.hasOwn(header, parameter)) return fail({ reason: "header_not_allowed", parameter });
  }
  // Only Microsoft Graph can restore the header that was signed. For others the signature is invalid.
  if (Object.hasOwn(header, "nonce")) return fail({ reason: "graph_token" });
  if (typeof kid !== "string" || kid === "" || kid.length > limits.kidCharacters)
    return fail({ reason: "kid_invalid" });
  // Version 1.0 repeats the key ID here. Another thumbprint would name another key.
  if (x5t !== undefined && x5t !== kid) return fail({ reason: "header_not_allowed", parameter: "x5t" });
  return succeed(kid);
}
