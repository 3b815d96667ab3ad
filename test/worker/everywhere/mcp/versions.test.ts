import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";

const fleet = await startFleetOf({
  servers: { entry: "test/gates/mcp-versions.ts", vars: { GATE_URL: "http://127.0.0.1" } },
});
afterAll(() => fleet.stop());

const token = await (await fleet.forge("servers")).issue({ scopes: ["tools.read"] });
const modern = "2026-07-28";
const known = ["2025-03-26", "2025-06-18", "2025-11-25", modern];
const meta = { _meta: { "io.modelcontextprotocol/protocolVersion": modern } };

/** Sends `server/discover`. @returns the status, and the one message of the answer */
async function discover(path: "/json" | "/stream", params: object | undefined, version = modern) {
  const headers = [
    ["Authorization", `Bearer ${token}`],
    ["Content-Type", "application/json"],
    ["MCP-Protocol-Version", version],
    ["Mcp-Method", "server/discover"],
  ] as const;
  const body = JSON.stringify({ jsonrpc: "2.0", id: "seven", method: "server/discover", params });
  const answer = await fleet.send("servers", { method: "POST", path, host: "127.0.0.1", headers, body });
  return { status: answer.status, message: JSON.parse(answer.body.replace(/^[^{]*/, "")) };
}

describe.each(["/json", "/stream"] as const)("a server at %s", (path) => {
  it("has only versions that the gate knows too, in its answer and in the error for another one", {
    tags: "mcp-versions",
  }, async () => {
    const unknown = () => discover(path, meta, "v999.0.0");
    const refused = { status: 400, message: { id: "seven", error: { code: -32022 } } };
    const before = await unknown();
    expect(before).toMatchObject(refused);
    expect(before.message.error.data).toEqual({ requested: "v999.0.0", supported: known });
    const { status, message } = await discover(path, meta);
    expect([status, message.result.supportedVersions]).toEqual([200, [modern, "2025-11-25"]]);
    const after = await unknown();
    expect(after).toMatchObject(refused);
    expect(after.message.error.data).toEqual({ requested: "v999.0.0", supported: [modern, "2025-11-25"] });
    // The server knows this one, but the gate does not.
    expect(await discover(path, meta, "2027-01-01")).toMatchObject(refused);
  });

  it.each([
    ["no params", undefined],
    ["no _meta", {}],
    ["no version in _meta", { _meta: {} }],
  ])("gets no request with %s", { tags: "mcp-versions" }, async (_what, params) => {
    const refused = { status: 400, message: { id: "seven", error: { code: -32602 } } };
    expect(await discover(path, params)).toMatchObject(refused);
  });

  it("gets no request whose versions differ", { tags: "mcp-versions" }, async () => {
    const params = { _meta: { "io.modelcontextprotocol/protocolVersion": "2027-01-01" } };
    const refused = { status: 400, message: { id: "seven", error: { code: -32020 } } };
    expect(await discover(path, params)).toMatchObject(refused);
  });
});
