import { beforeEach, describe, expect, it } from "vitest";
import { readText } from "../../../src/extensions/revocations/source.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";

const source = { url: "https://config.contoso.example/revocations.json", token: "a-secret" };

let io: FakeIo;

beforeEach(() => {
  io = createFakeIo();
});

it("asks KV for its one document, with the shortest cache", async () => {
  const asked: unknown[] = [];
  const store = {
    async get(...input: readonly unknown[]) {
      asked.push(input);
      return new Response("text").body;
    },
  };
  expect(await readText(io, { store })).toEqual({ ok: true, value: "text" });
  expect(asked).toEqual([["entra-gate/revocations", { type: "stream", cacheTtl: 30 }]]);
});

describe("a URL", () => {
  it("is fetched with the token, and without following redirects", async () => {
    io.setFetch(() => new Response("text"));
    expect(await readText(io, source)).toEqual({ ok: true, value: "text" });
    const [request] = io.requests;
    expect(request?.headers.get("authorization")).toBe("Bearer a-secret");
    expect(request?.redirect).toBe("manual");
  });

  it("reads a token from its store", async () => {
    io.setFetch(() => new Response("text"));
    await readText(io, { ...source, token: { get: async () => "stored " } });
    expect(io.requests[0]?.headers.get("authorization")).toBe("Bearer stored");
    const failing = await readText(io, { ...source, token: { get: () => Promise.reject(new Error("down")) } });
    expect(failing).toMatchObject({ ok: false, error: expect.stringContaining("GATE_REVOCATIONS_TOKEN") });
    expect(io.requests).toHaveLength(1);
  });

  it.each([204, 206, 301, 302, 304, 401, 404, 500])("is not read with the status %d", async (status) => {
    const headers = { location: "https://elsewhere.example/" };
    const body = [204, 304].includes(status) ? null : "text";
    io.setFetch(() => new Response(body, { status, headers }));
    expect(await readText(io, source)).toEqual({ ok: false, error: `cannot be fetched: status ${status}` });
    expect(io.requests).toHaveLength(1);
  });

  it("may not send more than 1 MiB, and is not read to its end", async () => {
    let sent = 0;
    const piece = new Uint8Array(64 * 1024);
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += piece.byteLength;
          controller.enqueue(piece);
        },
      });
    io.setFetch(() => new Response(endless()));
    expect(await readText(io, source)).toEqual({ ok: false, error: "is empty, or larger than 1048576 bytes" });
    expect(sent).toBeLessThan(2 * 1024 * 1024);
  });

  it.each([
    ["the response", () => new Promise<never>(() => {})],
    ["the body", () => new Response(new ReadableStream())],
  ])("has 2 s for %s", async (_, fetch) => {
    io.setFetch(fetch);
    let signal: AbortSignal | undefined;
    const { fetch: send } = io;
    Object.assign(io, {
      fetch: (input: string, init: RequestInit) => {
        signal = init.signal as AbortSignal;
        return send(input, { ...init, signal: null });
      },
    });
    const text = readText(io, source);
    await io.advance(2_000);
    expect(await text).toEqual({ ok: false, error: "was not read in time" });
    expect(signal?.aborted).toBe(true);
  });

  it("names why it is out of reach, without the message", async () => {
    expect(await readText(io, source)).toEqual({ ok: false, error: "cannot be read: Error" });
  });
});
