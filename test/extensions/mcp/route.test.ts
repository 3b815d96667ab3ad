import { CompactEncrypt, decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import { tenants } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { addRoute } from "../../../src/app/part.ts";
import { type McpOptions, mcp } from "../../../src/extensions/mcp/mcp.ts";
import { toolArguments } from "../../../src/extensions/mcp/messages/message.ts";
import type { NameRules } from "../../../src/extensions/mcp/messages/name-rules.ts";
import { createMessageStep } from "../../../src/extensions/mcp/messages/step.ts";
import { App, anyOf, type Hooks, origin, requireAuth } from "../../../src/index.ts";
import { bearer, createGateWorld, type GateWorld } from "../../support/gate-world.ts";

const key = `k1:${"A".repeat(43)}`;
const variables = { GATE_URL: "https://api.contoso.example", GATE_SESSION_KEY: key };
const modern = "2026-07-28";

const tools = { "*": requireAuth("tools.read"), orders_delete: requireAuth("tools.write") };
const resources = { "file:///public": requireAuth("tools.read"), "file:///secret": requireAuth("tools.write") };

function createWorld(options: McpOptions = {}, changes: Record<string, unknown> = {}): GateWorld {
  const routes = new App().register(mcp("/mcp", { hooks: requireAuth("tools.read"), ...options }));
  return createGateWorld({ routes, unlisted: "reject" }, { ...variables, ...changes });
}

const reader = await bearer({ scopes: ["tools.read"] });
const writer = await bearer({ scopes: ["tools.read", "tools.write"] });

interface Sent {
  readonly token?: string;
  readonly headers?: Record<string, string>;
}

function post(world: GateWorld, message: unknown, { token = reader, headers = {} }: Sent = {}) {
  const body = typeof message === "string" ? message : JSON.stringify(message);
  return world.ask("/mcp", {
    method: "POST",
    token,
    body,
    headers: { "content-type": "application/json", ...headers },
  });
}

const request = (method: string, params: object = {}, id: unknown = 1) => ({ jsonrpc: "2.0", id, method, params });
const call = (name: unknown) => request("tools/call", { name, arguments: {} });

/** A request of 2026-07-28, with its required headers. */
function modernRequest(method: string, params: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  const _meta = { "io.modelcontextprotocol/protocolVersion": modern };
  const name = params.name ?? params.uri;
  const said = {
    "mcp-protocol-version": modern,
    "mcp-method": method,
    ...(typeof name === "string" && { "mcp-name": name }),
  };
  return [request(method, { ...params, _meta }), { headers: { ...said, ...headers } }] as const;
}

/** Status, and the code of an error of JSON-RPC. */
async function outcome(response: Response): Promise<readonly [number, number?]> {
  const text = await response.text();
  const code = text.startsWith("{") ? JSON.parse(text).error?.code : undefined;
  return code === undefined ? [response.status] : [response.status, code];
}

describe("a tool", () => {
  it("requires the scopes of its name", { tags: "mcp-requirements" }, async () => {
    const world = createWorld({ tools });
    expect((await post(world, call("orders_list"))).status).toBe(200);
    const refused = await post(world, call("orders_delete"));
    expect(refused.status).toBe(403);
    expect(refused.headers.get("www-authenticate")).toContain(
      'error="insufficient_scope", scope="https://api.contoso.example/mcp/tools.read https://api.contoso.example/mcp/tools.write", resource_metadata=',
    );
    expect((await post(world, call("orders_delete"), { token: writer })).status).toBe(200);
    expect(world.forwarded).toHaveLength(2);
    const named = { names: ["tools/orders_delete"] };
    expect(world.refusals()).toMatchObject([{ reason: "scope_missing", route: "POST /mcp", ...named }]);
  });

  it("that is refused after admission shows its caller to no later hook", { tags: "refused-callers" }, async () => {
    const seen: unknown[] = [];
    const look: Hooks = { onSend: (_, { state }) => void seen.push(state.principal?.oid) };
    const world = createWorld({ tools, hooks: [look, requireAuth("tools.read")] });
    for (const name of ["orders_list", "orders_delete"]) await post(world, call(name));
    expect(seen).toEqual([personas.member.oid, undefined]);
  });

  it.each([
    "Orders_Delete",
    "ORDERS_DELETE",
    "orders_delete ",
    " orders_delete",
    "orders_d\u0435lete",
    "orders\u200b_delete",
    "ｏrders_delete",
    "orders_delete\u0000",
    "",
    "*",
    "x".repeat(129),
  ])(
    "with the name %j is refused, because an origin could read another name",
    { tags: "mcp-requirements" },
    async (name) => {
      const world = createWorld({ tools });
      const response = await post(world, call(name), { token: writer });
      expect(response.status).toBe(403);
      // Another sign-in would not help.
      expect(response.headers.get("www-authenticate")).not.toContain("insufficient_scope");
      expect(world.forwarded).toEqual([]);
    },
  );

  it("that is not in the map is refused; without a map, the route's requirement is enough", async () => {
    const closed = createWorld({ tools: { orders_list: requireAuth("tools.read") } });
    expect((await post(closed, call("orders_list"))).status).toBe(200);
    expect((await post(closed, call("orders_read"))).status).toBe(403);
    expect((await post(closed, call("constructor"))).status).toBe(403);
    expect((await post(createWorld(), call("Anything at all"))).status).toBe(200);
  });

  it("that is not in the map is allowed in report mode, but a look-alike is refused", async () => {
    const world = createWorld({ tools: { orders_list: requireAuth("tools.read") } }, { GATE_MODE: "report" });
    expect((await post(world, call("orders_read"))).status).toBe(200);
    const line = { event: "reported", reason: "requirement_missing", names: ["tools/*"] };
    expect(world.io.lines.at(-1)).toMatchObject(line);
    expect(world.forwarded[0]!.headers.get("x-entra-reported")).toBe("requirement_missing");
    expect((await post(world, call("Orders_List"))).status).toBe(403);
    expect(world.forwarded).toHaveLength(1);
  });

  it("that is allowed does not hide from the origin that the route would refuse the caller", async () => {
    const options = { hooks: requireAuth("tools.admin"), tools: { "*": requireAuth("tools.read") } };
    const world = createWorld(options, { GATE_MODE: "report" });
    expect((await post(world, call("orders_read"))).status).toBe(200);
    expect(world.forwarded[0]!.headers.get("x-entra-reported")).toBe("scope_missing");
  });

  it("reaches the origin byte for byte", async () => {
    const world = createWorld({ tools });
    const text = ` ${JSON.stringify(call("orders_list"))}\n`;
    await post(world, text);
    expect(await world.forwarded[0]?.text()).toBe(text);
    expect(world.forwarded[0]?.headers.get("accept-encoding")).toBe("identity");
  });
});

describe("prompts and resources", () => {
  const prompts = { summary: requireAuth("tools.read"), secret: requireAuth("tools.write") };
  const world = createWorld({ prompts, resources });
  const withSession = ["resources/subscribe", "resources/unsubscribe"];

  it.each([
    ["prompts/get", { name: "summary" }, { name: "secret" }],
    ["resources/read", { uri: "file:///public" }, { uri: "file:///secret" }],
    ["resources/subscribe", { uri: "file:///public" }, { uri: "file:///secret" }],
    ["resources/unsubscribe", { uri: "file:///public" }, { uri: "file:///secret" }],
    [
      "completion/complete",
      { ref: { type: "ref/prompt", name: "summary" } },
      { ref: { type: "ref/prompt", name: "secret" } },
    ],
    [
      "completion/complete",
      { ref: { type: "ref/resource", uri: "file:///public" } },
      { ref: { type: "ref/resource", uri: "file:///secret" } },
    ],
  ])("%s requires the scopes of its name", { tags: "mcp-requirements" }, async (method, open, closed) => {
    expect((await post(world, request(method, open))).status).toBe(200);
    expect((await post(world, request(method, closed))).status).toBe(403);
    expect((await post(world, request(method, closed), { token: writer })).status).toBe(200);
    if (withSession.includes(method) || method === "completion/complete") return;
    expect((await post(world, ...modernRequest(method, open))).status).toBe(200);
    expect((await post(world, ...modernRequest(method, closed))).status).toBe(403);
  });

  it("subscriptions/listen requires the scopes of all its names", async () => {
    const listen = (...uris: readonly string[]) =>
      post(world, ...modernRequest("subscriptions/listen", { notifications: { resourceSubscriptions: uris } }));
    expect((await listen("file:///public")).status).toBe(200);
    expect((await listen("file:///public", "file:///secret")).status).toBe(403);
    expect(await outcome(await listen(1 as never))).toEqual([400, -32602]);
  });

  it.each([
    "FILE:///secret",
    "file:///Secret",
    "file:///secret/",
    "file:///x/../secret",
    "file:///%73ecret",
    "file:///%2573ecret",
    "file:///sec ret",
    "file:///secr\u0435t",
    "file:////secret",
    "file:///%2fsecret",
    "file:///\\secret",
    "file:///x//../secret",
    "file://other/secret",
    "file://./secret",
    "file:///secret?x",
    "file:///secret#x",
    "file:///secret%3fx",
    "file:///secret;x=1",
    "file:///secret.",
    "file:///secret/?x#y",
  ])("%j is refused, because an origin could read another URI", { tags: "mcp-addresses" }, async (uri) => {
    const open = createWorld({
      resources: { "*": requireAuth("tools.read"), "file:///secret": requireAuth("tools.write") },
    });
    expect((await post(open, request("resources/read", { uri }))).status).toBe(403);
    expect((await post(open, request("resources/read", { uri: "file:///other" }))).status).toBe(200);
    expect(open.forwarded).toHaveLength(1);
  });

  it("a URI that resembles an entry is refused in report mode and not listed, and the log has a reason", async () => {
    const map = { "*": requireAuth("tools.read"), "file:///secret": requireAuth("tools.write") };
    const reporting = createWorld({ resources: map }, { GATE_MODE: "report" });
    expect((await post(reporting, request("resources/read", { uri: "file:///secret::$DATA" }))).status).toBe(403);
    const named = { names: ["resources/*"] };
    expect(reporting.refusals()).toMatchObject([{ reason: "requirement_missing", route: "POST /mcp", ...named }]);
    expect(JSON.stringify(reporting.io.lines)).not.toContain("$DATA");
    expect(reporting.forwarded).toEqual([]);

    const listing = createWorld({ resources: map });
    const resources = ["file:///secret", "file:///secret.", "file:///other"].map((uri) => ({ uri }));
    listing.answerWith(() => Response.json({ jsonrpc: "2.0", id: 1, result: { resources } }));
    const listed = await (await post(listing, request("resources/list"), { token: writer })).json();
    expect(listed).toMatchObject({ result: { resources: [{ uri: "file:///secret" }, { uri: "file:///other" }] } });
  });

  const templates = {
    "*": requireAuth("tools.read"),
    "file:///orders/{id}": requireAuth("tools.write"),
    "file:///orders/public": requireAuth("tools.read"),
    "docs://{host}/{+path}": requireAuth("tools.write"),
    "https://a.example/search{?q}": requireAuth("tools.write"),
    "file:///{folder}/{id}-{part}.txt": requireAuth("tools.write"),
  };

  it.each([
    ["file:///orders/7", 403, 200],
    ["file:///orders/", 403, 200],
    ["file:///orders/%2e%2e%2fx", 403, 200],
    ["file:///orders/{id}", 403, 200],
    ["file:///orders/public", 200, 200],
    ["docs://a/b/c", 403, 200],
    ["docs://a/", 403, 200],
    ["https://a.example/search?q=1", 403, 200],
    ["file:///a/1-2.txt", 403, 200],
    [`file:///a/${"-".repeat(1_000)}.txt`, 403, 200],
    // URIs that an origin could read as an expansion of a template.
    ["FILE:///Orders/7", 403, 403],
    ["file:////orders/7", 403, 403],
    ["file:///x/../orders/7", 403, 403],
    ["file:///orders/7#/x", 403, 403],
    ["file:///ord%65rs/7", 403, 403],
    // URIs that are not expansions.
    ["file:///orders/7/lines", 200, 200],
    ["file:///order/7", 200, 200],
    ["docs:/x", 200, 200],
    ["https://a.example/find?q=1", 200, 200],
    [`file:///a/${"-".repeat(1_000)}.tx`, 200, 200],
  ])("%j requires the scopes of its templates", { tags: "mcp-requirements" }, async (uri, ofReader, ofWriter) => {
    const open = createWorld({ resources: templates });
    const read = request("resources/read", { uri });
    expect([(await post(open, read)).status, (await post(open, read, { token: writer })).status]).toEqual([
      ofReader,
      ofWriter,
    ]);
  });

  it.each([
    ["file:///public/a/b", 200],
    ["file:///private/key", 403],
    // `new URL(uri)` reads the first two as the address of a private file, and servers on Windows the third.
    ["file:///public/../private/key", 403],
    ["file://localhost/private/key", 403],
    ["file:///Private/key", 403],
  ])("%j requires the scopes of a narrow template beside a wide one", async (uri, ofReader) => {
    const open = createWorld({
      resources: { "file://{+path}": requireAuth("tools.read"), "file:///private/{name}": requireAuth("tools.write") },
    });
    const read = request("resources/read", { uri });
    expect([(await post(open, read)).status, (await post(open, read, { token: writer })).status]).toEqual([
      ofReader,
      200,
    ]);
  });
});

describe("a message", () => {
  it.each([
    ["text that is not JSON", "{", [400]],
    ["nothing", "", [400, -32700]],
    [
      "an object with a repeated member",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","name":"orders_delete"}}',
      [400],
    ],
    [
      "an object with two members that differ only in letter case",
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}',
      [400],
    ],
    [
      "a response with a method in another letter case",
      { jsonrpc: "2.0", id: 1, result: {}, Method: "tools/call", params: { name: "orders_delete" } },
      [400, -32600],
    ],
    [
      "a reference with a type in another letter case",
      request("completion/complete", { ref: { Type: "ref/prompt", uri: "a", name: "orders_delete" } }),
      [400, -32600],
    ],
    [
      "a reference without a type",
      request("completion/complete", { ref: { uri: "a", name: "orders_delete" } }),
      [400, -32602],
    ],
    [
      "a reference whose type has a value in another letter case",
      request("completion/complete", { ref: { type: "ref/Prompt", uri: "a", name: "orders_delete" } }),
      [400, -32602],
    ],
    [
      "a reference with a list as its type",
      request("completion/complete", { ref: { type: ["ref/prompt"], uri: "a", name: "orders_delete" } }),
      [400, -32602],
    ],
    ["a name in another letter case", request("tools/list", { Name: "a" }), [400, -32600]],
    [
      "a member with a look-alike letter",
      { jsonrpc: "2.0", id: 1, method: "tools/list", "param\u017f": {} },
      [400, -32600],
    ],
    ["a number", "1", [400, -32600]],
    ["another version of JSON-RPC", { ...call("a"), jsonrpc: "1.0" }, [400, -32600]],
    ["an id that is null", { ...call("a"), id: null }, [400, -32600]],
    ["an id that is an object", { ...call("a"), id: {} }, [400, -32600]],
    ["a method that is not text", { ...call("a"), method: 1 }, [400, -32600]],
    ["parameters that are a list", { ...call("a"), params: [] }, [400, -32602]],
    ["parameters that are a list, and no name", { ...request("tools/list"), params: [] }, [400, -32602]],
    ["no name", request("tools/call", {}), [400, -32602]],
    ["a name that is a list", call(["orders_delete"]), [400, -32602]],
    ["an unknown method", request("tools/delete"), [404, -32601]],
    ["a method in another case", request("Tools/call", { name: "a" }), [404, -32601]],
    ["a method of the server", request("sampling/createMessage"), [404, -32601]],
    ["a method of another version", request("server/discover"), [404, -32601]],
    ["neither method nor response", { jsonrpc: "2.0", id: 1 }, [400, -32600]],
    ["a response with both", { jsonrpc: "2.0", id: 1, result: {}, error: {} }, [400, -32600]],
    ["an empty batch", [], [400, -32600]],
    ["a batch with one that is malformed", [call("a"), 1], [400, -32600]],
  ])("is not forwarded if it is or has %s", { tags: "mcp-members" }, async (_, message, expected) => {
    const world = createWorld({ tools });
    expect(await outcome(await post(world, message, { token: writer }))).toEqual(expected);
    expect(world.forwarded).toEqual([]);
  });

  it("is not forwarded if it is too large", async () => {
    const world = createWorld({ tools });
    expect((await post(world, call("x".repeat(1024 * 1024)))).status).toBe(413);
    expect((await post(world, "x", { headers: { "content-type": "text/plain" } })).status).toBe(415);
    expect(world.forwarded).toEqual([]);
  });

  it("is forwarded if it is a request, a notification or a response", async () => {
    const world = createWorld({ tools });
    for (const message of [
      request("initialize", { protocolVersion: "2025-11-25" }),
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", id: "a", result: {} },
      { jsonrpc: "2.0", id: 0, error: { code: 1, message: "" } },
      request("ping", {}, "text"),
    ]) {
      expect((await post(world, message)).status).toBe(200);
    }
  });

  it("may have null in place of absent parameters", async () => {
    const world = createWorld();
    for (const message of [
      { ...request("tools/list"), params: null },
      { jsonrpc: "2.0", method: "notifications/initialized", params: null },
      [{ ...request("ping"), params: null }],
    ]) {
      expect((await post(world, message)).status).toBe(200);
    }
    expect(await outcome(await post(world, { ...call("a"), params: null }))).toEqual([400, -32602]);
    expect(world.forwarded).toHaveLength(3);
  });

  it("is refused with a reason code in the log, and with its own ID for the client", async () => {
    const world = createWorld();
    const response = await post(world, request("tools/delete", {}, "seven"));
    expect(await response.json()).toMatchObject({ jsonrpc: "2.0", id: "seven", error: { code: -32601 } });
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(world.refusals()).toMatchObject([{ reason: "mcp_method_not_found_error", status: 404 }]);
  });

  it("is read only after the token is checked", async () => {
    const world = createWorld({ tools });
    expect((await post(world, "{", { token: "Bearer a.b.c" })).status).toBe(401);
  });
});

