/** End of an event: an empty line, with any of the three line ends (HTML Standard, "Server-sent events"). */
const eventEnd = /\r\n\r\n|\n\n|\r\r|\r\n\n|\n\r\n/g;
/** The characters of such an end without the last one. They can be at the end of the previous chunk. */
const eventEndOverlap = 3;
const lineEnd = /\r\n|\n|\r/;

/**
 * Rewrites the events of a stream, each as soon as it is complete. An unchanged event keeps every byte.
 *
 * @param rewrite gets the data of an event; returns `undefined` to keep it
 * @param charactersMaximum of one event; a longer event breaks the stream
 */
export function rewriteEvents(
  body: ReadableStream<Uint8Array>,
  rewrite: (data: string) => string | undefined,
  charactersMaximum: number,
): ReadableStream<Uint8Array> {
  // Removes a byte order mark, as clients do.
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let rest = "";

  function take(text: string, controller: TransformStreamDefaultController<Uint8Array>): void {
    const searched = Math.max(0, rest.length - eventEndOverlap);
    rest += text;
    let start = 0;
    for (const end of rest.slice(searched).matchAll(eventEnd)) {
      const next = searched + end.index + end[0].length;
      controller.enqueue(encoder.encode(rewriteEvent(rest.slice(start, next), rewrite)));
      start = next;
    }
    rest = rest.slice(start);
    if (rest.length > charactersMaximum) throw new RangeError("an event is too long to filter");
  }

  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => take(decoder.decode(chunk, { stream: true }), controller),
      flush(controller) {
        take(decoder.decode(), controller);
        // The last event can lack its empty line. A client ignores such an event, but its content must not leave the
        // gate.
        if (rest !== "") controller.enqueue(encoder.encode(rewriteEvent(rest, rewrite)));
      },
    }),
  );
}

function rewriteEvent(event: string, rewrite: (data: string) => string | undefined): string {
  const lines = event.split(lineEnd);
  const data = lines.flatMap((line) => (/^data(?::|$)/.test(line) ? [line.replace(/^data:? ?/, "")] : []));
  if (data.length === 0) return event;
  const rewritten = rewrite(data.join("\n"));
  if (rewritten === undefined) return event;
  const others = lines.filter((line) => line !== "" && !/^data(?::|$)/.test(line));
  return [...others, `data: ${rewritten}`, "", ""].join("\n");
}
