import { fork } from "node:child_process";
import path from "node:path";
import { deserialize, serialize } from "node:v8";
import { ForksPoolWorker, type PoolOptions, type WorkerRequest } from "vitest/node";
import { denoCommand, denoFlags } from "./command.ts";

/** A pool of vitest with processes of Deno, which run the tests and the code under test. */
export const denoPool = {
  name: "deno",
  createPoolWorker: (options: PoolOptions) => new DenoPoolWorker(options),
};

class DenoPoolWorker extends ForksPoolWorker {
  override readonly name = "deno";

  override async start(): Promise<void> {
    const process = fork(path.join(import.meta.dirname, "pool-worker.ts"), [], {
      env: this.env as NodeJS.ProcessEnv,
      execPath: denoCommand,
      execArgv: ["run", ...denoFlags, "--allow-all"],
      stdio: "pipe",
    });
    // The base class would start Node if there is no process yet.
    Object.assign(this, { _fork: process });
    await super.start();
  }

  override send(message: WorkerRequest): void {
    super.send(serialize(message).toString("base64") as unknown as WorkerRequest);
  }

  override deserialize(text: unknown): unknown {
    return deserialize(Buffer.from(text as string, "base64"));
  }
}
