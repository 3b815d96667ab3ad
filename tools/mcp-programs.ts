// Runs programs that are too large for CI through the gate of `npm run dev:mcp`, and through one with its own callback, in
// front of its MCP server: the Inspector, its command line and its pages in Chromium, and LangChain's adapters.
//
//   node tools/mcp-programs.ts [FOLDER]
//
// It installs them in the folder, or in a temporary one. Ports 6274 to 6276 must be free.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { startMcpWorld } from "../test/support/mcp/world.ts";
import { runCommandLine, runPages } from "./mcp-programs/inspector.ts";
import { runAdapters } from "./mcp-programs/langchain.ts";

const packages = [
  "@modelcontextprotocol/inspector@2.12.0",
  "@langchain/mcp-adapters@1.1.4",
  "@langchain/core@1.4.0",
] as const;
const runs = {
  "Inspector, command line": runCommandLine,
  "Inspector, pages in Chromium": runPages,
  "LangChain adapters": runAdapters,
};

const gates = {
  "listed callbacks": true,
  "the gate's own callback, nothing listed": "test/gates/mcp-any-host.ts",
} as const;

const [, , given] = process.argv;
const folder = path.resolve(given ?? (await mkdtemp(path.join(os.tmpdir(), "entra-gate-programs-"))));
if (!existsSync(path.join(folder, "node_modules"))) {
  mkdirSync(folder, { recursive: true });
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", folder];
  execFileSync("npm", ["install", ...options, ...packages], { stdio: "inherit" });
}
console.log(packages.join(" "));
for (const [what, gate] of Object.entries(gates)) {
  for (const [name, run] of Object.entries(runs)) {
    const world = await startMcpWorld(gate);
    try {
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
