import { isolateHeapFlag } from "./process-memory.ts";
import { startRawWorker } from "./workerd.ts";

/**
 * Measures the memory that a worker keeps after some requests and a garbage collection. It has as much heap as an
 * isolate at Cloudflare.
 *
 * @param worker file in lab/workers
 * @param use sends the requests
 * @param wake sends one more request, after which the worker keeps nothing new
 * @returns bytes of its JavaScript heap, and bytes that the platform holds for it
 */
export async function measureHeapAfter(
  worker: string,
  vars: Readonly<Record<string, string>>,
  use: (origin: string) => Promise<unknown>,
  wake: (origin: string) => Promise<unknown>,
): Promise<number> {
  const options = { inspects: true, v8Flags: [isolateHeapFlag] };
  const running = await startRawWorker(`lab/workers/${worker}.ts`, vars, options);
  try {
    await use(running.url);
    const inspector = await openInspector(running.inspectorPort);
    // The worker collects garbage at its next request.
    let isCollected = false;
    const collected = inspector.call("HeapProfiler.collectGarbage").then(() => {
      isCollected = true;
    });
    while (!isCollected) await Promise.race([collected, wake(running.url)]);
    const usage = await inspector.call("Runtime.getHeapUsage");
    inspector.close();
    return (usage.usedSize ?? 0) + (usage.embedderHeapUsedSize ?? 0) + (usage.backingStorageSize ?? 0);
  } finally {
    await running.stop();
  }
}

interface Inspector {
  call(method: string): Promise<Readonly<Record<string, number>>>;
  close(): void;
}

/** The part of the Chrome DevTools Protocol that the measurement needs. */
async function openInspector(port: number): Promise<Inspector> {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json`)).json()) as { webSocketDebuggerUrl: string }[];
  const socket = new WebSocket(targets[0]?.webSocketDebuggerUrl ?? "");
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  let last = 0;
  return {
    call(method) {
      last += 1;
      const id = last;
      socket.send(JSON.stringify({ id, method }));
      return new Promise((resolve) => {
        socket.addEventListener("message", ({ data }) => {
          const message = JSON.parse(String(data));
          if (message.id === id) resolve(message.result);
        });
      });
    },
    close: () => socket.close(),
  };
}