describe("the arguments of a tool", () => {
  const withArguments = (text: string, method = "tools/call") =>
    `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{"name":"orders_list","arguments":${text}}}`;
  const nest = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
  /** Refused in every other place. */
  const onlyHere = [
    '{"id":1,"Id":2,"ID":3}',
    '{"constructor":{"prototype":1}}',
    '{"__proto__":{"name":"orders_delete"}}',
    '{"half of an emoji":"\\ud83d"}',
    nest(256),
    JSON.stringify(Array.from({ length: 25_000 }, () => 1)),
  ].map((text) => [text.slice(0, 70), text] as const);
  const anything = [
    ...onlyHere,
    ...['{"name":"orders_delete","Method":"x"}', "[1e400,-0.0]", "null", '"{"'].map((text) => [text, text] as const),
  ];

  it.each(anything)("can be %s", async (_, text) => {
    const world = createWorld({ tools });
    const escaped = withArguments(text)
      .replace("arguments", "\\u0061rguments")
      .replace("tools/call", "\\u0074ools/call");
    const notification = withArguments(text).replace('"id":1,', "");
    for (const body of [withArguments(text), escaped, notification, `[${withArguments("1")},${withArguments(text)}]`]) {
      expect((await post(world, body)).status).toBe(200);
      expect(await world.forwarded.at(-1)?.text()).toBe(body);
    }
  });

  it.each(onlyHere)("are the only place for %s", { tags: "mcp-arguments" }, async (_, text) => {
    const world = createWorld();
    const message = withArguments("1");
    for (const body of [
      message.replace('"arguments":1', `"data":${text}`),
      message.replace('"arguments":1', `"_meta":{"arguments":${text}}`),
      message.replace('"id":1', `"id":1,"arguments":${text}`),
      `[${message},[${withArguments(text)}]]`,
      `[${message},{"params":{"arguments":${text}}}]`,
      withArguments(text, "tools/list"),
      withArguments(text, "prompts/get"),
    ]) {
      expect((await post(world, body)).status, body.slice(0, 200)).toBe(400);
    }
    expect(world.forwarded).toEqual([]);
  });

  it.each([
    ["a name twice", withArguments('{"a":1,"a":2}')],
    ["a name twice, once escaped", withArguments('[{"a":1,"\\u0061":2}]')],
    ["themselves twice", withArguments('1,"arguments":{"a":1}')],
    ["parameters twice", withArguments("1").replace(/}$/, ',"params":{"name":"orders_delete"}}')],
    ["a method twice", withArguments("1").replace('"id"', '"method":"ping","id"')],
    ["a name twice in a batch", `[${withArguments("1")},${withArguments('{"a":1,"a":2}')}]`],
    ["a level too many", withArguments(nest(257))],
    ["100,000 levels", withArguments(nest(100_000))],
    ["an item too many", withArguments(`[${"1,".repeat(25_000)}1]`)],
    [
      "items too many in a batch",
      `[${Array(2)
        .fill(withArguments(`[${"1,".repeat(12_500)}1]`))
        .join()}]`,
    ],
    ["a capital letter", withArguments("1").replace("arguments", "Arguments")],
    ["a long s", withArguments("1").replace("arguments", "argument\u017f")],
    ["a NUL in their name", withArguments("1").replace("arguments", "arguments\\u0000")],
    ["a second name with a NUL", withArguments('1,"arguments\\u0000":{"a":1}')],
    ["a second name in capital letters", withArguments('1,"ARGUMENTS":{"a":1}')],
    ["a capital letter in another method", withArguments("1", "prompts/get").replace("arguments", "Arguments")],
  ])("are refused with %s", { tags: "mcp-arguments" }, async (_, body) => {
    const world = createWorld();
    expect((await post(world, body, { token: writer })).status).toBe(400);
    expect(world.forwarded).toEqual([]);
  });

  it("are free for a server in the worker too", async () => {
    const handler = async (given: Request) => new Response(await given.text());
    const routes = new App().register(mcp("/mcp", { hooks: requireAuth("tools.read"), tools }, handler));
    const world = createGateWorld({ routes, unlisted: "reject" }, variables);
    for (const [, text] of onlyHere) expect(await (await post(world, withArguments(text))).text()).toContain(text);
    expect((await post(world, withArguments("1").replace("arguments", "Arguments"))).status).toBe(400);
  });

  it("have the limits of the app where those are higher", async () => {
    const routes = new App({ jsonMaxDepth: 300, jsonMaxKeys: 200_000 }).register(
      mcp("/mcp", { hooks: requireAuth("tools.read") }),
    );
    const world = createGateWorld({ routes, unlisted: "reject" }, variables);
    expect((await post(world, withArguments(nest(300)))).status).toBe(200);
    expect((await post(world, withArguments(`[${"1,".repeat(150_000)}1]`))).status).toBe(200);
  });
});

