import { decodeProtectedHeader } from "jose";
import { isShallowJose } from "../base/common/json.ts";
import * as limits from "../base/common/limits.ts";
import { AssertionError } from "./assertion-error.ts";

/** Three parts in base64url. The library would ignore padding and white space. */
const compact = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * Reads the header of an assertion before its signature is verified. It must have exactly the members that the gate
 * writes, so that no other JWT passes for an assertion, and no member chooses a key or an algorithm.
 *
 * @throws AssertionError
 */
export function readHeader(assertion: string): { readonly kid: string } {
  if (assertion.length > limits.addedHeaderBytesMaximum || !compact.test(assertion) || !isShallowJose(assertion))
    throw new AssertionError("assertion_malformed");
  const { alg, typ, kid, ...others } = decode(assertion);
  const isOurs = alg === "ES256" && typ === "entra-gate+jwt" && Object.keys(others).length === 0;
  if (!isOurs || typeof kid !== "string" || kid === "" || kid.length > limits.kidCharacters)
    throw new AssertionError("header_not_allowed");
  return { kid };
}

function decode(assertion: string): Readonly<Record<string, unknown>> {
  try {
    return { ...decodeProtectedHeader(assertion) };
  } catch {
    throw new AssertionError("assertion_malformed");
  }
}
