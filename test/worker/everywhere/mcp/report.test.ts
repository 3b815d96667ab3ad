import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";
import type { HeaderField } from "../../../support/http.ts";

const entry = "test/gates/mcp-public.ts";
const vars = { GATE_URL: "http://127.0.0.1" };
const fleet = await startFleetOf({
  enforcing: { entry, vars },
  reporting: { entry, vars: { ...vars, GATE_MODE: "report" } },
});
afterAll(() => fleet.stop());

type Gate = "enforcing" | "reporting";

const { issue } = await fleet.forge("reporting");
const [reader, stranger] = [await issue({ scopes: ["tools.read"] }), await issue({ scopes: ["x"] })];
const forged = `${reader.slice(0, reader.lastIndexOf("."))}${stranger.slice(stranger.lastIndexOf("."))}`;

/** Status, and what the server answered. */
async function post(gate: Gate, message: object, token?: string): Promise<readonly [number, unknown?]> {
  const headers: readonly HeaderField[] = [
    ["Content-Type", "application/json"],
    ...(token === undefined ? [] : [["Authorization", `Bearer ${token}`] as const]),
  ];
  const body = JSON.stringify(message);
  const { status, body: text } = await fleet.send(gate, {
    host: "127.0.0.1",
    method: "POST",
    path: "/mcp",
    headers,
    body,
  });
  return status === 200 ? [status, JSON.parse(text)] : [status];
}

const call = (name: string) => ({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: {} } });
const list = { jsonrpc: "2.0", id: 1, method: "tools/list" };
const served = [200, { jsonrpc: "2.0", id: 1, result: { served: "tools/call" } }];

describe("a public MCP server in report mode", () => {
  it.each([
    ["a tool with a requirement", call("echo"), [401]],
    ["a tool that no map covers", call("other"), [403]],
    ["a tool that resembles another", call("Echo"), [403]],
    ["a batch", [call("other"), call("echo")], [403]],
    ["a list", list, [200, { jsonrpc: "2.0", id: 1, result: { tools: [] } }]],
  ])("answers callers without a token as in enforced mode: %s", { tags: "report-mode" }, async (_, message, answer) => {
    expect(await post("enforcing", message)).toEqual(answer);
    expect(await post("reporting", message)).toEqual(answer);
  });

  it("reports only callers whose token it has verified", { tags: "report-mode" }, async () => {
    for (const token of [reader, stranger]) {
      expect(await post("enforcing", call("other"), token)).toEqual([403]);
      expect(await post("reporting", call("other"), token)).toEqual(served);
      expect(await post("reporting", call("Echo"), token)).toEqual([403]);
    }
    expect(await post("reporting", call("echo"), stranger)).toEqual(served);
    for (const token of [forged, "x.y.z"]) expect(await post("reporting", call("other"), token)).toEqual([401]);
    const reports = fleet.lines.filter(({ event }) => event === "reported");
    expect(reports.map(({ reason }) => reason)).toEqual([
      "requirement_missing",
      "requirement_missing",
      "scope_missing",
    ]);
    for (const line of reports) expect(line).toMatchObject({ client: expect.any(String), tenant: expect.any(String) });
  });
});
