import { Worker } from "node:worker_threads";
import type { Order, Outcome, Plan } from "./pacer.ts";

/** A thread that sends requests. The caller's thread measures the processor time of the worker. */
export interface Pacer {
  /** Prepares the requests to a path under a name, one for each token. */
  prepare(name: string, path: string, tokens: readonly string[]): Promise<void>;
  /** @throws Error if an answer is not as expected */
  run(plan: Plan): Promise<Outcome>;
  stop(): Promise<number>;
}

/** So that the pacer collects garbage rarely. */
const youngMegabytes = 256;

/** Starts a pacer. */
export function startPacer(): Pacer {
  const worker = new Worker(new URL("./pacer.ts", import.meta.url), {
    resourceLimits: { maxYoungGenerationSizeMb: youngMegabytes, maxOldGenerationSizeMb: 4_096 },
  });
  const ask = (order: Order) =>
    new Promise<unknown>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (answer) => {
        worker.off("error", reject);
        if (answer instanceof Error) reject(answer);
        else resolve(answer);
      });
      worker.postMessage(order);
    });
  return {
    prepare: async (name, path, tokens) => void (await ask({ name, path, tokens })),
    run: (plan) => ask({ plan }) as Promise<Outcome>,
    stop: () => worker.terminate(),
  };
}
