import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { serveInDeno } from "../deno/serve.ts";
import { type StackOptions, startStack } from "../stack.ts";
import { checks, isMisconfigured } from "./checks.ts";
import { otherNodes } from "./nodes.ts";
import { serveByFile } from "./serve-file.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const versions = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const { workerd, deno, bun, wrangler } = versions.devDependencies as Readonly<Record<string, string>>;

/** Runs a worker of a project with the package in one runtime. */
type Runtime = Pick<StackOptions, "runGate">;

/**
 * Runtimes that npm installs here, and how each runs a worker of a project.
 *
 * @param project folder where the package is installed
 */
export function listRuntimes(project: string): Readonly<Record<string, Runtime>> {
  return {
    [`workerd ${workerd}`]: {},
    [`Deno ${deno}`]: { runGate: (entry, vars) => serveInDeno(entry, vars) },
    [`Node ${process.versions.node}`]: runInNode(project),
    [`Bun ${bun}`]: { runGate: (entry, vars) => serveByFile("Bun", entry, vars, undefined, project) },
  };
}

/** @param command of another version of Node */
export function runInNode(project: string, command?: string): Runtime {
  return { runGate: (entry, vars) => serveByFile("Node", entry, vars, command, project) };
}

/** Headings of the table. Only `node tools/write-runtimes.ts` runs the last one. */
export const headings = [
  ...Object.keys(listRuntimes(root)),
  ...otherNodes.map((version) => `Node ${version}`),
  `wrangler dev ${wrangler}`,
];

/** Copies a gate that forwards every request into a project, where it imports the package. @returns its path */
export function copyWorker(project: string): string {
  const text = readFileSync(path.join(root, "test/gates/forwarding.ts"), "utf8");
  const file = path.join(project, "worker.ts");
  writeFileSync(file, text.replace('"../../src/index.ts"', '"entra-gate"'));
  return file;
}

/** The results of a runtime: `yes` or `no` for each check. */
export type Column = Readonly<Record<string, "yes" | "no">>;

const misconfiguredName = "a configuration with a fault: 500 for every caller";

/** Names of the checks that every runtime must pass. */
export const neededNames = [misconfiguredName, ...checks.filter(({ needed }) => needed).map(({ name }) => name)];

/** A check that takes longer fails. */
const checkMilliseconds = 60_000;

/** Runs every check with one worker in one runtime. A check that throws fails. */
export async function runChecks(gateEntry: string, runtime: Runtime): Promise<Column> {
  const options = { onGateLog: () => {}, gateEntry, ...runtime };
  const column: Record<string, "yes" | "no"> = {};
  const stack = await startStack(options);
  try {
    for (const { name, holds } of checks) {
      const late = delay(checkMilliseconds, false, { ref: false });
      column[name] = (await Promise.race([holds(stack).catch(() => false), late])) ? "yes" : "no";
    }
  } finally {
    await stack.stop();
  }
  const faulty = await startStack({ ...options, gateVars: { ENTRA_API_AUDIENCE: "" } });
  try {
    column[misconfiguredName] = (await isMisconfigured(faulty).catch(() => false)) ? "yes" : "no";
  } finally {
    await faulty.stop();
  }
  return column;
}

/** The table of docs/reference/runtimes.md. */
export function renderTable(columns: Readonly<Record<string, Column>>): string {
  const names = Object.keys(columns);
  const rows = [...checks.map(({ name }) => name), misconfiguredName];
  return [
    `| | ${names.join(" | ")} |`,
    `|---|${names.map(() => "---").join("|")}|`,
    ...rows.map((row) => `| ${row} | ${names.map((name) => columns[name]?.[row]).join(" | ")} |`),
  ].join("\n");
}
