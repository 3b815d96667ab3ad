// Runs the program `@modelcontextprotocol/conformance`.
import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { conformanceCallback } from "../../../../entra/directory/mcp-client.ts";
import { signIn } from "../browser.ts";
import type { McpWorld } from "../world.ts";

const program = path.resolve("node_modules/@modelcontextprotocol/conformance/dist/index.js");

/**
 * Results of a run: the status of each check, and why it failed, by its scenario and name, with a number if it occurs
 * more than once.
 */
export interface Results {
  /** Whether all passed that the revision requires. */
  readonly conforms: boolean;
  readonly statuses: ReadonlyMap<string, string>;
}

/** Runs all scenarios that a revision requires, and those that it does not score. */
export async function checkServer(url: string, revision: string): Promise<Results> {
  const options = ["server", "--url", url, "--requirements", revision];
  return readResults(async (folder) => {
    const run = promisify(execFile)(process.execPath, [program, ...options, "--output-dir", folder], {
      maxBuffer: 1e7,
    });
    return run.then(
      () => true,
      () => false,
    );
  });
}

/** What each of the checks for authorization servers has to say. */
export const authorizationChecks: Results = {
  conforms: true,
  statuses: new Map(
    [
      "authorization-code-grant authorization-code-grant AuthorizationCodeGrant 1",
      "authorization-server-metadata-endpoint authorization-server-metadata AuthorizationServerMetadata 1",
      "authorization-server-metadata-endpoint authorization-server-metadata-cimd AuthorizationServerMetadataCIMD 1",
    ].map((check) => [`authorization-server-${check}`, "SUCCESS"]),
  ),
};

const { port } = new URL(conformanceCallback);

/** Runs the scenarios for authorization servers, and signs in for the program. */
export async function checkAuthorization({ url, trace }: McpWorld, clientId: string): Promise<Results> {
  const { origin } = new URL(url);
  const options = ["authorization", "--url", origin, "--client-id", clientId, "--port", port];
  const turn = await waitForTurn();
  const results = readResults(async (folder) => {
    const child = spawn(process.execPath, [program, ...options, "--output-dir", folder], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<boolean>((resolve) => child.on("close", (code) => resolve(code === 0)));
    try {
      for await (const line of createInterface(child.stdout)) {
        if (line.startsWith(`${origin}/authorize?`)) await giveCode(await signIn(trace, new URL(line)));
      }
      return await ended;
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  });
  return results.finally(() => turn.close());
}

/** The program prints where to sign in before it waits for the code. */
async function giveCode(callback: string | URL): Promise<void> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      await fetch(callback);
      return;
    } catch (error) {
      if (attempts === 100) throw error;
      await delay(100);
    }
  }
}

/**
 * Waits until no other process runs the program: its port is registered, and so always the same. A taken port is the
 * lock.
 */
async function waitForTurn(): Promise<Server> {
  for (;;) {
    const lock = createServer();
    const { promise, resolve } = Promise.withResolvers<boolean>();
    lock.once("listening", () => resolve(true)).once("error", () => resolve(false));
    lock.listen(Number(port) + 1, "127.0.0.1");
    if (await promise) return lock;
    await delay(100);
  }
}

async function readResults(run: (folder: string) => Promise<boolean>): Promise<Results> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "entra-gate-conformance-"));
  try {
    const conforms = await run(folder);
    const statuses = new Map<string, string>();
    for (const result of await readdir(folder)) {
      const scenario = result.replace(/-\d{4}-\d\d-\d\dT[\dZ-]+$/, "");
      const checks = JSON.parse(await readFile(path.join(folder, result, "checks.json"), "utf8"));
      const count = new Map<string, number>();
      for (const { id, name, status, errorMessage } of checks) {
        const check = `${scenario} ${id} ${name}`;
        count.set(check, (count.get(check) ?? 0) + 1);
        statuses.set(`${check} ${count.get(check)}`, [status, ...(errorMessage ? [errorMessage] : [])].join(": "));
      }
    }
    return { conforms, statuses };
  } finally {
    await rm(folder, { recursive: true });
  }
}
