import { spawn } from "node:child_process";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api, tenants } from "../../entra/directory/directory.ts";
import { type Stack, startStack } from "../support/stack.ts";

const bin = path.resolve(import.meta.dirname, "../../cli/entra-gate.js");
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ onGateLog: () => {} });
});
afterAll(() => stack?.stop());

function smoke(...args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [bin, "smoke", ...args], { env: { PATH: process.env.PATH } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, output })));
}

/** The output of smoke for a server that is not a gate. */
async function smokeServer(listener: RequestListener): Promise<{ code: number | null; output: string }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  try {
    return await smoke(`http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("smoke", () => {
  it("reports that a gate refuses every request, even if forged tokens name its tenant and audience", async () => {
    const named = ["--tenant", tenants.contoso.id, "--audience", api.clientId];
    for (const args of [[], named]) {
      const { code, output } = await smoke(`${stack.gateUrl}/orders`, ...args);
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringMatching(/^http.*\n(?: {2}✓ .*: refused \(40[01]\)\n){11}$/),
      });
    }
  });

  it("fails if a request is allowed: the origin without a gate", async () => {
    const { code, output } = await smoke(`${stack.originUrl}/orders`);
    expect(code).toBe(1);
    expect(output).toContain("✗ no token: LET IN (200");
    expect(output).toContain("If the route is public");
  });

  it("reads only the start of an answer, and judges one without an end by its status", async () => {
    let closed = 0;
    const { code, output } = await smokeServer((_request, response) => {
      response.once("close", () => (closed += 1));
      const send = () => {
        while (response.write("x".repeat(64 * 1024)));
        response.once("drain", send);
      };
      send();
    });
    expect(code).toBe(1);
    expect(output).toMatch(/^http.*\n(?: {2}✗ .*: LET IN \(200, no content type\)\n){11}/);
    await expect.poll(() => closed).toBe(11);
  });

  it("judges an answer that breaks off by its status", async () => {
    const { code, output } = await smokeServer((request, response) => {
      if (request.method !== "OPTIONS") return response.writeHead(404).end();
      response.writeHead(200, { "content-type": "text/event-stream" }).write(":\n", () => response.destroy());
    });
    expect(code).toBe(1);
    expect(output).toContain("✗ no token, with OPTIONS: LET IN (200, text/event-stream)");
  });

  it.each([
    ["a Cloudflare page", 403, { "content-type": "text/html" }, "blocked", "text/html is not what the gate answers"],
    [
      "an API's own 401",
      401,
      { "content-type": "application/problem+json" },
      "{}",
      "problem details that are not the gate's",
    ],
    [
      "a gate that is misconfigured",
      500,
      { "content-type": "application/problem+json", "cache-control": "no-store" },
      '{"instance":"urn:uuid:11111111-2222-3333-4444-555555555555"}',
      "misconfigured",
    ],
  ])("fails if something else answers: %s", async (_, status, headers, body, said) => {
    const { code, output } = await smokeServer((_request, response) => response.writeHead(status, headers).end(body));
    expect(code).toBe(1);
    expect(output).toContain(said);
    expect(output).not.toContain(": refused");
  });

  it("fails if a single request is allowed", async () => {
    const { code, output } = await smokeServer(async (request, response) => {
      const { method = "GET", url = "/" } = request;
      if (method === "POST") return response.end("created");
      const { authorization } = request.headers;
      const init = { method, ...(authorization && { headers: { authorization } }) };
      const answer = await fetch(new URL(url, stack.gateUrl), init);
      const names = ["content-type", "cache-control", "www-authenticate"];
      response.writeHead(
        answer.status,
        names.flatMap((name) => [name, answer.headers.get(name) ?? ""]),
      );
      return response.end(await answer.text());
    });
    expect(code).toBe(1);
    expect(output.match(/LET IN/g)).toHaveLength(1);
    expect(output).toContain("✗ no token, with POST: LET IN");
  });

  it("exits with 2 if nothing answers, and with 3 for an invalid URL", async () => {
    const silent = await smoke("http://127.0.0.1:9/orders");
    expect([silent.code, silent.output]).toEqual([2, expect.stringMatching(/^http:.*: no answer \(.+\)\n$/)]);
    expect((await smoke("http://127.0.0.1:9/orders", "--json")).code).toBe(2);
    const unknown = await smoke("https://no-such-host.invalid/orders");
    expect([unknown.code, unknown.output]).toEqual([
      2,
      expect.stringMatching(/^https:\/\/no-such-host\.invalid\/orders: no answer \(getaddrinfo .+\)\n$/),
    ]);
    for (const target of ["http://api.contoso.com/orders", "api.contoso.com"]) {
      const { code, output } = await smoke(target);
      expect([code, output]).toEqual([3, `error: ${target} must be a URL like https://api.contoso.com/orders\n`]);
    }
  });
});
