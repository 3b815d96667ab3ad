import { existsSync } from "node:fs";
import path from "node:path";
import { readInput } from "../common/input-file.ts";
import { parseCommentedJson } from "./commented-json.ts";

/** The program of a project for Deno or Node, as a task or a script starts it. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** What is started, as the project's file says. */
  readonly text: string;
}

/** Names of the script that starts a server, in the order of preference. */
const names = ["start", "dev"];
/** A script that would start `entra-gate dev` again. */
const ownCommand = /\bentra-gate\s+dev\b/;
export const denoFiles = ["deno.json", "deno.jsonc"];

/**
 * Finds what starts the project's server: a task of Deno, or a script of package.json.
 *
 * @returns `undefined` if there is none
 * @throws UsageError if a file cannot be read
 */
export function findProgram(directory: string): Program | undefined {
  const task = find(directory, denoFiles, "tasks");
  if (task !== undefined) return { command: "deno", args: ["task", task.name], text: task.text };
  const script = find(directory, ["package.json"], "scripts");
  return script && { command: process.execPath, args: ["--run", script.name], text: script.text };
}

function find(directory: string, files: readonly string[], member: string): { name: string; text: string } | undefined {
  const { [member]: scripts = {} } = readFirst(directory, files)?.table ?? {};
  for (const each of names) {
    const { [each]: script } = scripts as Readonly<Record<string, unknown>>;
    const started = typeof script === "object" ? (script as { command?: unknown } | null)?.command : script;
    if (typeof started === "string" && !ownCommand.test(started)) return { name: each, text: started };
  }
  return undefined;
}

/**
 * Reads the first of some files that exists, as JSON with comments.
 *
 * @throws UsageError if it cannot be read
 */
export function readFirst(
  directory: string,
  files: readonly string[],
): { readonly file: string; readonly table: Readonly<Record<string, unknown>> } | undefined {
  const file = files.map((name) => path.join(directory, name)).find((name) => existsSync(name));
  if (file === undefined) return undefined;
  const name = path.basename(file);
  return { file, table: parseCommentedJson(readInput(file, name), name) };
}

/** Files in which an app is usually declared, apart from the server that serves it. */
const appFiles = ["src/app.ts", "src/app.js", "app.ts", "app.js"];

/**
 * Finds the module whose routes can be read: what `deno serve` serves, the file of the app, or the module that the
 * program starts.
 *
 * @returns its absolute path; `undefined` if to read the routes would start another server than those that can be left
 *   out
 */
export function findApp(directory: string, { text }: Program): string | undefined {
  const [started] = text.split(/["'\s]/).filter((word) => /\.m?[jt]sx?$/.test(word));
  const isServed = /\bdeno\s+serve\b/.test(text);
  const names = started === undefined ? appFiles : isServed ? [started] : [...appFiles, started];
  const files = names.map((name) => path.resolve(directory, name));
  return files.find(
    (file) => existsSync(file) && (isServed || appFiles.includes(path.relative(directory, file)) || startsServer(file)),
  );
}

/** The package whose server does not start while the routes are read. Deno's own does not either. */
export const serverPackage = "@hono/node-server";
const startsOne = /\bfrom\s*["'](?:npm:)?@hono\/node-server\b|\bDeno\.serve\(/;

/** Whether a file starts a server that can be left out to read the routes of its app. */
export function startsServer(file: string): boolean {
  return startsOne.test(readInput(file));
}
