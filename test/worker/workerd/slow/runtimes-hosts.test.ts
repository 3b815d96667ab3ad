import { afterAll, describe, expect, it } from "vitest";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { type HeaderField, sendBytes, sendRequest } from "../../../support/http.ts";
import { isMisconfigured } from "../../../support/runtimes/checks.ts";
import { serveByFile } from "../../../support/runtimes/serve-file.ts";
import type { Part } from "../../../support/stack.ts";

type Vars = Readonly<Record<string, string>>;

/** Starts a gate as docs/reference/runtimes.md describes for runtimes without a zone. */
const starts: Readonly<Record<string, (entry: string, vars: Vars) => Promise<Part>>> = {
  Deno: serveInDeno,
  Node: (entry, vars) => serveByFile("Node", entry, vars),
  Bun: (entry, vars) => serveByFile("Bun", entry, vars),
};

const gate = "test/gates/forwarding.ts";
const app = "test/gates/program-hooks.ts";
const needed: Vars = {
  ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555",
  ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
  ENTRA_REQUIRED_SCOPE: "access_as_user",
};
const origin: Vars = { ORIGIN_URL: "https://origin.contoso.example" };
const address: Vars = { GATE_URL: "http://127.0.0.1" };
const running: Part[] = [];

afterAll(() => Promise.all(running.map((part) => part.stop())));

describe.each(Object.entries(starts))("a gate in %s", (runtime, start) => {
  async function run(entry: string, ...vars: readonly Vars[]): Promise<string> {
    const part = await start(entry, Object.assign({}, needed, ...vars));
    running.push(part);
    return part.url;
  }

  it("answers at the addresses of GATE_URL, and with 421 at others", async () => {
    const url = await run(gate, origin, address);
    const statuses = await Promise.all(
      [{ host: "127.0.0.1" }, {}, { host: "localhost" }, { host: "api.contoso.example" }].map(
        async (request) => (await sendRequest(url, request)).status,
      ),
    );
    expect(statuses).toEqual([401, 421, 421, 403]);
  });

  it("refuses an address with a user name", async () => {
    const path = "http://user:password@127.0.0.1/orders";
    const { status } = await sendRequest(await run(gate, origin, address), { host: "127.0.0.1", path });
    // Bun removes the user name, so the gate does not get it.
    expect(status).toBe(runtime === "Bun" ? 401 : 404);
  });

  it("refuses a second Host header", async () => {
    const url = await run(gate, origin, address);
    for (const second of ["127.0.0.1", "evil.example"]) {
      expect((await sendRequest(url, { host: "127.0.0.1", headers: [["Host", second]] })).status).toBe(400);
    }
  });

  it.each(["127.0.0.1/health", "127.0.0.1?", "127.0.0.1#", "user@127.0.0.1", "127.0.0.1:1:2"])(
    "refuses a Host that is more than a host: %s",
    { tags: "host-syntax" },
    async (host) => {
      const { status } = await sendRequest(await run(gate, origin, address), { host, path: "/orders" });
      expect(status).toBe(400);
    },
  );

  it.each(["gzip, chunked", "x, chunked", "chunked, chunked"])(
    "refuses the transfer coding %s",
    { tags: "transfer-coding" },
    async (coding) => {
      const url = await run(gate, origin, address);
      const head = ["POST /orders HTTP/1.1", "Host: 127.0.0.1", "Connection: close", `Transfer-Encoding: ${coding}`];
      const answer = await sendBytes(url, `${head.join("\r\n")}\r\n\r\n0\r\n\r\n`);
      // Deno's server closes the connection without a response.
      if (runtime !== "Deno" || answer !== "") expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    },
  );

  it.runIf(process.platform === "linux")(
    "limits each address on its own, and never one from a header",
    { tags: "limit-addresses" },
    async () => {
      const url = await run("cli/dev/mcp/worker.ts", origin, address, {
        GATE_SESSION_KEY: `k1:${"A".repeat(43)}`,
      });
      const signIn = async (from: string, count: number) => {
        const said = `192.0.2.${count}`;
        const names = ["CF-Connecting-IP", "X-Forwarded-For", "X-Real-IP", "True-Client-IP"];
        const headers: HeaderField[] = [["Forwarded", `for=${said}`], ...names.map((name) => [name, said] as const)];
        return (await sendRequest(url, { host: "127.0.0.1", path: "/authorize", from, headers })).status;
      };
      let count = 1;
      while (count < 250 && (await signIn("127.0.0.2", count)) === 400) count += 1;
      expect([await signIn("127.0.0.2", 251), await signIn("127.0.0.3", 251)]).toEqual([429, 400]);
    },
  );

  it("refuses every caller without GATE_URL", { tags: "outside-workers" }, async () => {
    expect(await isMisconfigured({ gateUrl: await run(gate, origin) })).toBe(true);
  });

  it("refuses every caller without ORIGIN_URL if it forwards", { tags: "outside-workers" }, async () => {
    expect(await isMisconfigured({ gateUrl: await run(gate, address) })).toBe(true);
    const { status } = await sendRequest(await run(app, address), { host: "127.0.0.1", path: "/me" });
    expect(status).toBe(401);
  });

  it("needs no GATE_URL with a local Entra", async () => {
    const url = await run(gate, origin, { ENTRA_AUTHORITY: "http://127.0.0.1:8788" });
    expect((await sendRequest(url, {})).status).toBe(401);
  });
});