describe("a batch", () => {
  it("is refused as a whole if one call is refused", { tags: "mcp-requirements" }, async () => {
    const world = createWorld({ tools });
    expect((await post(world, [call("a"), call("orders_delete")])).status).toBe(403);
    expect((await post(world, [call("orders_delete"), call("a")])).status).toBe(403);
    expect(world.forwarded).toEqual([]);
    expect((await post(world, [call("a"), call("b")])).status).toBe(200);
  });

  it("is compared with the map up to the first address that no caller may use", async () => {
    const compared: string[] = [];
    const policy: NameRules = {
      kinds: new Set(["resources"]),
      requirements: [],
      entries: [],
      accessOfOther: () => undefined,
      accessOf(_, uri) {
        compared.push(uri);
        if (uri !== "note:secret") return undefined;
        const denial = { reason: "requirement_missing", scopes: [] } as const;
        return { kind: "closed", denial, isReportable: false, entries: ["*"] };
      },
    };
    const routes = new App();
    addRoute(routes, {
      method: "POST",
      path: "/mcp",
      name: "mcp",
      public: true,
      step: createMessageStep("/mcp", policy, true),
      freeJson: toolArguments,
      handler: origin(),
    });
    const world = createGateWorld({ routes }, { GATE_URL: variables.GATE_URL });
    const read = (uri: string) => request("resources/read", { uri });
    const batch = ["note:a", "note:secret", "note:b"].map(read);
    expect((await post(world, batch)).status).toBe(403);
    expect(compared).toEqual(["note:a", "note:secret"]);
  });

  it.each(["2025-06-18", "2025-11-25", modern])("is not allowed in %s", async (version) => {
    const response = await post(createWorld(), [call("a")], { headers: { "mcp-protocol-version": version } });
    expect(await outcome(response)).toEqual([400, -32600]);
  });
});

