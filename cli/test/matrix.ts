import { showText } from "../common/terminal.ts";
import type { Policy } from "../decisions/policy.ts";
import { listClasses } from "../decisions/request-classes.ts";
import { type CaseCaller, nobody } from "./read-cases.ts";
import { issue } from "./run-cases.ts";
import type { TrialGate } from "./trial-gate.ts";

/** Status of a request; `?` if none is known that has the route, or the code does not show who may call. */
type Status = number | "?";

/** Who may do what: the status of each route for each caller. */
export interface Matrix {
  readonly callers: readonly string[];
  readonly rows: readonly { readonly route: string; readonly statuses: readonly Status[] }[];
}

/** Sends one request to each route for each caller, and one for the first caller without a token. */
export async function createMatrix(gate: TrialGate, policy: Policy, callers: readonly CaseCaller[]): Promise<Matrix> {
  const paths = listRoutePaths(policy);
  const columns = [nobody, ...callers];
  const tokens = await Promise.all(columns.map((caller) => issue(gate, caller)));
  const rows: { route: string; statuses: Status[] }[] = [];
  for (const { name } of gate.table.routes) {
    const [method = ""] = name.split(" ");
    const path = paths.get(name);
    const statuses: Status[] = [];
    for (const token of tokens) statuses.push(path === undefined ? "?" : (await gate.send(method, path, token)).status);
    rows.push({ route: name, statuses });
  }
  return { callers: columns.map(({ label }) => label), rows };
}

/** Finds a path of each route that the code decides. */
function listRoutePaths(policy: Policy): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const { method, path } of listClasses([policy]).requests) {
    const { name, access, mistake } = policy.table.find(method, path);
    const isDecided = access !== undefined || mistake !== undefined;
    if (isDecided && name.startsWith(`${method} `) && !paths.has(name)) paths.set(name, path);
  }
  return paths;
}

/** Writes the matrix in columns. */
export function renderMatrix({ callers, rows }: Matrix): string {
  const cells = [
    ["", ...callers.map(showText)],
    ...rows.map(({ route, statuses }) => [showText(route), ...statuses.map(String)]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Writes the matrix as CSV (RFC 4180). */
export function writeCsv({ callers, rows }: Matrix): string {
  const lines = [["route", ...callers], ...rows.map(({ route, statuses }) => [route, ...statuses.map(String)])];
  return lines.map((line) => line.map(quote).join(",")).join("\r\n");
}

/** A spreadsheet runs a cell that starts with one of `=+-@` as a formula. */
function quote(cell: string): string {
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
