import { readFileSync } from "node:fs";
import path from "node:path";
import { type StackOptions, startStack } from "../../../dev/stack.ts";
import { serveInDeno } from "../deno/serve.ts";
import { checks, isMisconfigured } from "./checks.ts";
import { serveByFile } from "./serve-file.ts";

const versions = JSON.parse(readFileSync(path.resolve(import.meta.dirname, "../../../package.json"), "utf8"));
const { workerd, deno, bun } = versions.devDependencies as Readonly<Record<string, string>>;

/** Runtimes that npm installs, and how each runs a gate. */
export const runtimes = {
  [`workerd ${workerd}`]: undefined,
  [`Deno ${deno}`]: (entry, vars) => serveInDeno(entry, vars),
  [`Node ${process.versions.node}`]: (entry, vars) => serveByFile("Node", entry, vars),
  [`Bun ${bun}`]: (entry, vars) => serveByFile("Bun", entry, vars),
} as const satisfies Readonly<Record<string, StackOptions["runGate"] | undefined>>;

/** What a runtime was seen to do: by check, `yes` or `no`. */
export type Column = Readonly<Record<string, "yes" | "no">>;

const misconfiguredName = "a configuration with a fault: 500 for everybody";

/** Names of what must hold wherever a gate runs. */
export const neededNames = [misconfiguredName, ...checks.filter(({ needed }) => needed).map(({ name }) => name)];

/** Runs every check in one runtime. What throws does not hold. */
export async function runChecks(runGate: StackOptions["runGate"]): Promise<Column> {
  const options = { onGateLog: () => {}, ...(runGate && { runGate }) };
  const column: Record<string, "yes" | "no"> = {};
  const stack = await startStack(options);
  try {
    for (const { name, holds } of checks) column[name] = (await holds(stack).catch(() => false)) ? "yes" : "no";
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
