// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";
import type { HeaderField } from "../../../support/http.ts";
import { entries, passing, resembling, unreadable } from "../../../support/mcp/addresses.ts";

const vars = { GATE_URL: "https://mcp.contoso.example, http://127.0.0.1" };
const fleet = await startFleetOf({ mcp: { entry: "test/gates/mcp-addresses.ts", vars } });
afterAll(() => fleet.stop());

const { issue } = await fleet.forge("mcp");
const reader = await issue({ scopes: ["tools.read"] });
const writer = await issue({ scopes: ["tools.read", "tools.write"] });

/** Status, and for a refusal the reason in the log. */
async function read(uri: string, token: string): Promise<string> {
  const message = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "resources/read", params: { uri } });
  const headers: readonly HeaderField[] = [
    ["Authorization", `Bearer ${token}`],
    ["Content-Type", "application/json"],
  ];
  const body = Buffer.from(message).toString("latin1");
  const answer = await fleet.send("mcp", { host: "127.0.0.1", method: "POST", path: "/mcp", headers, body });
  if (answer.status !== 403) return String(answer.status);
  return `403 ${(await fleet.lineOf(JSON.parse(answer.body).instance)).reason}`;
}

const readAll = async (uris: readonly string[], token: string) =>
  Promise.all(uris.map(async (uri) => `${await read(uri, token)} ${JSON.stringify(uri)}`));
const expectAll = (uris: readonly string[], outcome: string) => uris.map((uri) => `${outcome} ${JSON.stringify(uri)}`);

describe("an address of an MCP resource", () => {
  it.each(resembling)(
    "that resembles an entry by %s is refused to every caller: %s",
    { tags: "mcp-addresses" },
    async (_, _entry, spellings) => {
      expect(await readAll(spellings, writer)).toEqual(expectAll(spellings, "403 requirement_missing"));
    },
  );

  it.each(unreadable)("with %s is refused to every caller", { tags: "mcp-addresses" }, async (_, uri) => {
    expect(await read(uri, writer)).toBe("403 requirement_missing");
  });

  it("of an entry has the requirement of the entry", async () => {
    expect(await readAll(entries, reader)).toEqual(expectAll(entries, "403 scope_missing"));
    expect(await readAll(entries, writer)).toEqual(expectAll(entries, "200"));
  });

  it.each(passing)("that is another one has the requirement of all others: %s", async (_, uri) => {
    expect(await read(uri, reader)).toBe("200");
  });
});
