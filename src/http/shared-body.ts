import { keepsOpenBodies } from "../common/runtime.ts";

/** The response of which a copy has the body. */
const originals = new WeakMap<Response, Response>();

/**
 * Creates a response with the body of another one, by default with the same status and headers. The copy keeps the
 * other response alive where the platform would cancel its body.
 *
 * @throws TypeError if the body was already read, or has a reader
 */
export function shareBody(response: Response, init: ResponseInit = response, body = response.body): Response {
  const copy = new Response(body, init);
  if (!keepsOpenBodies()) originals.set(copy, response);
  return copy;
}
