import { printsBodyErrors } from "../common/runtime.ts";

/**
 * Replaces the error of a body that breaks off by one without the URL of its request and without its bytes, where the
 * gate's server would print it beside the log.
 *
 * @param response its body is not read yet
 * @returns the body itself if there is none, or if no server prints the error
 */
export function hideBodyErrors(response: Response): Response["body"] {
  const { body: source } = response;
  if (source === null || !printsBodyErrors()) return source;
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
