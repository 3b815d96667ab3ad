import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { RawConnection } from "../../support/origin-socket.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../support/origin-stack.ts";

const idleMs = 15_000;
/** Far above the lowest speed in a second, so that a busy machine keeps it too. */
const steadyBytes = 8_000;
/** Large enough that the gate allocates a MiB for it. */
const largeBytes = 600_000;
const sharesOfBudget = 32;

const worlds = [
  ["a gate", { entry: "test/gates/bodies.ts" }],
  ["an App that serves itself", { entry: "test/gates/bodies-alone.ts" }],
] as const;

const json = "Content-Type: application/json";
const note = (length: number) => JSON.stringify({ note: "n".repeat(length) });

/** Starts a body of a MiB. */
const begin = (stack: OriginStack) => stack.begin("POST", "/orders", [json, "Content-Length: 1048000"]);

async function beginLarge(stack: OriginStack): Promise<RawConnection> {
  const upload = await begin(stack);
  upload.write("x".repeat(largeBytes));
  return upload;
}

const isPending = (upload: RawConnection) => upload.received() === "";

/** @param startMs time before the body began */
async function expectSlow(connection: RawConnection, startMs: number): Promise<void> {
  await connection.until(/\}$/);
  expect(Date.now() - startMs).toBeGreaterThan(idleMs - 500);
  const { status, headers, body } = parseAnswer(connection.received());
  expect(status).toBe(408);
  expect(headers.join("\n")).toMatch(/^content-type: application\/problem\+json$/im);
  expect(body).toContain('"detail":"The body arrived too slowly."');
  connection.close();
}

/** Writes a piece every second until there is a response. */
async function drip(connection: RawConnection, piece: string, pieces: number): Promise<void> {
  for (let count = 0; count < pieces && connection.received() === ""; count += 1) {
    connection.write(piece);
    await delay(1_000);
  }
}

async function postStatus(stack: OriginStack): Promise<number> {
  const init = { method: "POST", body: note(1), headers: { "content-type": "application/json" } };
  const answer = await stack.send("/orders", init);
  await answer.body?.cancel();
  return answer.status;
}

/** Number of requests to POST /orders that reached the origin, whole or in part. */
async function countForwarded(stack: OriginStack): Promise<number> {
  const journal = (await (await fetch(`${stack.originUrl}/local/requests`)).json()) as { count: number };
  return journal.count;
}

describe.concurrent.each(worlds)("a body that is validated by %s", (_, options) => {
  it("may take as long as data arrives", { tags: "upload-memory" }, async () => {
    const stack = await startOriginStack(options);
    try {
      const before = await countForwarded(stack);
      const startMs = Date.now();
      const silent = await begin(stack);
      const stalled = await begin(stack);
      stalled.write('{"note":"');
      const trickling = await begin(stack);
      const steady = await stack.begin("POST", "/orders", [json, `Content-Length: ${note(steadyBytes * 18).length}`]);
      const dripping = drip(trickling, "x".repeat(300), 20);
      steady.write('{"note":"');
      const flowing = drip(steady, "n".repeat(steadyBytes), 18).then(() => steady.write('"}'));
      const slow = [silent, stalled, trickling].map((connection) => expectSlow(connection, startMs));
      await Promise.all([...slow, dripping]);
      expect(await countForwarded(stack)).toBe(before);
      await flowing;
      expect(await steady.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 /);
      steady.close();
    } finally {
      await stack.stop();
    }
  });

  it("uses the memory limit for bodies, even after its client has disconnected", {
    tags: "upload-memory",
  }, async () => {
    const stack = await startOriginStack(options);
    let flowing: NodeJS.Timeout | undefined;
    try {
      let uploads: RawConnection[] = [];
      // A busy machine takes long to read all of them. None may stall meanwhile, and one that did is replaced.
      flowing = setInterval(() => uploads.map((upload) => upload.write("x")), 1_000);
      do {
        uploads = uploads.filter(isPending);
        while (uploads.length < sharesOfBudget) uploads.push(await beginLarge(stack));
        await delay(1_000);
      } while ((await postStatus(stack)) !== 503);
      expect(uploads.filter(isPending)).toHaveLength(sharesOfBudget);

      const refused = parseAnswer(await stack.sendRaw("POST", "/orders", [json], note(1)));
      expect(refused.status).toBe(503);
      expect(refused.headers.join("\n")).toMatch(/^retry-after: 16$/im);
      expect(refused.headers.join("\n")).toMatch(/^content-type: application\/problem\+json$/im);
      expect((await stack.send("/orders")).status).toBe(200);

      clearInterval(flowing);
      for (const upload of uploads) upload.reset();
      while ((await postStatus(stack)) !== 200) await delay(500);
    } finally {
      clearInterval(flowing);
      await stack.stop();
    }
  });
});
