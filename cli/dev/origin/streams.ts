const chunkBytes = 64 * 1024;
const eventCount = 5;
const eventDelayMs = 200;
const dripDelayMs = 100;

/** Streams that many bytes, one chunk each time the reader asks. */
export function createDownload(totalBytes: number): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(chunkBytes).fill("x".charCodeAt(0));
  let remainingBytes = totalBytes;
  return new ReadableStream({
    pull(controller) {
      if (remainingBytes === 0) return controller.close();
      const next = chunk.slice(0, Math.min(chunkBytes, remainingBytes));
      remainingBytes -= next.byteLength;
      controller.enqueue(next);
    },
  });
}

/** Sends five server-sent events: the first at once, then one every 200 ms. */
export function createEvents(): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      if (sent === eventCount) return controller.close();
      if (sent > 0) await delay(eventDelayMs);
      sent += 1;
      controller.enqueue(encoder.encode(`id: ${sent}\nevent: tick\ndata: {"number":${sent}}\n\n`));
    },
  });
}

/** Sends a dot every 100 ms until the client closes the connection. */
export function createDrip(onCancel: () => void): ReadableStream<Uint8Array> {
  const dot = new TextEncoder().encode(".");
  return new ReadableStream({
    async pull(controller) {
      await delay(dripDelayMs);
      controller.enqueue(dot);
    },
    cancel: onCancel,
  });
}

function delay(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}
