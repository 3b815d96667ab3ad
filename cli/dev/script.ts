import { existsSync } from "node:fs";
import { connect } from "node:net";
import path from "node:path";
import stripJsonComments from "strip-json-comments";
import { parseJson } from "../../src/common/json.ts";
import { readInput } from "../common/input-file.ts";
import { UsageError } from "../common/usage-error.ts";
import { type Server, startChild } from "./child.ts";
import { startsServer } from "./server-code.ts";

/** A script of a project for Deno or Node. */
export interface Script {
  readonly command: string;
  readonly args: readonly string[];
  /** What it runs, as the project's file says. */
  readonly text: string;
}

/** Names of the script that starts a server, in the order of preference. */
const names = ["start", "dev"];
/** A script that would start this command again. */
const ownCommand = /\bentra-gate\s+dev\b/;
/** How often the command tries to connect to the program that it has started. */
const pollMilliseconds = 200;

/**
 * Finds the script that starts the project's server: a task of Deno, or a script of package.json.
 *
 * @returns `undefined` if there is none
 * @throws UsageError if a file cannot be read
 */
export function findScript(directory: string): Script | undefined {
  const task = find(directory, ["deno.json", "deno.jsonc"], "tasks");
  if (task !== undefined) return { command: "deno", args: ["task", task.name], text: task.text };
  const script = find(directory, ["package.json"], "scripts");
  return script && { command: process.execPath, args: ["--run", script.name], text: script.text };
}

function find(directory: string, files: readonly string[], member: string): { name: string; text: string } | undefined {
  const file = files.map((name) => path.join(directory, name)).find((name) => existsSync(name));
  if (file === undefined) return undefined;
  const name = path.basename(file);
  const text = stripJsonComments(readInput(file, name), { trailingCommas: true });
  let scripts: Readonly<Record<string, unknown>>;
  try {
    scripts = (parseJson(text) as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[member] ?? {};
  } catch {
    throw new UsageError(`${name} is not valid JSON`);
  }
  for (const each of names) {
    const { [each]: script } = scripts;
    const started = typeof script === "object" ? (script as { command?: unknown } | null)?.command : script;
    if (typeof started === "string" && !ownCommand.test(started)) return { name: each, text: started };
  }
  return undefined;
}

/** Files in which an app is usually declared, apart from the server that serves it. */
const appFiles = ["src/app.ts", "src/app.js", "app.ts", "app.js"];

/**
 * Finds the module whose routes can be read: what `deno serve` serves, the file of the app, or the program that the script
 * starts.
 */
export function findApp(directory: string, { text }: Script): string | undefined {
  const [started] = text.split(/["'\s]/).filter((word) => /\.m?[jt]sx?$/.test(word));
  const isServed = /\bdeno\s+serve\b/.test(text);
  const names = started === undefined ? appFiles : isServed ? [started] : [...appFiles, started];
  const files = names.map((name) => path.resolve(directory, name));
  // To load another program would start it.
  return files.find(
    (file) => existsSync(file) && (isServed || appFiles.includes(path.relative(directory, file)) || startsServer(file)),
  );
}

export interface ScriptInput {
  readonly directory: string;
  readonly script: Script;
  /** Port that the script is told. It may listen on another one. */
  readonly port: number;
  readonly variables: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  readonly onErrorLine: (line: string) => void;
}

/** An address that a server prints when it listens. Only its port matters. */
const printedAddress = /https?:\/\/(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):(\d+)/;

/**
 * Runs the script with the variables in its environment. It is ready when it prints its address, or listens on the port
 * that it was told.
 */
export async function startScript(input: ScriptInput): Promise<Server> {
  const { directory, script, port, variables, onLine, onErrorLine } = input;
  const { promise: ready, resolve } = Promise.withResolvers<string | undefined>();
  const observe = (line: string): void => {
    const [, printed] = printedAddress.exec(line) ?? [];
    if (printed !== undefined) resolve(`http://127.0.0.1:${printed}`);
  };
  const timer = setInterval(() => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(`http://127.0.0.1:${port}`));
    socket.once("connect", () => socket.destroy());
    socket.once("error", () => {});
  }, pollMilliseconds);
  void ready.then(() => clearInterval(timer));
  const child = await startChild({
    command: script.command,
    args: script.args,
    cwd: directory,
    env: {
      ...process.env,
      ...variables,
      PATH: [path.join(directory, "node_modules/.bin"), process.env.PATH].join(path.delimiter),
      PORT: String(port),
      // Deno listens there, whatever the script says.
      DENO_SERVE_ADDRESS: `tcp:127.0.0.1:${port}`,
    },
    onLine(line) {
      observe(line);
      onLine(line);
    },
    onErrorLine(line) {
      observe(line);
      onErrorLine(line);
    },
  }).catch((error: unknown) => {
    clearInterval(timer);
    throw error;
  });
  void child.ended.then(() => resolve(undefined));
  return { ...child, ready, hasLostPort: () => false, hasMistake: () => false };
}
