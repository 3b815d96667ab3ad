import { describe, expect, it } from "vitest";
import { type McpOptions, mcp } from "../../../../src/extensions/mcp/mcp.ts";
import { App, requireAuth } from "../../../../src/index.ts";
import { bearer, createGateWorld, type GateWorld } from "../../../support/gate-world.ts";

const policy: McpOptions = {
  hooks: requireAuth("tools.read"),
  tools: { read: requireAuth("tools.read"), write: requireAuth("tools.write") },
  prompts: { "*": requireAuth("tools.read"), hidden: requireAuth("tools.write") },
  resources: { "file:///a": requireAuth("tools.read"), "file:///{path}": requireAuth("tools.write") },
};
const variables = { GATE_URL: "https://api.contoso.example" };
const reader = await bearer({ scopes: ["tools.read"] });
const writer = await bearer({ scopes: ["tools.read", "tools.write"] });

function createWorld(answer: () => Response, options: McpOptions = policy, changes = {}): GateWorld {
  const routes = new App().register(mcp("/mcp", options));
  const world = createGateWorld({ routes, unlisted: "reject" }, { ...variables, ...changes });
  world.answerWith(answer);
  return world;
}

function list(world: GateWorld, method = "tools/list", token = reader) {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method });
  return world.ask("/mcp", { method: "POST", token, body, headers: { "content-type": "application/json" } });
}

const named = (...names: readonly string[]) => names.map((name) => ({ name, description: `of ${name}` }));
const result = (members: object) => ({ jsonrpc: "2.0", id: 1, result: members });
const all = result({
  tools: named("read", "write", "unknown", "Read"),
  nextCursor: "page 2",
  ttlMs: 5,
  cacheScope: "public",
});
const filtered = result({ tools: named("read"), nextCursor: "page 2", ttlMs: 5, cacheScope: "private" });

describe("a list in JSON", () => {
  it("contains only tools that its caller may use, and the cursor of the next page", {
    tags: "mcp-lists",
  }, async () => {
    const headers = { etag: '"1"', "content-length": String(JSON.stringify(all).length), "cache-control": "public" };
    const world = createWorld(() => Response.json(all, { headers }));
    const response = await list(world);
    expect(await response.json()).toEqual(filtered);
    expect(response.headers.has("etag")).toBe(false);
    expect(response.headers.has("content-length")).toBe(false);
    expect(response.headers.get("cache-control")).toContain("private");
    expect(await (await list(world, "tools/list", writer)).json()).toMatchObject(
      result({ tools: named("read", "write") }),
    );
  });

  it.each([
    ["prompts/list", { prompts: [...named("a", "hidden", "HIDDEN"), { name: 1 }, {}] }, { prompts: named("a") }],
    [
      "resources/list",
      { resources: [{ uri: "file:///a" }, { uri: "file:///b" }, { uri: 1 }, null] },
      { resources: [{ uri: "file:///a" }] },
    ],
    [
      "resources/templates/list",
      { resourceTemplates: [{ uriTemplate: "file:///{path}" }, { uriTemplate: "file:///a" }] },
      { resourceTemplates: [{ uriTemplate: "file:///a" }] },
    ],
  ])("is filtered for %s too", async (method, given, expected) => {
    expect(
      await (
        await list(
          createWorld(() => Response.json(result(given))),
          method,
        )
      ).json(),
    ).toEqual(result(expected));
  });

  it("is filtered in a batch with other results", async () => {
    const world = createWorld(() => Response.json([result({ content: [] }), all]));
    expect(await (await list(world)).json()).toEqual([result({ content: [] }), filtered]);
  });

  it("is filtered if its name is escaped", async () => {
    const text = JSON.stringify(all).replace('"tools"', '"\\u0074ools"');
    const world = createWorld(() => new Response(text, { headers: { "content-type": "application/json" } }));
    expect(await (await list(world)).json()).toEqual(filtered);
  });

  it("contains what report mode admits its caller to, which is no look-alike", async () => {
    const reporting = createWorld(() => Response.json(all), policy, { GATE_MODE: "report" });
    expect(await (await list(reporting)).json()).toMatchObject(result({ tools: named("read", "write", "unknown") }));
  });

  it("is unchanged without a map", async () => {
    const text = ` ${JSON.stringify(all)}`;
    const answer = () => new Response(text, { headers: { "content-type": "application/json", etag: '"1"' } });
    const bare = await list(createWorld(answer, { hooks: requireAuth("tools.read") }));
    expect([await bare.text(), bare.headers.get("etag")]).toEqual([text, '"1"']);
  });

  it.each([
    ["compressed", "xx", { "content-type": "application/json", "content-encoding": "br" }],
    ["of another media type than JSON", JSON.stringify(all), { "content-type": "text/plain" }],
    ["too long", `"${"x".repeat(4 * 1024 * 1024)}"`, { "content-type": "application/json" }],
    [
      "a partial response",
      JSON.stringify(all).slice(1),
      { "content-type": "application/json", "content-range": "bytes 1-9/10" },
    ],
    ["JSON only for lenient parsers", JSON.stringify(all).replace("5", "NaN"), { "content-type": "application/json" }],
    ["two", JSON.stringify(all).repeat(2), { "content-type": "application/json" }],
  ])("is refused if it is %s", { tags: "mcp-lists" }, async (_, text, headers) => {
    const world = createWorld(() => new Response(text, { headers, encodeBody: "manual" } as ResponseInit));
    const response = await list(world);
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain("unknown");
    expect(world.refusals().at(-1)).toMatchObject({ reason: "origin_unreachable" });
  });

  it("is not filtered in the result of a call", async () => {
    const text = JSON.stringify(result({ tools: "x", content: [{ type: "text", text: '"tools"' }] }));
    const world = createWorld(
      () => new Response(text, { headers: { "content-type": "application/json", etag: '"1"' } }),
    );
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "read" } });
    const response = await world.ask("/mcp", {
      method: "POST",
      token: reader,
      body,
      headers: { "content-type": "application/json" },
    });
    expect([await response.text(), response.headers.get("etag")]).toEqual([text, '"1"']);
  });
});

