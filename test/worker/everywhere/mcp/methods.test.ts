import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";
import type { HttpRequest } from "../../../support/http.ts";

const vars = { GATE_URL: "http://127.0.0.1", GATE_SESSION_KEY: `k1:${"A".repeat(43)}` };
const fleet = await startFleetOf({
  forwarded: { entry: "test/gates/mcp.ts", vars },
  inside: { entry: "test/gates/mcp-hosts.ts", vars },
});
afterAll(() => fleet.stop());

const servers = ["forwarded", "inside"] as const;
const token = await (await fleet.forge("inside")).issue({ scopes: ["tools.read", "access_as_user"] });

/** The status, and the number of requests that reached the origin. */
async function send(server: (typeof servers)[number], { headers = [], ...request }: HttpRequest) {
  const before = await fleet.ledger();
  const own = { path: "/mcp", host: "127.0.0.1", headers: [["Authorization", `Bearer ${token}`], ...headers] } as const;
  const { status } = await fleet.send(server, { ...request, ...own });
  const after = await fleet.ledger();
  return [status, after.origin.count - before.origin.count];
}

const chunked: HttpRequest["headers"] = [["Transfer-Encoding", "chunked"]];

describe.each(servers)("a request without a message, to an MCP server that is %s,", (server) => {
  it("passes without content", async () => {
    const passes = [200, Number(server === "forwarded")];
    for (const method of ["GET", "DELETE"]) {
      expect(await send(server, { method })).toEqual(passes);
      expect(await send(server, { method, body: "" })).toEqual(passes);
    }
    expect(await send(server, { method: "DELETE", headers: chunked, body: "0\r\n\r\n" })).toEqual(passes);
  });

  it.each(["GET", "DELETE"])("is refused with content: %s", async (method) => {
    expect(await send(server, { method, body: "{}" })).toEqual([400, 0]);
    expect(await send(server, { method, headers: chunked, body: "2\r\n{}\r\n0\r\n\r\n" })).toEqual([400, 0]);
  });
});
