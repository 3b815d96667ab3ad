import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { PortTakenError } from "../../../cli/common/loopback.ts";
import { startProcess } from "../deno/process.ts";
import type { Place, ServerPart } from "../stack.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const listening = /^Listening on ([\d.]+:\d+)$/;

/** Bun's binary, as npm installed it. Only an install script would link its command, and none runs. */
export const bunCommand = path.join(
  root,
  `node_modules/@oven/bun-${process.platform}-${process.arch === "arm64" ? "aarch64" : process.arch}/bin/bun`,
);

const commands = { Node: process.execPath, Bun: bunCommand } as const;

/**
 * Runs a gate with the file that docs/how-to/run-on-node.md or run-on-bun.md tells readers to save. Throws
 * PortTakenError.
 *
 * @param runtime of the page
 * @param entry of the gate, relative to the root of the project
 * @param vars its whole environment
 * @param command that starts the runtime
 * @param project folder whose packages the file imports
 * @param port 0 for a free port
 * @param place where it listens, and what gets its log
 */
export async function serveByFile(
  runtime: keyof typeof commands,
  entry: string,
  vars: Readonly<Record<string, string>>,
  command: string = commands[runtime],
  project = root,
  port = 0,
  { host = "127.0.0.1", onLine, onMessage }: Place = {},
): Promise<ServerPart> {
  const name = `docs/how-to/run-on-${runtime.toLowerCase()}.md`;
  const page = await readFile(path.join(root, name), "utf8");
  const [, program] = /^Save this file as `serve\.ts`[\s\S]*?```ts\n([\s\S]*?)```/m.exec(page) ?? [];
  if (program === undefined) throw new Error(`${name} has no program`);
  const directory = await mkdtemp(path.join(os.tmpdir(), "entra-gate-serve-"));
  await symlink(path.join(project, "node_modules"), path.join(directory, "node_modules"));
  await writeFile(path.join(directory, "package.json"), '{ "type": "module" }');
  const file = path.join(directory, "serve.ts");
  await writeFile(file, program.replace("./worker.ts", path.resolve(root, entry)));
  let url = "";
  const { terminate, stop } = await startProcess(
    [command, file],
    { env: { ...vars, HOST: host, PORT: String(port) }, ...(onLine && { onLine }), ...(onMessage && { onMessage }) },
    (line) => {
      const [, address] = listening.exec(line) ?? [];
      if (address !== undefined) url = `http://${address}`;
      return address !== undefined;
    },
  ).catch((error: Error) => {
    throw error.message.includes("EADDRINUSE") ? new PortTakenError(port) : error;
  });
  return {
    url,
    terminate,
    async stop() {
      await stop();
      await rm(directory, { recursive: true });
    },
  };
}