describe("a list in an event stream", () => {
  const data = JSON.stringify(all);
  const other = 'event: message\nid: 1\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{}}\n\n';

  /** A stream in chunks of this many bytes. */
  function stream(text: string, size: number): Response {
    const bytes = new TextEncoder().encode(text);
    let start = 0;
    const body = new ReadableStream({
      pull(controller) {
        if (start >= bytes.length) return controller.close();
        controller.enqueue(bytes.slice(start, start + size));
        start += size;
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
  }

  const readData = (text: string) => [...text.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json));

  it.each([
    ["LF", `id: 7\nevent: message\ndata: ${data}\n\n`],
    ["CRLF", `id: 7\r\ndata: ${data}\r\n\r\n`],
    ["CR", `id: 7\rdata: ${data}\r\r`],
    ["mixed ends", `id: 7\r\ndata: ${data}\n\n`],
    ["LF and CR", `data: ${data}\n\rdata: 1\n\ndata: ${data}\n\n`],
    ["CRLF and CR", `data: ${data}\r\n\rdata: 1\n\ndata: ${data}\n\n`],
    ["CR and CRLF", `data: ${data}\r\r\ndata: 1\n\ndata: ${data}\n\n`],
    ["no space", `data:${data}\n\n`],
    ["several lines", `data: ${data.replace(",", ",\ndata: ")}\n\n`],
    ["no end", `data: ${data}`],
  ])("is filtered if it has %s", { tags: "mcp-lists" }, async (_, event) => {
    for (const size of [1, 7, 100_000]) {
      const world = createWorld(() => stream(`: comment\n\n${other}${event}`, size));
      const text = await (await list(world)).text();
      expect(readData(text).at(-1)).toEqual(filtered);
      expect(text).toContain(`: comment\n\n${other}`);
      expect(text).not.toMatch(/unknown|of write/);
    }
  });

  it.each([1, 2])(
    "is filtered after byte order marks, of which clients remove one: %s",
    { tags: "mcp-lists" },
    async (count) => {
      const world = createWorld(() => stream(`${"\ufeff".repeat(count)}data: ${data}\n\n`, 2));
      expect(readData(await (await list(world)).text())).toEqual([filtered]);
    },
  );

  it("breaks the stream if only lenient parsers accept it", async () => {
    const world = createWorld(() => stream(`${other}data: ${data.replace("5", "NaN")}\n\n`, 100));
    await expect((await list(world)).text()).rejects.toThrow(/^a possible list of the MCP server is not JSON$/);
  });

  it.each(["text/event-stream; charset", "text/event-stream, text/event-stream", "Text/Event-Stream;"])(
    "is filtered if its type is %j, which clients accept",
    { tags: "mcp-lists" },
    async (type) => {
      const world = createWorld(() => new Response(`data: ${data}\n\n`, { headers: { "content-type": type } }));
      expect(readData(await (await world.ask("/mcp", { token: reader })).text())).toEqual([filtered]);
    },
  );

  it("is refused for GET with another media type", async () => {
    const world = createWorld(() => new Response(`data: ${data}\n\n`, { headers: { "content-type": "text/plain" } }));
    expect((await world.ask("/mcp", { token: reader })).status).toBe(502);
    world.answerWith(() => Response.json(all));
    expect(await (await world.ask("/mcp", { token: reader })).json()).toEqual(filtered);
    world.answerWith(() => new Response("no stream here", { status: 405 }));
    expect((await world.ask("/mcp", { token: reader })).status).toBe(405);
  });

  it("is filtered in a replay, which is opened with GET", { tags: "mcp-lists" }, async () => {
    const world = createWorld(() => stream(`id: 8\ndata: ${data}\n\n`, 100));
    const headers = { "last-event-id": "7", accept: "text/event-stream" };
    const text = await (await world.ask("/mcp", { token: reader, headers })).text();
    expect(text).toMatch(/^id: 8\ndata: /);
    expect(readData(text)).toEqual([filtered]);
    expect(world.forwarded[0]?.headers.get("last-event-id")).toBe("7");
  });

  it("forwards other events at once, byte for byte", async () => {
    let send = (_: string) => {};
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        send = (text) => controller.enqueue(new TextEncoder().encode(text));
      },
    });
    const world = createWorld(() => new Response(body, { headers: { "content-type": "text/event-stream" } }));
    const reading = (await world.ask("/mcp", { token: reader })).body?.getReader();
    for (const event of [other, "data: no JSON\r\n\r\n", `data: ${JSON.stringify(result({ content: ["ä"] }))}\n\n`]) {
      send(event);
      const chunk = await reading?.read();
      expect(new TextDecoder().decode(chunk?.value)).toBe(event);
    }
    await reading?.cancel();
  });

  it("forwards the events of one chunk in one chunk, however many there are", async () => {
    const text = `${"\n".repeat(10_000)}${`: ping\n\ndata: ${data}\r\n\r\n`.repeat(20)}`;
    const world = createWorld(() => stream(text, text.length));
    const chunks: string[] = [];
    for await (const chunk of (await list(world)).body ?? []) chunks.push(new TextDecoder().decode(chunk));
    expect(chunks).toHaveLength(1);
    expect(readData(chunks.join(""))).toEqual(Array.from({ length: 20 }, () => filtered));
  });

  // Copying the event with each chunk takes more than 15 s of processor time.
  it("filters a long event in small chunks quickly", { tags: "linear-time", timeout: 10_000 }, async () => {
    const event = `data: ${"x".repeat(7 * 1024 * 1024)}\n\n`;
    const world = createWorld(() => stream(event, 1024));
    expect((await (await list(world)).text()).length).toBe(event.length);
  });

  it("breaks off if an event is too long to filter", async () => {
    const world = createWorld(() => stream(`data: ${"x".repeat(9 * 1024 * 1024)}\n\n`, 1024 * 1024));
    await expect((await list(world)).text()).rejects.toThrow("an event is too long to filter");
  });
});
