import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OriginServer, type SeenRequest, startOriginServer, valuesOf } from "../../../support/origin-server.ts";
import { type OriginStack, startOriginStack } from "../../../support/origin-stack.ts";

/** Longer than any working request takes on a busy machine. */
const patienceMs = 60_000;

let origin: OriginServer;
let stack: OriginStack;
const responses = new Map<SeenRequest, ServerResponse>();

beforeAll(async () => {
  // The origin responds only when a test calls it.
  origin = await startOriginServer((request, response) => responses.set(request, response));
  stack = await startOriginStack({ vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack.stop(), origin.stop()]));

/** Fails if a promise takes longer than any working request. */
async function soon<T>(promise: Promise<T>): Promise<T> {
  const late = delay(patienceMs).then(() => {
    throw new Error(`still waiting after ${patienceMs} ms`);
  });
  return Promise.race([promise, late]);
}

async function waitFor(condition: () => boolean): Promise<void> {
  for (const deadlineMs = Date.now() + patienceMs; Date.now() < deadlineMs; await delay(2)) if (condition()) return;
  throw new Error(`still not so after ${patienceMs} ms: ${condition}`);
}

async function respond(query: string): Promise<ServerResponse> {
  const request = await origin.find(query);
  return responses.get(request)!;
}

const decoder = new TextDecoder();

describe("a stream of events", () => {
  it("arrives event by event: each is sent after the previous was received", async () => {
    const pending = stack.send("/sse?events");
    const response = await respond("events");
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    const answer = await soon(pending);
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    const reader = answer.body!.getReader();
    for (let event = 0; event < 5; event += 1) {
      response.write(`id: ${event}\n\n`);
      expect(decoder.decode((await soon(reader.read())).value)).toBe(`id: ${event}\n\n`);
    }
    response.end();
    expect((await soon(reader.read())).done).toBe(true);
  });
});

describe("an upload", () => {
  it.each([["Content-Length: 12"], ["Transfer-Encoding: chunked"]])("arrives piece by piece: %s", async (line) => {
    const chunked = line.startsWith("Transfer");
    const query = `pieces.${chunked}`;
    const connection = await stack.begin("POST", `/upload?${query}`, [line]);
    const write = (piece: string) => connection.write(chunked ? `${piece.length.toString(16)}\r\n${piece}\r\n` : piece);
    write("one.");
    const seen = await origin.find(query);
    for (const [piece, sofar] of [
      ["two.", "one.two."],
      ["end.", "one.two.end."],
    ] as const) {
      write(piece);
      await waitFor(() => seen.text() === sofar);
    }
    if (chunked) connection.write("0\r\n\r\n");
    await soon(seen.whole);
    responses.get(seen)?.end("done");
    await connection.until(/done/);
    connection.close();
  });

  it("may continue while the response arrives", async () => {
    const connection = await stack.begin("POST", "/duplex?duplex", ["Transfer-Encoding: chunked"]);
    connection.write("4\r\none.\r\n");
    const response = await respond("duplex");
    const seen = await origin.find("duplex");
    response.writeHead(200).write("<1>");
    await connection.until(/<1>/);
    for (const [piece, sofar] of [
      ["two.", "one.two."],
      ["end.", "one.two.end."],
    ] as const) {
      connection.write(`4\r\n${piece}\r\n`);
      await waitFor(() => seen.text() === sofar);
      response.write(`<${piece}>`);
      await connection.until(new RegExp(`<${piece}>`));
    }
    connection.write("0\r\n\r\n");
    await soon(seen.whole);
    response.end("<done>");
    await connection.until(/<done>/);
    connection.close();
  });

  it("may be refused by the origin before it is complete", async () => {
    const connection = await stack.begin("POST", "/upload?refused", ["Content-Length: 1000000"]);
    connection.write("a".repeat(10_000));
    (await respond("refused")).writeHead(413).end("too large");
    expect(await connection.until(/too large/)).toMatch(/^HTTP\/1\.1 413 /);
    connection.close();
  });

  it("of several megabytes arrives whole, with its length", async () => {
    const bytes = 8 * 1024 * 1024 + 1;
    const pending = stack.send("/upload?large", { method: "PUT", body: new Uint8Array(bytes).fill(97) });
    const seen = await origin.find("large");
    await soon(seen.whole);
    expect(seen.bytes()).toBe(bytes);
    expect(valuesOf(seen, "content-length")).toEqual([String(bytes)]);
    responses.get(seen)?.end("ok");
    expect((await soon(pending)).status).toBe(200);
  });
});

describe("a client that closes the connection", () => {
  it("before the head of the response cancels the origin's request", async () => {
    const connection = await stack.begin("GET", "/orders?gone-waiting");
    const seen = await origin.find("gone-waiting");
    connection.reset();
    await soon(seen.closed);
  });

  it("in the middle of the response cancels the origin's request", async () => {
    const client = new AbortController();
    const pending = stack.send("/orders?gone-reading", { signal: client.signal });
    const response = await respond("gone-reading");
    response.writeHead(200).write(".");
    await (await soon(pending)).body!.getReader().read();
    const seen = await origin.find("gone-reading");
    client.abort();
    // The platform detects a closed connection at the next byte that it cannot deliver.
    const dripping = setInterval(() => response.write("."), 20);
    await soon(seen.closed).finally(() => clearInterval(dripping));
  });

  it.each([
    ["Content-Length: 10000000", "small"],
    ["Content-Length: 10000000", "large"],
    ["Transfer-Encoding: chunked", "small"],
    ["Transfer-Encoding: chunked", "large"],
  ])("in the middle of its own body cancels the origin's request: %s, after a %s part", async (line, part) => {
    const query = `gone.${line.length}.${part}`;
    const bytes = part === "large" ? 1_000_000 : 5;
    const connection = await stack.begin("POST", `/upload?${query}`, [line]);
    const piece = "a".repeat(bytes);
    connection.write(line.startsWith("Content") ? piece : `${bytes.toString(16)}\r\n${piece}\r\n`);
    const seen = await origin.find(query);
    await waitFor(() => seen.bytes() === bytes);
    let whole = false;
    seen.whole.then(() => {
      whole = true;
    });
    connection.close();
    await soon(seen.closed);
    expect(whole, "an incomplete upload must not look complete").toBe(false);
  });
});
