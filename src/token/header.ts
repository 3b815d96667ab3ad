import type { Denial } from "../common/denial.ts";
import * as limits from "../common/limits.ts";
import { fail, type Result, succeed } from "../common/result.ts";
import type { JsonObject } from "./decode.ts";

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
