/** End of an event: an empty line, with any two of the three line ends (HTML Standard, "Server-sent events"). */
const eventEnd = /(?:\r\n|\n|\r(?!\n))(?:\r\n|\n|\r)/g;
/** The characters of such an end without the last one. They can be at the end of the previous chunk. */
const eventEndOverlap = 3;
const lineEnd = /\r\n|\n|\r/;
const hasData = /(?:^|[\r\n])data(?:[:\r\n]|$)/;

/**
 * Rewrites the events of a stream, each as soon as it is complete. An unchanged event keeps every byte.
 *
 * @param rewrite gets the data of an event; returns `undefined` to keep it, and throws to break the stream
 * @param charactersMaximum of one event; a longer event breaks the stream
 */
export function rewriteEvents(
  body: ReadableStream<Uint8Array>,
  rewrite: (data: string) => string | undefined,
  charactersMaximum: number,
): ReadableStream<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  const encoder = new TextEncoder();
  let begun = false;
  /** The incomplete event. To append to one string would copy it with each chunk. */
  let parts: string[] = [];
  let characters = 0;
  let tail = "";

  function take(text: string, controller: TransformStreamDefaultController<Uint8Array>): void {
    // Clients remove one byte order mark. After the first is removed, a second one would be the first.
    const searched = tail + (begun ? text : text.replace(/^\ufeff+/, ""));
    begun ||= searched !== "";
    let start = tail.length;
    let tailStart = 0;
    // A stream takes much longer for a chunk than for an event, which can have two characters.
    let complete = "";
    for (const end of searched.matchAll(eventEnd)) {
      const next = end.index + end[0].length;
      complete += finish(searched.slice(start, next));
      start = next;
      tailStart = next;
    }
    if (complete !== "") controller.enqueue(encoder.encode(complete));
    parts.push(searched.slice(start));
    characters += searched.length - start;
    if (characters > charactersMaximum) throw new RangeError("an event is too long to filter");
    tail = searched.slice(Math.max(tailStart, searched.length - eventEndOverlap));
  }

  function finish(rest: string): string {
    const event = parts.join("") + rest;
    parts = [];
    characters = 0;
    return rewriteEvent(event, rewrite);
  }

  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => take(decoder.decode(chunk, { stream: true }), controller),
      flush(controller) {
        take(decoder.decode(), controller);
        // The last event can lack its empty line. A client ignores such an event, but its content must not leave the
        // gate.
        const last = finish("");
        if (last !== "") controller.enqueue(encoder.encode(last));
      },
    }),
  );
}

function rewriteEvent(event: string, rewrite: (data: string) => string | undefined): string {
  if (!hasData.test(event)) return event;
  const lines = event.split(lineEnd);
  const data = lines.flatMap((line) => (/^data(?::|$)/.test(line) ? [line.replace(/^data:? ?/, "")] : []));
  const rewritten = rewrite(data.join("\n"));
  if (rewritten === undefined) return event;
  const others = lines.filter((line) => line !== "" && !/^data(?::|$)/.test(line));
  return [...others, `data: ${rewritten}`, "", ""].join("\n");
}
