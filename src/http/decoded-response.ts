import { decodesBodies } from "../common/io.ts";

/** Codings that `fetch` decodes on Node and Bun. */
const decodedCoding = /^(?:x-)?gzip$|^deflate$|^br$/;

/**
 * Whether `fetch` has decoded the body of a response. A response that code has created has no URL. Deno decodes by the request
 * alone, which is unknown here.
 */
export function isDecoded({ url }: Response): boolean {
  return url !== "" && decodesBodies(true);
}

/**
 * Copies a response whose body `fetch` has decoded, without the headers of the encoded body. With the old length, the rest
 * of the body would be the next response on the client's connection.
 */
export function copyDecoded(response: Response): Response {
  const copy = new Response(response.body, response);
  removeCoding(copy.headers);
  return copy;
}

function removeCoding(headers: Headers): void {
  const coding = headers.get("content-encoding");
  if (coding === null) return;
  headers.delete("content-length");
  const codings = coding.toLowerCase().split(",");
  if (codings.every((name) => decodedCoding.test(name.trim()))) headers.delete("content-encoding");
}
