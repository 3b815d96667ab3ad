import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findListener, readResidentBytes } from "../../../../../lab/process-memory.ts";
import { type OriginServer, startOriginServer } from "../../../../support/origin-server.ts";
import { type OriginStack, startOriginStack } from "../../../../support/origin-stack.ts";

const mebibyte = 1024 * 1024;
const streamedBytes = 128 * mebibyte;
/** A gate that buffers would need all of it. */
const growthBytes = 40 * mebibyte;

let origin: OriginServer;
let stack: OriginStack;

beforeAll(async () => {
  origin = await startOriginServer(async ({ method, whole, bytes }, response) => {
    if (method === "POST") {
      await whole;
      return response.end(String(bytes()));
    }
    const body = createBody();
    for await (const chunk of body) {
      if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve));
    }
    return response.end();
  });
  stack = await startOriginStack({ vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack.stop(), origin.stop()]));

function createBody(): ReadableStream<Uint8Array> {
  const chunk = new Uint8Array(mebibyte / 4);
  let left = streamedBytes;
  return new ReadableStream({
    pull(controller) {
      left -= chunk.byteLength;
      controller.enqueue(chunk);
      if (left === 0) controller.close();
    },
  });
}

/** The maximum growth of the gate's process while it streamed, in bytes. */
async function measureGrowth(stream: () => Promise<number>): Promise<number> {
  const pid = findListener(Number(new URL(stack.gateUrl).port));
  await (await stack.send("/warm", { method: "POST", body: "warm" })).text();
  const before = readResidentBytes(pid);
  let peak = before;
  const sampling = setInterval(() => {
    peak = Math.max(peak, readResidentBytes(pid));
  }, 10);
  expect(await stream().finally(() => clearInterval(sampling))).toBe(streamedBytes);
  return Math.max(peak, readResidentBytes(pid)) - before;
}

describe.runIf(process.platform === "linux")("the gate's memory", () => {
  it("does not grow with uploads", async () => {
    const growth = await measureGrowth(async () => {
      const init = { method: "POST", body: createBody(), duplex: "half" };
      return Number(await (await stack.send("/upload", init as RequestInit)).text());
    });
    expect(growth).toBeLessThan(growthBytes);
  });

  it("does not grow with downloads", async () => {
    const growth = await measureGrowth(async () => {
      let bytes = 0;
      for await (const chunk of (await stack.send("/download")).body!) bytes += chunk.byteLength;
      return bytes;
    });
    expect(growth).toBeLessThan(growthBytes);
  });
});