describe("the protocol version", () => {
  it("must be supported by the gate", { tags: "mcp-versions" }, async () => {
    const world = createWorld();
    for (const version of ["2025-03-26", "2025-06-18", "2025-11-25"]) {
      expect((await post(world, call("a"), { headers: { "mcp-protocol-version": version } })).status).toBe(200);
    }
    const response = await post(world, call("a"), { headers: { "mcp-protocol-version": "2027-01-01" } });
    expect(await response.json()).toMatchObject({
      error: {
        code: -32022,
        data: { requested: "2027-01-01", supported: ["2025-03-26", "2025-06-18", "2025-11-25", modern] },
      },
    });
  });

  it.each([
    ["a request", request("tools/list", {}, 7), 7],
    ["a request whose id is text", request("tools/list", {}, "seven"), "seven"],
    ["a request without an id", { jsonrpc: "2.0", method: "tools/list" }, null],
    ["a request whose id is an object", request("tools/list", {}, {}), null],
    ["a batch", [request("tools/list", {}, 7)], null],
    ["no message", 1, null],
  ])("that is unknown is refused with the id of %s", async (_, body, id) => {
    const response = await post(createWorld(), body, { headers: { "mcp-protocol-version": "v999.0.0" } });
    expect([response.status, await response.json()]).toMatchObject([
      400,
      { id, error: { code: -32022, data: { requested: "v999.0.0" } } },
    ]);
  });

  it("that is unknown is refused for GET and DELETE too", async () => {
    for (const method of ["GET", "DELETE"]) {
      const unknown = { method, token: reader, headers: { "mcp-protocol-version": "v999.0.0" } };
      expect(await outcome(await createWorld().ask("/mcp", unknown))).toEqual([400, -32022]);
    }
  });

  it("can be 2024-11-05, which is read as 2025-03-26 without batches", async () => {
    const world = createWorld();
    const headers = { "mcp-protocol-version": "2024-11-05" };
    expect((await post(world, request("initialize", { protocolVersion: "2024-11-05" }), { headers })).status).toBe(200);
    expect((await post(world, { jsonrpc: "2.0", id: 1, result: {} }, { headers })).status).toBe(200);
    expect((await world.ask("/mcp", { token: reader, headers })).status).toBe(200);
    expect(world.forwarded.map((sent) => sent.headers.get("mcp-protocol-version"))).toEqual(
      Array(3).fill("2024-11-05"),
    );
    expect(await outcome(await post(world, [call("a")], { headers }))).toEqual([400, -32600]);
    expect(await outcome(await post(world, request("server/discover"), { headers }))).toEqual([404, -32601]);
    for (const version of ["2024-10-07", "2024-11-5", "2024-11-05, 2025-03-26", ""]) {
      const response = await post(world, request("initialize"), { headers: { "mcp-protocol-version": version } });
      expect(await outcome(response)).toEqual([400, -32022]);
    }
  });

  const [message] = modernRequest("tools/call", { name: "orders_list" });
  const headers = { "mcp-protocol-version": modern, "mcp-method": "tools/call", "mcp-name": "orders_list" };

  it.each([
    ["as in the body", {}, 200],
    ["encoded", { "mcp-name": `=?base64?${btoa("orders_list")}?=` }, 200],
    ["of another tool", { "mcp-name": "orders_delete" }, 400],
    ["of the same tool in another case", { "mcp-name": "Orders_List" }, 400],
    ["missing", { "mcp-name": undefined }, 400],
    ["with an invalid encoding", { "mcp-name": "=?base64?b3JkZXJzX2xpc3Q?=" }, 400],
    ["with an encoding in another case", { "mcp-name": `=?BASE64?${btoa("orders_list")}?=` }, 400],
    ["that is not UTF-8", { "mcp-name": "=?base64?/w==?=" }, 400],
    ["with another method", { "mcp-method": "tools/list" }, 400],
    ["without a method", { "mcp-method": undefined }, 400],
    ["with another version", { "mcp-protocol-version": "2025-11-25" }, 400],
    ["without a version", { "mcp-protocol-version": undefined }, 400],
  ])("2026-07-28 has headers that are checked: a name %s", { tags: "mcp-headers" }, async (_, changes, status) => {
    const world = createWorld({ tools });
    const entries = Object.entries({ ...headers, ...changes }).filter(([, value]) => value !== undefined);
    const response = await post(world, message, { headers: Object.fromEntries(entries) as Record<string, string> });
    expect(await outcome(response)).toEqual(status === 200 ? [200] : [400, -32020]);
    expect(world.forwarded).toHaveLength(status === 200 ? 1 : 0);
  });

  it("2026-07-28 has notifications whose headers are checked if they are present", async () => {
    const world = createWorld();
    const notification = (params: object) => ({ jsonrpc: "2.0", method: "tools/call", params });
    const send = (name: string) =>
      post(world, notification({ name: "a" }), { headers: { ...headers, "mcp-name": name } });
    expect([await outcome(await send("b")), await outcome(await send("a"))]).toEqual([[400, -32020], [200]]);
  });

  it.each([
    ["2025-11-25", call("a")],
    [modern, modernRequest("tools/list")[0]],
  ])(
    "%s forwards only headers that the gate compared with the body",
    { tags: "mcp-headers" },
    async (version, body) => {
      const world = createWorld();
      const method = "method" in body ? body.method : "";
      const names = {
        "mcp-name": "orders_delete",
        mcp_name: "a",
        mcp_session_id: "of-another",
        mcp_protocol_version: "x",
      };
      const sent = { "mcp-protocol-version": version, "mcp-method": method, "mcp-param-region": "eu", ...names };
      expect((await post(world, body, { headers: sent })).status).toBe(200);
      const passed = [...(world.forwarded[0]?.headers.keys() ?? [])].filter((name) => name.startsWith("mcp"));
      const method_ = version === modern ? ["mcp-method"] : [];
      expect(passed.sort()).toEqual([...method_, "mcp-param-region", "mcp-protocol-version"]);
    },
  );

  it("2026-07-28 refuses a name that is not UTF-8, even if the body has the replacement character", async () => {
    const [body, { headers: said }] = modernRequest("tools/call", { name: "\ufffd" });
    const response = await post(createWorld(), body, { headers: { ...said, "mcp-name": "=?base64?/w==?=" } });
    expect(await outcome(response)).toEqual([400, -32020]);
  });

  it.each([
    ["no params", undefined, -32602],
    ["no _meta", {}, -32602],
    ["text as _meta", { _meta: modern }, -32602],
    ["no version in _meta", { _meta: { "io.modelcontextprotocol/clientCapabilities": {} } }, -32602],
    ["a version that is a number", { _meta: { "io.modelcontextprotocol/protocolVersion": 2026 } }, -32602],
    ["another version", { _meta: { "io.modelcontextprotocol/protocolVersion": "2025-11-25" } }, -32020],
    ["an unknown version", { _meta: { "io.modelcontextprotocol/protocolVersion": "v999.0.0" } }, -32020],
  ])("2026-07-28 requires the version in the body of a request too: %s", async (_, params, code) => {
    const world = createWorld();
    const body = { jsonrpc: "2.0", id: "seven", method: "server/discover", params };
    const said = { "mcp-protocol-version": modern, "mcp-method": "server/discover" };
    const response = await post(world, body, { headers: said });
    expect([response.status, await response.json()]).toMatchObject([400, { id: "seven", error: { code } }]);
    expect(world.forwarded).toEqual([]);
  });

  it("2026-07-28 has neither sessions, nor GET, nor DELETE, nor responses of clients", async () => {
    const world = createWorld();
    world.answerWith(() => new Response("{}", { headers: { "mcp-session-id": "of-the-origin" } }));
    const [body, sent] = modernRequest("tools/list");
    const response = await post(world, body, { headers: { ...sent.headers, "mcp-session-id": "anything" } });
    expect([response.status, response.headers.has("mcp-session-id")]).toEqual([200, false]);
    expect(world.forwarded[0]?.headers.has("mcp-session-id")).toBe(false);
    for (const method of ["GET", "DELETE"]) {
      const other = await world.ask("/mcp", { method, token: reader, headers: { "mcp-protocol-version": modern } });
      expect(await outcome(other)).toEqual([405, -32000]);
    }
    const answer = await post(
      world,
      { jsonrpc: "2.0", id: 1, result: {} },
      { headers: { "mcp-protocol-version": modern } },
    );
    expect(await outcome(answer)).toEqual([400, -32600]);
  });
});

