import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { bundleWorker } from "../dev/bundle.ts";
import { findFreePort } from "../dev/loopback.ts";

// Its main module is CommonJS that pretends to be none.
const { default: workerd } = createRequire(import.meta.url)("workerd") as { default: string };

/** A worker in a raw workerd of its own: no tool stands between the load and the worker. */
export interface RawWorker {
  /** Origin, without a slash at the end. */
  readonly url: string;
  /** Process id, whose resident memory is the worker's. */
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts `workerd serve` with one worker on loopback. Its log goes nowhere: a console that is read is a second program
 * that competes for the same two cores.
 *
 * @param entry path of the worker, relative to the root of the project
 * @param vars text bindings
 * @param inspectorPort where given, a debugger may attach there
 * @param v8Flags of the JavaScript engine, `--max-heap-size=128` for one
 */
export async function startRawWorker(
  entry: string,
  vars: Readonly<Record<string, string>>,
  inspectorPort?: number,
  v8Flags: readonly string[] = [],
): Promise<RawWorker> {
  const { code } = await bundleWorker(entry, { minify: true });
  const directory = await mkdtemp(path.join(os.tmpdir(), "entra-gate-bench-"));
  const port = await findFreePort();
  await writeFile(path.join(directory, "worker.js"), code);
  await writeFile(path.join(directory, "config.capnp"), writeConfig(vars, port, v8Flags));
  const inspector = inspectorPort === undefined ? [] : [`--inspector-addr=127.0.0.1:${inspectorPort}`];
  const running = spawn(workerd, ["serve", "--experimental", ...inspector, path.join(directory, "config.capnp")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const url = `http://127.0.0.1:${port}`;
  await waitUntilUp(port);
  return {
    url,
    pid: running.pid ?? 0,
    async stop() {
      running.kill("SIGKILL");
      await once(running, "exit");
      await rm(directory, { recursive: true });
    },
  };
}

function writeConfig(vars: Readonly<Record<string, string>>, port: number, v8Flags: readonly string[]): string {
  const bindings = Object.entries(vars).map(
    ([name, text]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      compatibilityDate = "2026-11-02",
      bindings = [${bindings.join(", ")}],
    )),
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
  v8Flags = ${JSON.stringify(v8Flags)},
);
`;
}

async function waitUntilUp(port: number): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const socket = connect(port, "127.0.0.1");
    const up = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (up) return;
    await setTimeout(25);
  }
  throw new Error(`no worker listens on port ${port}`);
}
