import { base64url } from "jose";
import { encodeUtf8 } from "./utf8.ts";

/** SHA-256 of a text, in base64url. */
export async function hashText(text: string): Promise<string> {
  return base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-256", encodeUtf8(text))));
}
