import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { bundleWorker } from "../test/support/bundle.ts";
import { readLibrary } from "../tools/package/library.ts";

// Its main module is CommonJS, but its types declare an ES module.
const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };

/** Workers in their own raw workerd, without a tool between the load and the workers. */
export interface RawWorkers {
  /** Ports of 127.0.0.1, in the order of the workers. */
  readonly ports: readonly number[];
  /** Port of 127.0.0.1 for a debugger; 0 if none may attach. */
  readonly inspectorPort: number;
  /** Process id. The processor time and the memory of the process are those of the workers. */
  readonly pid: number;
  /** Bundles of the workers. */
  readonly codes: readonly string[];
  stop(): Promise<void>;
}

/** One worker in its own raw workerd. */
export interface RawWorker extends Omit<RawWorkers, "ports"> {
  /** Origin, without a slash at the end. */
  readonly url: string;
}

/** How a workerd runs. */
export interface RawOptions {
  /** Whether a debugger may attach. */
  readonly inspects?: boolean | undefined;
  /** Flags of the JavaScript engine, for example `--max-heap-size=128`. */
  readonly v8Flags?: readonly string[] | undefined;
  /** If given, is called with each line that workerd prints. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Whether the bundles have names and lines of `src`, for a profile. */
  readonly keepsNames?: boolean;
  /** Origins of servers that keep the Cache API of each worker. Without one, the worker has no cache. */
  readonly caches?: readonly (string | undefined)[] | undefined;
}

/**
 * Starts `workerd serve` with workers on loopback, each of which has an isolate and a port of its own. Without `onLine`
 * their log is discarded, because a program that reads it would compete for the same two cores.
 *
 * @param entries paths of the workers, relative to the root of the project
 * @param vars text bindings of each
 */
export async function startRawWorkers(
  entries: readonly string[],
  vars: Readonly<Record<string, string>>,
  { inspects = false, v8Flags = [], onLine, keepsNames = false, caches = [] }: RawOptions = {},
): Promise<RawWorkers> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "entra-gate-bench-"));
  const codes: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const { code } = await bundle(entry, keepsNames);
    codes.push(code);
    await writeFile(path.join(directory, `worker${index}.js`), code);
  }
  await writeFile(path.join(directory, "config.capnp"), writeConfig(vars, entries.length, v8Flags, caches));
  const inspector = inspects ? ["--inspector-addr=127.0.0.1:0"] : [];
  const control = ["--experimental", "--control-fd=3"];
  const command = [workerd, "serve", ...control, ...inspector, path.join(directory, "config.capnp")];
  // Into a pipe, workerd would print many lines at a time, and lose the last ones.
  const [program = "", ...args] = onLine === undefined ? command : ["stdbuf", "-oL", ...command];
  const running = spawn(program, args, {
    stdio: ["ignore", onLine === undefined ? "ignore" : "pipe", "inherit", "pipe"],
  });
  if (onLine !== undefined) createInterface({ input: running.stdout as Readable }).on("line", onLine);
  const listening = await readPorts(running.stdio[3] as Readable, entries.length, inspects);
  return {
    ...listening,
    pid: running.pid ?? 0,
    codes,
    async stop() {
      running.kill("SIGKILL");
      await once(running, "exit");
      await rm(directory, { recursive: true });
    },
  };
}

/** Starts one worker. */
export async function startRawWorker(
  entry: string,
  vars: Readonly<Record<string, string>>,
  options: RawOptions = {},
): Promise<RawWorker> {
  const { ports, ...worker } = await startRawWorkers([entry], vars, options);
  return { url: `http://127.0.0.1:${ports[0]}`, ...worker };
}

const bundles = new Map<string, ReturnType<typeof bundleWorker>>();

function bundle(entry: string, keepsNames: boolean): ReturnType<typeof bundleWorker> {
  const key = `${entry} ${keepsNames}`;
  const known = bundles.get(key) ?? (keepsNames ? bundleWorker(entry) : bundlePublished(entry));
  bundles.set(key, known);
  return known;
}

let library: ReturnType<typeof readLibrary> | undefined;

/** Bundles a worker as its users deploy it: with the modules of the package. */
async function bundlePublished(entry: string): ReturnType<typeof bundleWorker> {
  library ??= readLibrary();
  return bundleWorker(entry, { minify: true, library: await library });
}

function writeConfig(
  vars: Readonly<Record<string, string>>,
  count: number,
  v8Flags: readonly string[],
  caches: readonly (string | undefined)[],
): string {
  const bindings = Object.entries(vars).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  const indexes = Array.from({ length: count }, (_, index) => index);
  const services = indexes.map((index) => {
    const cache = caches[index] && new URL(caches[index]).host;
    const cacheService = cache ? `(name = "cache${index}", external = (address = "${cache}", http = ())),` : "";
    return `(name = "worker${index}", worker = (
      modules = [(name = "worker.js", esModule = embed "worker${index}.js")],
      compatibilityDate = "2026-11-02",
      bindings = [${bindings.join(", ")}],
      ${cache ? `cacheApiOutbound = "cache${index}",` : ""}
    )),${cacheService}`;
  });
  const sockets = indexes.map(
    (index) => `(name = "http${index}", address = "127.0.0.1:0", http = (), service = "worker${index}"),`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join("\n    ")}
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [${sockets.join("\n    ")}],
  v8Flags = ${JSON.stringify(v8Flags)},
);
`;
}

/** Reads the port of each socket and of the debugger, which workerd reports as it starts to listen. */
async function readPorts(
  control: Readable,
  count: number,
  inspects: boolean,
): Promise<Pick<RawWorkers, "ports" | "inspectorPort">> {
  const ports: number[] = [];
  let inspectorPort = 0;
  for await (const line of createInterface({ input: control })) {
    const { event, socket, port } = JSON.parse(line);
    if (event === "listen") ports[Number(socket.replace("http", ""))] = port;
    if (event === "listen-inspector") inspectorPort = port;
    if (Object.keys(ports).length === count && (!inspects || inspectorPort !== 0)) return { ports, inspectorPort };
  }
  throw new Error("workerd ended before it listened");
}
