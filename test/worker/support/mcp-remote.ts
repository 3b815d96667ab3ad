import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { signIn } from "../../support/mcp/browser.ts";
import type { McpWorld } from "../../support/mcp/world.ts";

/** `mcp-remote`, unmodified, as a host such as Claude Desktop starts it, with JSON-RPC over stdin and stdout. */
export interface McpRemote {
  /** @returns the result; throws if the response is an error, or if the program ends or the sign-in fails */
  ask(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Resolves with a line of its log, now or later. */
  readonly lineWith: (text: string) => Promise<string>;
  stop(): Promise<void>;
}

const program = path.resolve("node_modules/mcp-remote/dist/proxy.js");
const tracer = path.resolve("test/worker/support/trace-requests.ts");

/**
 * Starts it, and signs in if it asks its user to open a page. The trace of the world contains its requests.
 *
 * @param options of its command line
 * @param change what an attacker makes of the answer of the sign-in
 */
export async function startMcpRemote(
  { url, trace }: McpWorld,
  options: readonly string[],
  change = (callback: URL) => callback,
): Promise<McpRemote> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "entra-gate-mcp-remote-"));
  // Without a PATH, it finds no browser.
  const env = { PATH: "", HOME: folder, MCP_REMOTE_CONFIG_DIR: folder };
  const child = spawn(process.execPath, ["--import", tracer, program, url, ...options], { env });
  const waiting = new Map<number, (answer: { readonly result?: object; readonly error?: object }) => void>();
  const stopped = Promise.withResolvers<never>();
  const fail = (why: string) => stopped.reject(new Error(`${why}\n${logged.join("\n")}`));
  // Nobody may wait when it fails.
  stopped.promise.catch(() => {});
  child.on("exit", () => fail("mcp-remote ended"));
  const logged: string[] = [];
  const waitingForLines = new Set<() => void>();
  let lastId = 0;

  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer = JSON.parse(line);
    waiting.get(answer.id)?.(answer);
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    const [, method = "", requested = "", status] = /^sent (\S+) (\S+) (\d+)$/.exec(line) ?? [];
    if (status !== undefined) trace.note(method, requested, Number(status));
    if (/^http\S+\/authorize\?/.test(line)) {
      signIn(trace, new URL(line))
        .then((callback) => fetch(change(callback)))
        .catch((error) => fail(`the sign-in failed: ${error}`));
    }
    logged.push(line);
    for (const note of waitingForLines) note();
  });

  return {
    async ask(method, params = {}) {
      lastId += 1;
      const answered = new Promise<{ readonly result?: object; readonly error?: object }>((resolve) => {
        waiting.set(lastId, resolve);
      });
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id: lastId, method, params })}\n`);
      const { result, error } = await Promise.race([answered, stopped.promise]);
      if (error !== undefined) throw new Error(JSON.stringify(error));
      return result as Record<string, unknown>;
    },
    lineWith: (text) =>
      new Promise((resolve) => {
        const look = () => {
          const line = logged.find((each) => each.includes(text));
          if (line !== undefined) resolve(line);
        };
        waitingForLines.add(look);
        look();
      }),
    async stop() {
      child.kill();
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true });
    },
  };
}
