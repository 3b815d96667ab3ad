import { showText } from "../common/terminal.ts";
import { listSamples } from "../project/path-patterns.ts";
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
export async function createMatrix(gate: TrialGate, callers: readonly CaseCaller[]): Promise<Matrix> {
  const columns = [nobody, ...callers];
  const tokens = await Promise.all(columns.map((caller) => issue(gate, caller)));
  const rows: { route: string; statuses: Status[] }[] = [];
  for (const { name } of gate.table.routes) {
    const [method = "", pattern = ""] = name.split(" ");
    const path = findPath(gate, name, method, pattern);
    const statuses: Status[] = [];
    for (const token of tokens) statuses.push(path === undefined ? "?" : (await gate.send(method, path, token)).status);
    rows.push({ route: name, statuses });
  }
  return { callers: columns.map(({ label }) => label), rows };
}

/** Finds the path of a request to a route. A literal of another route can be the first choice for a parameter. */
function findPath({ table }: TrialGate, name: string, method: string, pattern: string): string | undefined {
  return listSamples(pattern).find((path) => {
    const found = table.find(method, path);
    return found.name === name && (found.access !== undefined || found.mistake !== undefined);
  });
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
