import { decodesBodies, findDecoder } from "../common/runtime.ts";
import { shareBody } from "./shared-body.ts";

/**
 * Whether `fetch` has decoded the body of a response, or dropped that of a 205, which may have none (RFC 9110 section
 * 15.3.6). A response that code has created has no URL. Deno decodes by the request alone, which is unknown here.
 */
export function isDecoded(response: Response): boolean {
  return (
    decodesBodies(true) && response.url !== "" && (response.status === 205 || response.headers.has("content-encoding"))
  );
}

/**
 * Copies a response whose body `fetch` has decoded or dropped, without the headers that describe the original body.
 * With the original `Content-Length`, the client would read the wrong number of bytes: it would take the end of this
 * body for the next response on the connection, or the start of the next response for this body.
 */
export function copyDecoded(response: Response, body = response.body): Response {
  const copy = shareBody(response, response, body);
  if (copy.status === 205) copy.headers.set("content-length", "0");
  else copy.headers.delete("content-length");
  removeCoding(copy.headers);
  return copy;
}

function removeCoding(headers: Headers): void {
  const coding = headers.get("content-encoding");
  if (coding === null) return;
  const { names, decodesLists } = findDecoder();
  const codings = coding.split(",").map((name) => name.trim().toLowerCase());
  if ((decodesLists || codings.length === 1) && codings.every((name) => names.includes(name))) {
    headers.delete("content-encoding");
  }
}
