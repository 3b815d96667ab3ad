// Streams a gibibyte up and one down through the gate in workerd, and prints the memory that the gate's process needed:
// `node lab/stream-gigabyte.ts [MiB]`. Linux only.
import { once } from "node:events";
import { createServer, get, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { type Stack, startStack } from "../test/support/stack.ts";
import { findListener, readProcessorSeconds, readResidentBytes } from "./process-memory.ts";

const mebibyte = 1024 * 1024;
const sampleMilliseconds = 100;
const totalBytes = Number(process.argv[2] ?? 1024) * mebibyte;
const chunk = Buffer.alloc(64 * 1024, "x");

const origin = createServer((incoming, outgoing) => {
  if (incoming.method === "GET") return writeAll(outgoing.writeHead(200, { "content-length": totalBytes }));
  let bytes = 0;
  incoming.on("data", (data: Buffer) => {
    bytes += data.byteLength;
  });
  incoming.on("end", () => outgoing.end(String(bytes)));
}).listen(0, "127.0.0.1");
await once(origin, "listening");

const stack = await startStack({
  gateVars: { ORIGIN_URL: `http://127.0.0.1:${(origin.address() as AddressInfo).port}` },
});
const authorization = `Bearer ${await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text()}`;
const pid = findListener(Number(new URL(stack.gateUrl).port));

try {
  await (await fetch(stack.gateUrl, { method: "POST", body: "warm", headers: { authorization } })).text();
  await measure("upload, length known  ", () => upload(stack, { "content-length": totalBytes }));
  await measure("upload, length unknown", () => upload(stack, {}));
  await measure("download              ", () => download(stack));
} finally {
  await stack.stop();
  origin.closeAllConnections();
  origin.close();
}
process.exit(0);

async function measure(title: string, stream: () => Promise<number>): Promise<void> {
  const samples = [readResidentBytes(pid)];
  const sampling = setInterval(() => samples.push(readResidentBytes(pid)), sampleMilliseconds);
  const [startMs, startSeconds] = [performance.now(), readProcessorSeconds(pid)];
  const bytes = await stream();
  const seconds = (performance.now() - startMs) / 1_000;
  clearInterval(sampling);
  if (bytes !== totalBytes) throw new Error(`${bytes} of ${totalBytes} bytes arrived`);
  const processor = readProcessorSeconds(pid) - startSeconds;
  const show = (resident: number) => (resident / mebibyte).toFixed(1);
  const course = samples.filter((_, index) => index % Math.ceil(samples.length / 12) === 0).map(show);
  console.log(
    `${title} ${totalBytes / mebibyte} MiB in ${seconds.toFixed(1)} s, ${(totalBytes / mebibyte / seconds).toFixed(0)} MiB/s, ` +
      `processor ${processor.toFixed(2)} s; resident MiB before ${show(samples[0]!)}, peak ${show(Math.max(...samples))}, ` +
      `after ${show(readResidentBytes(pid))}\n  over time: ${course.join(" ")}`,
  );
}

async function upload({ gateUrl }: Stack, headers: Record<string, number>): Promise<number> {
  const outgoing = request(gateUrl, { method: "POST", headers: { authorization, ...headers } });
  const answered = once(outgoing, "response") as Promise<[IncomingMessage]>;
  await writeAll(outgoing);
  const [answer] = await answered;
  let text = "";
  for await (const data of answer) text += data;
  return Number(text);
}

async function download({ gateUrl }: Stack): Promise<number> {
  const [answer] = (await once(get(gateUrl, { headers: { authorization } }), "response")) as [IncomingMessage];
  let bytes = 0;
  for await (const data of answer) bytes += data.byteLength;
  return bytes;
}

/** Stays at most one chunk ahead of the reader. */
async function writeAll(writable: NodeJS.WritableStream): Promise<void> {
  for (let bytes = 0; bytes < totalBytes; bytes += chunk.byteLength) {
    if (!writable.write(chunk)) await once(writable, "drain");
  }
  writable.end();
}
