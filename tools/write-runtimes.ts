// Publishes the package to a registry on loopback, installs it from there as a user would, calls a worker that imports
// it in every runtime, and writes the results into docs/reference/runtimes.md: node tools/write-runtimes.ts
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { install, pack } from "../test/support/package/install.ts";
import { start, startRegistry } from "../test/support/package/registry.ts";
import { installNode, otherNodes } from "../test/support/runtimes/nodes.ts";
import {
  type Column,
  copyWorker,
  headings,
  listRuntimes,
  renderTable,
  runChecks,
  runInNode,
} from "../test/support/runtimes/table.ts";
import type { Part } from "../test/support/stack.ts";

const root = path.resolve(import.meta.dirname, "..");
const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-runtimes-"));

/** Runs a worker with `wrangler dev`. */
function runInWrangler(entry: string, vars: Readonly<Record<string, string>>): Promise<Part> {
  const args = [
    "dev",
    path.basename(entry),
    "--ip=127.0.0.1",
    "--port=0",
    "--inspector-port=0",
    "--compatibility-date=2026-10-12",
  ];
  const given = Object.entries(vars).flatMap(([name, value]) => (value === "" ? [] : ["--var", `${name}:${value}`]));
  const bin = path.join(root, "node_modules/.bin/wrangler");
  return start(bin, [...args, ...given], path.dirname(entry), /Ready on (http:\/\/127\.0\.0\.1:\d+)/);
}

const registry = await startRegistry(directory, [path.join(directory, (await pack(directory)).filename)]);
const project = path.join(directory, "project");
await install(project, ["entra-gate", "hono", "@hono/node-server"], { registry: registry.url });
await registry.stop();
const worker = copyWorker(project);
const nodes = await Promise.all(otherNodes.map((version) => installNode(version, directory)));
const runtimes = [
  ...Object.values(listRuntimes(project)),
  ...nodes.map((node) => runInNode(project, node)),
  { runGate: runInWrangler },
];
const columns: Record<string, Column> = {};
for (const [index, name] of headings.entries()) {
  columns[name] = await runChecks(worker, runtimes[index] ?? {});
  console.log(name, columns[name]);
}
const file = path.join(root, "docs/reference/runtimes.md");
const table = `<!-- table -->\n\n${renderTable(columns)}\n\n<!-- /table -->`;
writeFileSync(file, readFileSync(file, "utf8").replace(/<!-- table -->[\s\S]*<!-- \/table -->/, table));
rmSync(directory, { recursive: true });
process.exit(0);