describe("the versions of the server", () => {
  const discovered = (supportedVersions: unknown) => ({
    jsonrpc: "2.0",
    id: 1,
    result: { supportedVersions, capabilities: { tools: {} }, "x-other": [1.5] },
  });
  /** With an empty event, the SDK begins a stream that its client can resume. */
  const stream = (...messages: readonly (object | "")[]) =>
    new Response(messages.map((message) => `id: 1\ndata: ${message && JSON.stringify(message)}\n\n`).join(""), {
      headers: { "content-type": "text/event-stream" },
    });

  async function discover(world: GateWorld, answer: Response): Promise<Response> {
    world.answerWith(() => answer);
    const [body, sent] = modernRequest("server/discover");
    return post(world, body, sent);
  }

  /** The versions in the error of an unknown version. */
  async function offered(world: GateWorld): Promise<readonly string[]> {
    const response = await post(world, request("tools/list"), { headers: { "mcp-protocol-version": "2027-01-01" } });
    return ((await response.json()) as { error: { data: { supported: string[] } } }).error.data.supported;
  }

  const gateVersions = ["2025-03-26", "2025-06-18", "2025-11-25", modern];

  it.each([
    ["JSON", (message: object) => Response.json(message)],
    ["an event stream", (message: object) => stream(message)],
    ["an event stream that begins with an empty event", (message: object) => stream("", message)],
  ])("are read in %s: the gate offers those that it knows too, and shows no others", async (_, write) => {
    const world = createWorld();
    const answer = await discover(world, write(discovered(["2027-01-01", modern, "2025-11-25"])));
    const text = await answer.text();
    expect(JSON.parse(text.replace(/^[^{]*/, ""))).toEqual(discovered([modern, "2025-11-25"]));
    expect(world.forwarded[0]?.headers.get("accept-encoding")).toBe("identity");
    expect(await offered(world)).toEqual([modern, "2025-11-25"]);
    expect(world.forwarded).toHaveLength(1);
  });

  it("are read beside a list in the same stream, which is filtered", async () => {
    const world = createWorld({ tools });
    const list = { jsonrpc: "2.0", id: 2, result: { tools: [{ name: "orders_delete" }] } };
    const text = await (await discover(world, stream(list, discovered([modern, "2027-01-01"])))).text();
    expect(text).not.toContain("orders_delete");
    expect(await offered(world)).toEqual([modern]);
  });

  it("that the gate all knows do not change the answer, and the last answer counts", async () => {
    const world = createWorld();
    const text = ` ${JSON.stringify(discovered([modern]))}\n`;
    const json = { headers: { "content-type": "application/json" } };
    expect(await (await discover(world, new Response(text, json))).text()).toBe(text);
    await (await discover(world, Response.json(discovered(["2025-06-18", 7, null])))).text();
    expect(await offered(world)).toEqual(["2025-06-18"]);
    await (await discover(world, Response.json(discovered(Array(10_000).fill("2025-06-18"))))).text();
    expect(await offered(world)).toEqual(["2025-06-18"]);
    await (await discover(world, Response.json(discovered(["2027-01-01"])))).text();
    expect(await offered(world)).toEqual([]);
  });

  it.each([
    ["an error", { jsonrpc: "2.0", id: 1, error: { code: -32601, message: "no" } }, 404],
    ["no list", discovered("2026-07-28"), 200],
    ["no result", { jsonrpc: "2.0", id: 1, supportedVersions: [modern] }, 200],
    ["a list", [discovered([modern])], 200],
  ])("stay unknown after %s", async (_, message, status) => {
    const world = createWorld();
    const answer = await discover(world, Response.json(message, { status }));
    expect([answer.status, await answer.json()]).toEqual([status, message]);
    expect(await offered(world)).toEqual(gateVersions);
  });

  it("stay unknown after an answer to another method", async () => {
    const world = createWorld({ tools });
    world.answerWith(() => Response.json(discovered([modern])));
    const [body, sent] = modernRequest("tools/list");
    expect(await (await post(world, body, sent)).json()).toEqual(discovered([modern]));
    expect(await offered(world)).toEqual(gateVersions);
  });

  it("are those of one configuration", async () => {
    const plugin = mcp("/mcp", { hooks: requireAuth("tools.read") });
    const worldOf = () => createGateWorld({ routes: new App().register(plugin), unlisted: "reject" }, variables);
    const [own, other] = [worldOf(), worldOf()];
    await (await discover(own, Response.json(discovered([modern])))).text();
    expect([await offered(own), await offered(other)]).toEqual([[modern], gateVersions]);
  });

  it("are those of one route", async () => {
    const routes = new App();
    for (const path of ["/mcp", "/other"] as const) {
      routes.register(mcp(path, { hooks: requireAuth("tools.read") }));
    }
    const world = createGateWorld({ routes, unlisted: "reject" }, variables);
    world.answerWith(() => Response.json(discovered([modern])));
    const [body, { headers: said }] = modernRequest("server/discover");
    const send = (sent: object, headers: Record<string, string>) =>
      world.ask("/other", {
        method: "POST",
        token: reader,
        body: JSON.stringify(sent),
        headers: { "content-type": "application/json", ...headers },
      });
    expect((await send(body, said)).status).toBe(200);
    const refused = await send(request("tools/list"), { "mcp-protocol-version": "2027-01-01" });
    expect(await refused.json()).toMatchObject({ error: { data: { supported: [modern] } } });
    expect(await offered(world)).toEqual(gateVersions);
  });

  it.each([
    ["is compressed", () => new Response("x", { headers: { "content-encoding": "gzip" } })],
    ["is a page", () => new Response("<p>", { headers: { "content-type": "text/html" } })],
    ["is not JSON", () => new Response("{", { headers: { "content-type": "application/json" } })],
  ])("cannot be read in an answer that %s, which is 502", async (_, answer) => {
    expect((await discover(createWorld(), answer())).status).toBe(502);
  });
});

describe("a session", () => {
  async function start(world: GateWorld, token = reader): Promise<string> {
    world.answerWith(() => new Response("{}", { headers: { "mcp-session-id": "of-the-origin" } }));
    const response = await post(world, request("initialize"), { token });
    return response.headers.get("mcp-session-id") ?? "none";
  }
  const use = (world: GateWorld, id: string, token = reader, method = "GET") =>
    world.ask("/mcp", { method, token, headers: { "mcp-session-id": id } });

  it("cannot be used with another key, even after it was used with its own", { tags: "mcp-sessions" }, async () => {
    const plugin = mcp("/mcp", { hooks: requireAuth("tools.read") });
    const worldOf = (sessionKey: string) =>
      createGateWorld(
        { routes: new App().register(plugin), unlisted: "reject" },
        { ...variables, GATE_SESSION_KEY: sessionKey },
      );
    const [own, other] = [worldOf(key), worldOf(`k1:${"B".repeat(42)}A`)];
    own.answerWith(() => new Response("{}", { headers: { "mcp-session-id": "of-the-origin" } }));
    const sealed = (await post(own, request("initialize"))).headers.get("mcp-session-id") ?? "none";
    const use = (world: GateWorld) => post(world, call("a"), { headers: { "mcp-session-id": sealed } });
    expect([(await use(own)).status, (await use(other)).status]).toEqual([200, 404]);
  });

  it("has an ID that only its principal can use, in every isolate", async () => {
    const sealed = await start(createWorld());
    expect(sealed).not.toContain("of-the-origin");
    const other = createWorld();
    for (const method of ["GET", "DELETE"]) expect((await use(other, sealed, reader, method)).status).toBe(200);
    await post(other, call("a"), { headers: { "mcp-session-id": sealed } });
    expect(other.forwarded.map(({ headers }) => headers.get("mcp-session-id"))).toEqual(Array(3).fill("of-the-origin"));
  });

  it.each([
    ["another user", { persona: "admin", scopes: ["tools.read"] }],
    ["another client", { client: "cae-spa", scopes: ["tools.read"] }],
  ])("of another principal is unknown: %s", { tags: "mcp-sessions" }, async (_, options) => {
    const world = createWorld();
    const sealed = await start(world);
    expect((await use(world, sealed)).status).toBe(200);
    const response = await use(world, sealed, await bearer(options));
    expect(await outcome(response)).toEqual([404, -32001]);
    expect(world.forwarded).toHaveLength(2);
  });

  it("of another tenant is unknown, also for the same object ID", { tags: "mcp-sessions" }, async () => {
    const allowed = [tenants.contoso.id, tenants.fabrikam.id].join(" ");
    const world = createWorld({}, { ENTRA_TENANT_ID: "organizations", ENTRA_ALLOWED_TENANTS: allowed });
    const sealed = await start(world);
    expect((await use(world, sealed)).status).toBe(200);
    const claims = { oid: personas.member.oid };
    const response = await use(world, sealed, await bearer({ persona: "outsider", scopes: ["tools.read"], claims }));
    expect(await outcome(response)).toEqual([404, -32001]);
  });

  it("of another server, an invented one, and the origin's own are unknown", async () => {
    const world = createWorld();
    const sealed = await start(world);
    const routes = new App().register(mcp("/other", { hooks: requireAuth("tools.read") }));
    const other = createGateWorld({ routes, unlisted: "reject" }, variables);
    const answer = await other.ask("/other", { token: reader, headers: { "mcp-session-id": sealed } });
    expect(await outcome(answer)).toEqual([404, -32001]);
    for (const id of ["of-the-origin", sealed.slice(0, -2), `${sealed}x`, "a.b.c.d.e", "x".repeat(5_000)]) {
      expect(await outcome(await use(world, id))).toEqual([404, -32001]);
    }
  });

  it("has an ID that shows nobody's identity", async () => {
    const sealed = await start(createWorld());
    const shown = sealed.split(".").map((part) => atob(part.replaceAll("-", "+").replaceAll("_", "/")));
    expect(shown[0]).toBe('{"alg":"dir","enc":"A256GCM","kid":"k1"}');
    const { oid } = personas.member;
    for (const text of [sealed, ...shown]) {
      for (const secret of [oid, tenants.contoso.id, "of-the-origin", "/mcp"]) expect(text).not.toContain(secret);
    }
    expect(await start(createWorld())).not.toBe(sealed);
  });

  it("has another ID than in version 0.2.0, whose IDs showed the caller and are unknown", async () => {
    const payload = decodeJwt(reader.slice("Bearer ".length));
    const context = ["mcp", "/mcp", payload.tid, payload.oid, payload.azp].join(" ");
    const old = await new CompactEncrypt(new TextEncoder().encode("of-the-origin"))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: "k1", context })
      .encrypt(new Uint8Array(32));
    const world = createWorld();
    expect(await outcome(await use(world, old))).toEqual([404, -32001]);
    expect(world.forwarded).toEqual([]);
  });

  it("with an ID that is too long to encrypt is refused at once", async () => {
    const world = createWorld();
    world.answerWith(() => new Response("{}", { headers: { "mcp-session-id": "x".repeat(3_500) } }));
    const response = await post(world, request("initialize"));
    expect([response.status, response.headers.has("mcp-session-id")]).toEqual([500, false]);
  });

  it("can be created only by the server", async () => {
    const world = createWorld();
    expect((await post(world, request("initialize"))).headers.has("mcp-session-id")).toBe(false);
  });

  it("requires GATE_SESSION_KEY in a valid form", async () => {
    const without = createWorld({}, { GATE_SESSION_KEY: undefined });
    expect((await post(without, request("ping"))).status).toBe(200);
    without.answerWith(() => new Response("{}", { headers: { "mcp-session-id": "of-the-origin" } }));
    const response = await post(without, request("initialize"));
    expect([response.status, response.headers.has("mcp-session-id")]).toEqual([500, false]);
    expect(without.refusals().at(-1)).toMatchObject({ cause: expect.stringContaining("GATE_SESSION_KEY") });
    const wrong = createWorld({}, { GATE_SESSION_KEY: "secret" });
    expect((await post(wrong, request("ping"))).status).toBe(500);
  });

  it.each([
    ["is not a list of names and 32-byte keys", async () => "a-secret"],
    ["cannot be read from its store", () => Promise.reject(new Error("a-secret"))],
  ])("names GATE_SESSION_KEY in the log if its value in the store %s", async (problem, get) => {
    const world = createWorld({}, { GATE_SESSION_KEY: { get } });
    world.answerWith(() => new Response("{}", { headers: { "mcp-session-id": "of-the-origin" } }));
    expect((await post(world, request("initialize"))).status).toBe(500);
    expect(world.io.lines).toContainEqual({
      event: "session_key_failed",
      level: "error",
      problem: `GATE_SESSION_KEY ${problem}`,
    });
    expect(JSON.stringify(world.io.lines)).not.toMatch(/TOKEN_CACHE_KEY|a-secret/);
  });
});

