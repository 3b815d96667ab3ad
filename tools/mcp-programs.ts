// Runs programs that are too large for CI through the gate of `npm run dev:mcp`, and through gates with their own
// callback, in front of its MCP server: the Inspector, its command line and its pages in Chromium, LangChain's
// adapters, and Mastra.
//
//   GATE_RUNTIME=deno node tools/mcp-programs.ts [FOLDER]
//
// GATE_RUNTIME is the runtime of the gate: workerd, deno or node.
// It installs them in the folder, or in a temporary one. Ports 6274 to 6276 must be free.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { clients } from "../entra/directory/clients.ts";
import { type McpWorld, startMcpWorld } from "../test/support/mcp/world.ts";
import { shortenTokens } from "./mcp-programs/expiry.ts";
import { runCommandLine, runPages } from "./mcp-programs/inspector.ts";
import { runAdapters } from "./mcp-programs/langchain.ts";
import { runMastra } from "./mcp-programs/mastra.ts";

const packages = [
  "@modelcontextprotocol/inspector@2.12.0",
  "@langchain/mcp-adapters@1.1.4",
  "@langchain/core@1.4.0",
  "@mastra/mcp@2.0.0",
  "@mastra/core@1.71.0",
] as const;
const runs = {
  "Inspector, command line": runCommandLine,
  "Inspector, pages in Chromium": runPages,
  "LangChain adapters": runAdapters,
  Mastra: runMastra,
};

const { clientId, secret } = clients["mcp-web"];
const anyHost = () => startMcpWorld("test/gates/mcp-any-host.ts");
const withIssuer = async (world: McpWorld) => {
  await world.tellEntra("/local/faults/startOutage", { kind: "response-issuer" });
  return world;
};
const gates = {
  "listed callbacks": () => startMcpWorld(true),
  "nothing listed": anyHost,
  "the same with iss of Entra": async () => withIssuer(await anyHost()),
  "the same with the gate's credential": async () =>
    withIssuer(
      await startMcpWorld("test/gates/mcp-any-host-credential.ts", {
        ENTRA_CLIENT_ID: clientId,
        ENTRA_CLIENT_SECRET: secret,
      }),
    ),
};

const [, , given] = process.argv;
const folder = path.resolve(given ?? (await mkdtemp(path.join(os.tmpdir(), "entra-gate-programs-"))));
if (!existsSync(path.join(folder, "node_modules"))) {
  mkdirSync(folder, { recursive: true });
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", folder];
  execFileSync("npm", ["install", ...options, ...packages], { stdio: "inherit" });
}
console.log(process.env.GATE_RUNTIME ?? "workerd", packages.join(" "));
for (const [what, startGate] of Object.entries(gates)) {
  for (const [name, run] of Object.entries(runs)) {
    const world = await startGate();
    try {
      await shortenTokens(world);
      console.log(`ok ${name}, ${what}: ${await run(world, folder)}`);
    } catch (error) {
      console.log(`failed ${name}, ${what}: ${error instanceof Error ? error.stack : error}`);
      process.exitCode = 1;
    } finally {
      await world.stack.stop();
    }
  }
}
if (given === undefined) await rm(folder, { recursive: true });
