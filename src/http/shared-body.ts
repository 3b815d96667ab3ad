import { isWorkers } from "../common/io.ts";

/** The response of which a copy has the body. */
const originals = new WeakMap<Response, Response>();

/**
 * Creates a response with the body of another one, by default with the same status and headers. Node cancels a body that nobody
 * reads yet if it collects the response that `fetch` has returned, so the copy keeps that response.
 *
 * @throws TypeError if the body was already read, or has a reader
 */
export function shareBody(response: Response, init: ResponseInit = response): Response {
  const copy = new Response(response.body, init);
  if (!isWorkers()) originals.set(copy, response);
  return copy;
}