describe("the server", () => {
  it("gets no WebSocket, because the gate cannot check its messages", { tags: "mcp-requirements" }, async () => {
    const world = createWorld({ tools });
    world.answerWith((given) => {
      if (given.headers.get("upgrade") !== "websocket") return new Response(null, { status: 405 });
      const { 0: webSocket } = new WebSocketPair();
      return new Response(null, { status: 101, webSocket });
    });
    const response = await world.ask("/mcp", { token: reader, headers: { upgrade: "websocket" } });
    expect([response.status, response.webSocket ?? null]).toEqual([405, null]);
  });

  it("gets no range request and no conditional request", async () => {
    const world = createWorld({ tools });
    const headers = { range: "bytes=40-", "if-range": "x", "if-none-match": "x", if_match: "x" };
    expect((await post(world, call("a"), { headers })).status).toBe(200);
    for (const name of Object.keys(headers)) expect(world.forwarded[0]?.headers.has(name)).toBe(false);
  });

  it("gets messages only with POST", { tags: "mcp-requirements" }, async () => {
    const world = createWorld({ tools });
    const body = JSON.stringify(call("orders_delete"));
    expect(await outcome(await world.ask("/mcp", { method: "DELETE", token: reader, body }))).toEqual([400, -32600]);
    expect((await world.ask("/mcp", { method: "DELETE", token: reader })).status).toBe(200);
    expect(world.forwarded).toHaveLength(1);
  });
});

