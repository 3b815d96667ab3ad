import { findDecoder, runtime } from "../common/runtime.ts";

/** Copies a response, so that its headers can be changed. */
export function copyResponse(response: Response, body = response.body): Response {
  // The response holds the two ends of a WebSocket and cannot be copied.
  if (response.status === 101) return response;
  return isDecoded(response) ? copyDecoded(response, body) : shareBody(response, response, body);
}

/**
 * Whether `fetch` has decoded the body of a response, or dropped that of a 205, which may have none (RFC 9110 section
 * 15.3.6). A response that code has created has no URL. Deno decodes by the request alone, which is unknown here.
 */
export function isDecoded(response: Response): boolean {
  if (!runtime.decodesRequestedBodies || response.url === "") return false;
  return response.status === 205 || response.headers.has("content-encoding");
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
  if (!runtime.keepsOpenBodies) originals.set(copy, response);
  return copy;
}

/**
 * Replaces the error of a body that breaks off by one without the URL of its request and without its bytes, where the
 * gate's server would print it beside the log.
 *
 * @param response its body is not read yet
 * @returns the body itself if there is none, or if no server prints the error
 */
export function hideBodyErrors(response: Response): Response["body"] {
  const { body: source } = response;
  if (source === null || !runtime.printsBodyErrors) return source;
  let reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  // Node cancels the body of a response that nobody keeps and reads, but not one that has a reader. So `response` is
  // kept until then.
  const findReader = () => {
    reader ??= (response.body ?? source).getReader();
    return reader;
  };
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        try {
          const { done, value } = await findReader().read();
          if (done) controller.close();
          else controller.enqueue(value);
        } catch {
          controller.error(new TypeError("The server broke off its response"));
        }
      },
      cancel: (reason) => findReader().cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
