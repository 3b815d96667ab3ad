// Runtimes: workerd, deno
import { expect, it } from "vitest";
import { startOriginStack } from "../../support/origin-stack.ts";
import { startFullServer } from "../support/full-queue.ts";

// A runtime takes the first pieces of a body before it is connected, and the time of a slow client does not count. The
// deadline has to run until the origin itself takes a piece.
it("a body for an origin that cannot be connected to is refused in time, whatever its length", async () => {
  const server = await startFullServer();
  const stack = await startOriginStack({ entry: "test/gates/origin-impatient.ts", vars: { ORIGIN_URL: server.url } });
  try {
    const lengths = [100, 5_000, 20_000, 200_000, 10_000_000];
    const send = (length: number) => stack.send("/orders", { method: "PUT", body: new Uint8Array(length) });
    const statuses = await Promise.all(lengths.map(async (length) => (await send(length)).status));
    expect(statuses).toEqual(lengths.map(() => 504));
  } finally {
    await stack.stop();
    server.stop();
  }
});
