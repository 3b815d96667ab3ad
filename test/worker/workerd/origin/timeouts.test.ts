import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OriginServer, startOriginServer } from "../../../support/origin-server.ts";
import { type OriginStack, startOriginStack } from "../../../support/origin-stack.ts";
import { startServer } from "../../../support/server.ts";

/** The limit of the entry file. */
const limitMs = 1_500;
const entry = "test/gates/origin-impatient.ts";
/** Late, but far from the limit on a busy machine. */
const lateMs = 200;

let origin: OriginServer;
let stack: OriginStack;

beforeAll(async () => {
  origin = await startOriginServer(async ({ target, whole }, response) => {
    if (target.startsWith("/never")) return;
    if (target.startsWith("/late")) await delay(lateMs);
    if (target.startsWith("/slow-body")) {
      for (let piece = 0; piece < 3; piece += 1) {
        response.write(`${piece}`);
        await delay(limitMs);
      }
    }
    await whole;
    response.end(".");
  });
  stack = await startOriginStack({ entry, vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack.stop(), origin.stop()]));

async function expectProblem(answer: Response, status: number, title: string, detail: string): Promise<void> {
  const names = [...answer.headers.keys()].filter((name) => name !== "connection");
  expect(names.sort()).toEqual(["cache-control", "content-length", "content-type"]);
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const instance = expect.stringMatching(/^urn:uuid:/);
  expect(await answer.json()).toEqual({ type: "about:blank", title, status, detail, instance });
  expect(answer.status).toBe(status);
}

const expectTimeout = (answer: Response) =>
  expectProblem(
    answer,
    504,
    "Gateway Timeout",
    "The origin server did not respond in time. It may have processed the request.",
  );
const expectUnreachable = (answer: Response) =>
  expectProblem(answer, 502, "Bad Gateway", "The origin server could not be reached. Retry later.");

describe("an origin that is too slow", () => {
  it("becomes 504 after the limit, and its request is canceled", async () => {
    const startMs = Date.now();
    await expectTimeout(await stack.send("/never?silent"));
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(limitMs - 50);
    await (await origin.find("silent")).closed;
  });

  it("becomes 504 even after it has the whole body", async () => {
    await expectTimeout(await stack.send("/never?posted", { method: "POST", body: "hello" }));
    const seen = await origin.find("posted");
    expect(seen.text()).toBe("hello");
    await seen.closed;
  });

  it("becomes 504 on public routes", async () => {
    const silent = await startOriginServer(() => {});
    const open = await startOriginStack({ entry, vars: { ORIGIN_URL: silent.url } });
    try {
      await expectTimeout(await fetch(`${open.gateUrl}/public`));
    } finally {
      await Promise.all([open.stop(), silent.stop()]);
    }
  });

  it("does not include an origin that starts its response in time", async () => {
    expect((await stack.send("/late")).status).toBe(200);
  });
});

describe.concurrent("a body that takes longer than the limit", () => {
  it("is sent whole to the client", async () => {
    const startMs = Date.now();
    expect(await (await stack.send("/slow-body")).text()).toBe("012.");
    expect(Date.now() - startMs).toBeGreaterThan(2 * limitMs);
  });

  it("is sent whole to the origin", async () => {
    const connection = await stack.begin("POST", "/upload?slow", ["Content-Length: 6"]);
    for (const piece of ["ab", "cd", "ef"]) {
      await delay(1.5 * limitMs);
      connection.write(piece);
    }
    expect(await connection.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 /);
    expect((await origin.find("slow")).text()).toBe("abcdef");
    connection.close();
  });

  it("is sent whole if it starts fast and continues slowly", async () => {
    const connection = await stack.begin("POST", "/upload?slow-end", ["Content-Length: 1000003"]);
    connection.write("a".repeat(1_000_000));
    for (const piece of ["b", "c", "d"]) {
      await delay(1.5 * limitMs);
      connection.write(piece);
    }
    expect(await connection.until(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 200 /);
    expect((await origin.find("slow-end")).bytes()).toBe(1_000_003);
    connection.close();
  });
});

describe("an origin that cannot be reached", () => {
  it("becomes 502 if the port has no listener, without its address", async () => {
    const dead = await startOriginStack({ entry, vars: { ORIGIN_URL: "http://127.0.0.1:1/internal" } });
    try {
      await expectUnreachable(await dead.send("/orders"));
      await expectUnreachable(await dead.send("/orders", { method: "POST", body: "hello" }));
      await expectUnreachable(await dead.send("/orders", { method: "PUT", body: new Uint8Array(1_000_000) }));
      await expectUnreachable(await fetch(`${dead.gateUrl}/public`));
    } finally {
      await dead.stop();
    }
  });

  it("becomes 502 if it closes connections, and 504 if it reads nothing", async () => {
    for (const [treat, expectProblemOf] of [
      ["hang up", expectUnreachable],
      ["ignore", expectTimeout],
    ] as const) {
      const rude = await startServer(
        createServer((socket) => (treat === "hang up" ? socket.destroy() : socket.pause())),
      );
      const gate = await startOriginStack({ entry, vars: { ORIGIN_URL: rude.url } });
      try {
        await expectProblemOf(await gate.send("/orders"));
        // The runtime may break the client's body too, in about one upload of ten.
        const uploads = treat === "hang up" ? 100 : 1;
        const send = () => gate.send("/orders", { method: "POST", body: "a".repeat(300_000) });
        await Promise.all(Array.from({ length: uploads }, async () => expectProblemOf(await send())));
      } finally {
        await gate.stop();
        await rude.stop();
      }
    }
  });
});
