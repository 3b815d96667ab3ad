// The origin of a soak test, in its own process, so that the load does not stop it from answering. It prints its
// address, and runs until its standard input ends. It echoes the request, and fails if the path says so.
import type { IncomingMessage, ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { serve } from "../../cli/common/loopback.ts";

/** Longer than the gate under test waits for its origin. */
const tooSlowMs = 9_000;
const bigBytes = 512 * 1024;

const origin = await serve(async (incoming, outgoing) => {
  switch (incoming.url?.split("?")[0]) {
    case "/slow":
      await delay(Number(new URL(incoming.url, "http://origin").searchParams.get("ms")));
      return echo(incoming, outgoing);
    case "/too-slow":
      await delay(tooSlowMs);
      return echo(incoming, outgoing);
    case "/dies-at-once":
      return incoming.socket.destroy();
    case "/dies-later":
      outgoing.writeHead(200, { "content-length": bigBytes }).write(Buffer.alloc(bigBytes / 2, "x"));
      await delay(5);
      return incoming.socket.destroy();
    case "/big":
      return outgoing.end(Buffer.alloc(bigBytes, "x"));
    default:
      return echo(incoming, outgoing);
  }
});
console.log(origin.url);
process.stdin.resume().on("end", () => process.exit(0));

async function echo(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const { length } = await buffer(incoming);
  const { "x-soak-id": id, "x-ms-client-principal-id": principal } = incoming.headers;
  outgoing.setHeader("content-type", "application/json").end(JSON.stringify({ id, principal, bytes: length }));
}