describe("pages of a browser", () => {
  const options = { origins: ["https://client.example"] };

  it("may call from the listed origins, and from the gate's own", { tags: "mcp-pages" }, async () => {
    const world = createWorld(options);
    for (const origin of ["https://client.example", "https://api.contoso.example"]) {
      expect((await post(world, request("ping"), { headers: { origin } })).status).toBe(200);
    }
    for (const origin of ["https://evil.example", "null", "http://client.example", "https://client.example:444"]) {
      const response = await post(world, request("ping"), { headers: { origin } });
      expect(await outcome(response)).toEqual([403, -32000]);
    }
    expect(world.forwarded).toHaveLength(2);
  });

  const webviews = ["vscode-webview://0aq1bd7c", "vscode-webview://b421f05c-bc2d-4615-afaa-2a4df3cbdfb1"];
  const others = [
    "vscode-webview:",
    "vscode-webview://",
    "vscode-webview:///",
    "vscode-webview://a/",
    "vscode-webview://a.evil.example",
    "vscode-webview://a:1",
    "vscode-webview://a@b",
    "vscode-webview://A",
    "VSCODE-WEBVIEW://a",
    "vscode-webview:a",
    "https://vscode-webview",
    "xvscode-webview://a",
    "vscode-webview://a, https://evil.example",
    `vscode-webview://${"a".repeat(64)}`,
    "vscode-file://a",
  ];

  it("may be webviews of VS Code, each with its own host, and are told exactly that", {
    tags: "mcp-pages",
  }, async () => {
    const world = createWorld({ origins: ["vscode-webview:"] });
    for (const origin of webviews) {
      const response = await post(world, request("ping"), { headers: { origin } });
      expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([200, origin]);
      expect(response.headers.get("vary")).toContain("Origin");
      const preflight = await world.ask("/mcp", {
        method: "OPTIONS",
        headers: { origin, "access-control-request-method": "POST" },
      });
      expect(preflight.headers.get("access-control-allow-origin")).toBe(origin);
    }
    for (const origin of [...others, "null"]) {
      const response = await post(world, request("ping"), { headers: { origin } });
      expect([origin, ...(await outcome(response))]).toEqual([origin, 403, -32000]);
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
    }
    expect(world.forwarded).toHaveLength(webviews.length);
  });

  it("may be sandboxed frames and local files, if null is listed", async () => {
    const world = createWorld({ origins: ["null"] });
    const response = await post(world, request("ping"), { headers: { origin: "null" } });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([200, "null"]);
    for (const origin of ["NULL", "null, null", "", ...webviews, "https://client.example"]) {
      expect((await post(world, request("ping"), { headers: { origin } })).status).toBe(403);
    }
  });

  it("may send the protocol's headers, and read the challenge", async () => {
    const world = createWorld(options);
    const headers = { origin: "https://client.example" };
    const wanted =
      "authorization,content-type,last-event-id,mcp-protocol-version,mcp-session-id,mcp-method,mcp-param-x,x-other";
    const preflight = await world.ask("/mcp", {
      method: "OPTIONS",
      headers: { ...headers, "access-control-request-method": "POST", "access-control-request-headers": wanted },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("https://client.example");
    expect(preflight.headers.get("access-control-allow-headers")).toBe(
      wanted.replace(",x-other", "").replaceAll(",", ", "),
    );
    const refused = await post(world, request("ping"), { token: "Bearer a.b.c", headers });
    expect(refused.headers.get("access-control-expose-headers")).toContain("WWW-Authenticate, Mcp-Session-Id");
    const other = await world.ask("/mcp", {
      method: "OPTIONS",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(other.headers.has("access-control-allow-origin")).toBe(false);
  });
});

describe("a server in the worker", () => {
  it("gets the request with its body, and the principal", async () => {
    const routes = new App().register(
      mcp("/mcp", { hooks: requireAuth("tools.read"), tools }, async (given, { principal }) =>
        Response.json({ name: (await given.json<{ params: { name: string } }>()).params.name, oid: principal?.oid }),
      ),
    );
    const world = createGateWorld({ routes, unlisted: "reject" }, variables);
    const body = await (await post(world, call("orders_list"))).json();
    expect(body).toEqual({ name: "orders_list", oid: expect.any(String) });
    expect((await post(world, call("orders_delete"))).status).toBe(403);
  });

  it("lists only the tools that its caller may use, and has sessions, even if its headers are immutable", async () => {
    const lists = request("tools/list");
    const text = JSON.stringify({ result: { tools: [{ name: "orders_list" }, { name: "orders_delete" }] } });
    const data = `data:application/json,${encodeURIComponent(text)}`;
    const answers = [() => fetch(data), () => new Response("{}", { headers: { "mcp-session-id": "of-the-server" } })];
    const routes = new App().register(
      mcp("/mcp", { hooks: requireAuth("tools.read"), tools }, () => (answers.shift() as () => Promise<Response>)()),
    );
    const world = createGateWorld({ routes, unlisted: "reject" }, variables);
    expect(await (await post(world, lists)).json()).toEqual({ result: { tools: [{ name: "orders_list" }] } });
    const sealed = (await post(world, request("initialize"))).headers.get("mcp-session-id");
    expect(sealed).toMatch(/^[\w-]+(?:\.[\w-]*){4}$/);
  });
});

describe("hooks of the app", () => {
  it("get the filtered response, which stays private", async () => {
    const seen: unknown[] = [];
    const app = new App().use({
      async onSend(response) {
        seen.push(response.headers.get("mcp-session-id"), await response.clone().text());
        response.headers.set("cache-control", "public");
      },
    });
    app.register(mcp("/mcp", { hooks: requireAuth("tools.read"), tools }));
    const world = createGateWorld({ routes: app, unlisted: "reject" }, variables);
    const result = { tools: [{ name: "orders_delete" }] };
    world.answerWith(() => Response.json({ result }, { headers: { "mcp-session-id": "of-the-origin" } }));
    const response = await post(world, request("tools/list"));
    expect(seen).toEqual([response.headers.get("mcp-session-id"), '{"result":{"tools":[]}}']);
    expect(seen[0]).not.toContain("of-the-origin");
    expect(response.headers.get("cache-control")).toBe("private");
  });
});

describe("a public server", () => {
  it("requires a token if a name requires scopes", async () => {
    const routes = new App().register(
      mcp("/mcp", { public: true, tools: { open: requireAuth("tools.read"), "*": anyOf(requireAuth("tools.write")) } }),
    );
    const world = createGateWorld({ routes, unlisted: "reject" }, variables);
    world.answerWith(() => Response.json({ jsonrpc: "2.0", id: 1, result: { tools: [{ name: "open" }] } }));
    const anonymous = { headers: { "content-type": "application/json" }, method: "POST" };
    const listed = await world.ask("/mcp", { ...anonymous, body: JSON.stringify(request("tools/list")) });
    expect([listed.status, await listed.json()]).toMatchObject([200, { result: { tools: [] } }]);
    const refused = await world.ask("/mcp", { ...anonymous, body: JSON.stringify(call("open")) });
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain('scope="https://api.contoso.example/mcp/tools.read"');
    expect((await post(world, call("open"))).status).toBe(200);
  });

  it("has sessions that go on when a name needs a token, and after that", async () => {
    const routes = new App().register(mcp("/mcp", { public: true, tools: { "*": requireAuth("tools.read") } }));
    const world = createGateWorld({ routes, unlisted: "reject" }, variables);
    world.answerWith(() => new Response("{}", { headers: { "mcp-session-id": "of-the-origin" } }));
    const send = (message: unknown, sealed?: string, token?: string) =>
      world.ask("/mcp", {
        method: "POST",
        ...(token !== undefined && { token }),
        body: JSON.stringify(message),
        headers: { "content-type": "application/json", ...(sealed !== undefined && { "mcp-session-id": sealed }) },
      });
    const begun = await send(request("initialize"));
    const called = await send(call("a"), begun.headers.get("mcp-session-id") ?? "none", reader);
    const pinged = await send(request("ping"), called.headers.get("mcp-session-id") ?? "none");
    expect([begun.status, called.status, pinged.status]).toEqual([200, 200, 200]);
    expect(world.forwarded.map(({ headers }) => headers.get("mcp-session-id"))).toEqual([
      null,
      "of-the-origin",
      "of-the-origin",
    ]);
  });
});

describe("options", () => {
  it.each([
    [{ tool: {} }, 'mcp: unknown option "tool"'],
    [{ tools: {} }, 'tools must have at least one name, or "*"'],
    [{ tools: [] }, 'mcp: tools must look like { "*": requireAuth("…") }'],
    [() => new Response(), 'the options come before the server. Write mcp("/mcp", {}, origin())'],
    [origin(), 'the options come before the server. Write mcp("/mcp", {}, origin())'],
    [{ tools: { a: undefined } }, "undefined"],
    [{ tools: { a: "tools.read" } }, 'tools["a"] must be requireAuth(…) or anyOf(…)'],
    [{ tools: { a: { requirement: { anyOf: [] } } } }, "must be the result of requireAuth(…) or anyOf(…)"],
    [{ tools: { a: { ...requireAuth("a"), preBody() {} } } }, 'tools["a"] must be requireAuth(…) or anyOf(…)'],
    [{ origins: ["*"] }, "origins must be a list of origins"],
    [{ origins: "https://a.example" }, "origins must be a list of origins"],
    [{ origins: ["vscode-webview://a"] }, "origins must be a list of origins"],
    [{ origins: ["vscode-webview"] }, "origins must be a list of origins"],
    [{ origins: ["vscode-file:"] }, "origins must be a list of origins"],
    [{ origins: ["https:"] }, "origins must be a list of origins"],
    [{ origins: ["NULL"] }, "origins must be a list of origins"],
    [{ origins: [null] }, "origins must be a list of origins"],
    [{ origins: ["null"], public: true }, 'origins must not have "null" beside public: true'],
    [{ public: false }, "public must be true or absent"],
    [{ public: true, hooks: requireAuth("a") }, "public: true is not possible with requireAuth"],
  ])("%j is refused", (options, message) => {
    expect(() => new App().register(mcp("/mcp", options as never))).toThrow(message);
  });
});
