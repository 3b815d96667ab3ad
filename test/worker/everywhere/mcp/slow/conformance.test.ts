import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { getRequestListener } from "@hono/node-server";
import { afterAll, expect, it } from "vitest";
import { type LoopbackServer, serve } from "../../../../../cli/common/loopback.ts";
import { mcpApi } from "../../../../../entra/directory/directory.ts";
import { handle } from "../../../../support/mcp/conformance/server.ts";
import { startMcpWorld } from "../../../../support/mcp/world.ts";

const server = await serve(getRequestListener(handle, { overrideGlobalObjects: false }));
const world = await startMcpWorld("test/gates/mcp-conformance.ts", { ORIGIN_URL: server.url });
const signedIn = await startSignedIn(world.url);
afterAll(() => Promise.all([signedIn.stop(), world.stack.stop(), server.stop()]));

/** Adds a token to each request, because the program cannot sign in, and names the gate as the host. */
async function startSignedIn(url: string): Promise<LoopbackServer> {
  const { origin, host, port } = new URL(url);
  const token = await issueToken();
  const proxy = await serve((incoming, outgoing) => {
    const { method, headers } = incoming;
    const sent = { ...headers, authorization: `Bearer ${token}` };
    if (sent.host === new URL(proxy.url).host) sent.host = host;
    if (sent.origin === proxy.url) sent.origin = origin;
    const asked = request({ host: "127.0.0.1", port, path: incoming.url, method, headers: sent }, (answer) => {
      outgoing.writeHead(answer.statusCode as number, answer.headers);
      answer.pipe(outgoing);
    });
    asked.on("error", () => outgoing.destroy());
    outgoing.on("close", () => asked.destroy());
    incoming.pipe(asked);
  });
  return proxy;
}

async function issueToken(): Promise<string> {
  const claims = { aud: mcpApi.clientId };
  const response = await fetch(`${world.stack.entraUrl}/local/access-token`, {
    method: "POST",
    body: JSON.stringify({ persona: "member", client: "mcp", scopes: ["tools.read"], claims }),
  });
  return response.text();
}

it("@modelcontextprotocol/conformance passes all of its server suite through the gate", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "entra-gate-conformance-"));
  const program = path.resolve("node_modules/@modelcontextprotocol/conformance/dist/index.js");
  const options = ["server", "--suite", "all", "--url", `${signedIn.url}/mcp`, "--output-dir", folder];
  try {
    // It ends with 1 if a check fails, and its output says which.
    const { stdout } = await promisify(execFile)(process.execPath, [program, ...options], { maxBuffer: 1e7 }).catch(
      (failed: { readonly stdout: string }) => failed,
    );
    expect(stdout.slice(stdout.indexOf("=== SUMMARY ==="))).toContain("Total: 44 passed, 0 failed");
  } finally {
    await rm(folder, { recursive: true });
  }
});
