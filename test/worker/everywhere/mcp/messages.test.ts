// Runtimes: workerd, deno
import { createHash } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";
import { type HeaderField, type HttpAnswer, readHeader } from "../../../support/http.ts";

const vars = { GATE_URL: "http://127.0.0.1" };
const fleet = await startFleetOf({
  mcp: { entry: "test/gates/mcp.ts", vars },
  "mcp-pages": { entry: "test/gates/mcp-pages.ts", vars },
});
afterAll(() => fleet.stop());

type Gate = "mcp" | "mcp-pages";

const token = await (await fleet.forge("mcp")).issue({ scopes: ["tools.read", "tools.write"] });
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

function send(gate: Gate, body: string, headers: readonly HeaderField[] = []): Promise<HttpAnswer> {
  const own: readonly HeaderField[] = [
    ["Authorization", `Bearer ${token}`],
    ["Content-Type", "application/json"],
  ];
  return fleet.send(gate, { method: "POST", path: "/mcp", host: "127.0.0.1", headers: [...own, ...headers], body });
}

async function expectForwarded(body: string, headers: readonly HeaderField[] = []): Promise<void> {
  const answer = await send("mcp", body, headers);
  expect(answer.status, answer.body).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({ path: "/mcp", body: { sha256: sha256(body) } });
}

async function expectRefused(body: string, headers: readonly HeaderField[] = []): Promise<void> {
  const before = await fleet.ledger();
  const answer = await send("mcp", body, headers);
  expect(answer.status, answer.body).toBe(400);
  expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
  // The gate still serves others.
  await expectForwarded(call("1"));
}

const call = (args: string, method = "tools/call") =>
  `{"jsonrpc":"2.0","id":1,"method":"${method}","params":{"name":"orders_list","arguments":${args}}}`;
const nest = (depth: number, [open, close] = ["[", "]"]) => `${open.repeat(depth)}1${close.repeat(depth)}`;
const items = (count: number) => `[${Array(count).fill("1").join()}]`;
const names = (count: number) => `{${Array.from({ length: count }, (_, number) => `"n${number}":1`).join()}}`;

/** Refused in every other place of a message. */
const onlyInArguments: readonly (readonly [what: string, json: string])[] = [
  ["names that differ only in letter case", '{"id":1,"ID":2}'],
  ["names that differ after a NUL", '{"a":1,"a\\u0000":2}'],
  ["a member constructor", '{"constructor":{"prototype":{}}}'],
  ["a member __proto__", '{"__proto__":{"name":"orders_delete"}}'],
  ["half a pair of surrogates", '{"\\udc00":"\\ud83d"}'],
  ["numbers that a double rounds", '{"a":[9007199254740993,100.000000000000001],"b":1e400,"c":{"d":1e-400}}'],
  ["200 lists in each other", nest(200)],
  ["200 objects in each other", nest(200, ['{"a":', "}"])],
  ["20,000 items", items(20_000)],
  ["20,000 names", names(20_000)],
];

describe("arguments of a tool", () => {
  it.each(onlyInArguments)("can have %s", async (_, json) => {
    await expectForwarded(call(json));
    await expectForwarded(`[${call("1")},${call(json)}]`);
    await expectForwarded(call(json).replace("arguments", "\\u0061rgument\\u0073"));
  });

  it.each(onlyInArguments)("are the only place for %s", { tags: "mcp-arguments" }, async (_, json) => {
    await expectRefused(call("1").replace('"arguments":1', `"data":${json}`));
    await expectRefused(call("1").replace('"id":1', `"id":1,"arguments":${json}`));
    await expectRefused(call(json, "prompts/get"));
    await expectRefused(`[[${call(json)}]]`);
  });

  it.each([
    ["a name twice", call('{"a":1,"a":2}')],
    ["a name twice, once escaped", call('[{"a":1,"\\u0061":2}]')],
    ["a name twice, deep in a batch", `[${call("1")},${call(nest(200).replace("1", '{"a":1,"a":2}'))}]`],
    ["a second value", call('1,"arguments":2')],
    ["parameters twice", call("1").replace(/}$/, ',"params":{"name":"orders_delete"}}')],
    ["parameters twice, once escaped", call("1").replace(/}$/, ',"\\u0070arams":{"name":"orders_delete"}}')],
    ["a capital letter", call("1").replace("arguments", "Arguments")],
    ["a capital letter in a second name", call('1,"ARGUMENTS":2')],
    ["a long s", call("1").replace("arguments", "argument\\u017f")],
    ["a NUL at the end of a second name", call('1,"arguments\\u0000":2')],
    ["300 levels", call(nest(300))],
    ["200,000 levels", call(nest(200_000))],
    ["200,000 items", call(items(200_000))],
    ["no end", call(nest(200).slice(0, -1))],
  ])("are refused with %s", { tags: "mcp-arguments" }, async (_, body) => {
    await expectRefused(body);
  });
});

describe("a message", () => {
  it("can have null in place of parameters", async () => {
    await expectForwarded('{"jsonrpc":"2.0","id":1,"method":"tools/list","params":null}');
    await expectForwarded('{"jsonrpc":"2.0","method":"notifications/initialized","params":null}');
    await expectRefused('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":null}');
    await expectRefused('{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}');
  });

  it("can be of version 2024-11-05, which has no batches", async () => {
    const version = [["MCP-Protocol-Version", "2024-11-05"]] as const;
    const initialize = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2024-11-05"}}';
    await expectForwarded(initialize, version);
    await expectRefused(`[${initialize}]`, version);
    await expectRefused(initialize, [["MCP-Protocol-Version", "2024-10-07"]]);
  });
});

describe("pages", () => {
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
  const ask = (gate: Gate, origin: string) => send(gate, ping, [["Origin", origin]]);
  const permitted = (answer: HttpAnswer) => [answer.status, ...readHeader(answer, "access-control-allow-origin")];

  it.each(["vscode-webview://0aq1bd7c", "vscode-webview://b421f05c-bc2d-4615-afaa-2a4df3cbdfb1", "null"])(
    "of %s may call if they are listed",
    async (origin) => {
      expect(permitted(await ask("mcp-pages", origin))).toEqual([200, origin]);
      expect(permitted(await ask("mcp", origin))).toEqual([403]);
      const headers = [
        ["Origin", origin],
        ["Access-Control-Request-Method", "POST"],
      ] as const;
      const preflight = { method: "OPTIONS", path: "/mcp", host: "127.0.0.1", headers };
      expect(permitted(await fleet.send("mcp-pages", preflight))).toEqual([204, origin]);
    },
  );

  it.each(["vscode-webview:", "vscode-webview://a.evil.example", "vscode-file://a", "https://evil.example", "NULL"])(
    "of %s may not",
    async (origin) => {
      expect(permitted(await ask("mcp-pages", origin))).toEqual([403]);
    },
  );
});
