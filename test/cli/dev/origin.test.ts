import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { bundleWorker } from "../../support/bundle.ts";
import { startWorker, type WorkerProcess } from "../../support/worker-process.ts";

const mebibyte = 1024 * 1024;

let worker: WorkerProcess;

beforeAll(async () => {
  const { code } = await bundleWorker("cli/dev/origin/worker.ts");
  worker = await startWorker({ name: "origin", code, port: 0, vars: {} });
});

afterAll(() => worker.stop());

beforeEach(async () => {
  await get("/local/requests", { method: "DELETE" });
});

function get(path: string, init?: RequestInit): Promise<Response> {
  return fetch(worker.url + path, init);
}

async function getJson(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  return (await (await get(path, init)).json()) as Record<string, unknown>;
}

describe("echo", () => {
  it("returns method, URL and headers", async () => {
    expect(await getJson("/any//path?a=1", { headers: { "X-Sample": "value" } })).toMatchObject({
      method: "GET",
      url: `${worker.url}/any//path?a=1`,
      path: "/any//path",
      query: { a: "1" },
      headers: { "x-sample": "value" },
      body: { bytes: 0, text: "" },
    });
  });

  it("shows a small body", async () => {
    const body = "grüße".repeat(100);
    const sha256 = createHash("sha256").update(body).digest("hex");
    const echo = await getJson("/", { method: "PUT", body });
    expect(echo).toMatchObject({ method: "PUT", body: { bytes: 700, sha256, text: body } });
  });

  it("hashes a large body without showing it", async () => {
    const body = new Uint8Array(8 * mebibyte).fill(7);
    const sha256 = createHash("sha256").update(body).digest("hex");
    expect((await getJson("/", { method: "POST", body })).body).toEqual({ bytes: 8 * mebibyte, sha256 });
  });
});

describe("streams", () => {
  it("downloads that many bytes", async () => {
    const body = await (await get(`/download?bytes=${3 * mebibyte + 1}`)).arrayBuffer();
    expect(body.byteLength).toBe(3 * mebibyte + 1);
  });

  it("starts a download that is larger than memory", async () => {
    const reader = (await get(`/download?bytes=${1024 * 1024 * mebibyte}`)).body!.getReader();
    expect((await reader.read()).value?.byteLength).toBeGreaterThan(0);
    await reader.cancel();
  });

  it("counts uploaded bytes", async () => {
    expect(await getJson("/upload", { method: "POST", body: new Uint8Array(mebibyte) })).toEqual({ bytes: mebibyte });
  });

  it("sends five events, one every 200 ms", async () => {
    const startedMs = performance.now();
    const response = await get("/sse");
    const text = await response.text();
    expect(response.headers.get("Content-Type")).toBe("text/event-stream");
    expect(text.match(/^data: .*$/gm)).toEqual([1, 2, 3, 4, 5].map((number) => `data: {"number":${number}}`));
    expect(performance.now() - startedMs).toBeGreaterThan(700);
  });

  it("notices that the client closed an endless response", async () => {
    const client = new AbortController();
    const response = await get("/drip", { signal: client.signal });
    expect(await response.body!.getReader().read()).toMatchObject({ done: false });
    client.abort();
    await expect.poll(async () => (await getJson("/local/requests")).cancelled).toBe(1);
  });
});

describe("answers on request", () => {
  it.each([200, 204, 205, 304, 404, 418, 500, 599])("status %i", async (status) => {
    expect((await get(`/status/${status}`)).status).toBe(status);
  });

  it.each([301, 302, 303, 307, 308])("redirect %i", async (status) => {
    const response = await get(`/status/${status}`, {
      redirect: "manual",
      headers: { "X-Sample-Headers": "location=/elsewhere" },
    });
    expect([response.status, response.headers.get("Location")]).toEqual([status, "/elsewhere"]);
  });

  it.each(["/status/99", "/status/600", "/status/x", "/download?bytes=-1", "/slow?ms=x"])("400 to %s", async (path) => {
    expect((await get(path)).status).toBe(400);
  });

  it("waits", async () => {
    const startedMs = performance.now();
    await get("/slow?ms=300");
    expect(performance.now() - startedMs).toBeGreaterThan(290);
  });

  it("sets response headers", async () => {
    const wanted = "X-One=1&Set-Cookie=a%3D1&Set-Cookie=b%3D2&Cache-Control=public";
    const { headers } = await get("/orders", { headers: { "X-Sample-Headers": wanted } });
    expect(headers.get("X-One")).toBe("1");
    expect(headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(headers.get("Cache-Control")).toBe("public");
  });
});

describe("/ws", () => {
  it("first sends the headers of the request, then echoes", async () => {
    const socket = new WebSocket(`${worker.url.replace("http", "ws")}/ws`, ["chat"]);
    const messages: string[] = [];
    socket.addEventListener("message", ({ data }) => messages.push(data));
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    socket.send("hello");
    await expect.poll(() => messages.length).toBe(2);
    expect(socket.protocol).toBe("chat");
    expect(JSON.parse(messages[0]!)).toMatchObject({ headers: { "sec-websocket-protocol": "chat" } });
    expect(messages[1]).toBe("hello");
    socket.close();
  });

  it("answers 426 without an upgrade", async () => {
    expect((await get("/ws")).status).toBe(426);
  });
});

describe("/local/requests", () => {
  it("counts the other requests, and keeps the last one", async () => {
    await get("/first");
    await get("/second", { method: "POST", body: "x", headers: { "X-Sample": "value" } });
    expect(await getJson("/local/requests")).toMatchObject({
      count: 2,
      last: { method: "POST", path: "/second", headers: { "x-sample": "value" } },
    });
    expect(await getJson("/local/requests", { method: "DELETE" })).toMatchObject({ count: 0, last: null });
  });

  it("lists a request before its response", async () => {
    const client = new AbortController();
    const endless = get("/slow?ms=600000", { signal: client.signal });
    await expect.poll(() => getJson("/local/requests")).toMatchObject({ count: 1 });
    client.abort();
    await expect(endless).rejects.toThrow();
  });
});
