import type { MiniflareBinding, MiniflareOptions } from "miniflare";
import { PortTakenError, serve } from "../../cli/common/loopback.ts";
import { quietEnvironment } from "../../cli/project/quiet.ts";

// Miniflare reads them when it loads.
Object.assign(process.env, quietEnvironment);
const { Miniflare, MiniflareCoreError } = await import("miniflare");

/** As in wrangler.toml. */
const compatibilityDate = "2026-10-12";
const compatibilityFlags = ["nodejs_compat"];

export interface WorkerInput {
  readonly name: string;
  readonly code: string;
  /** 0 for any free port. */
  readonly port: number;
  readonly vars: Readonly<Record<string, string>>;
  /** Bindings, in addition to the variables. */
  readonly bindings?: Readonly<Record<string, MiniflareBinding>>;
  /** Folder of static assets for the binding ASSETS. The worker runs first. */
  readonly assets?: string;
  /** Name of a neighbor that gets its spans as they happen: a streaming tail worker. */
  readonly tail?: string;
  /** Gets what the worker logs. Without it, the lines are printed. */
  readonly onLog?: (line: string) => void;
}

export interface WorkerProcess {
  /** Origin, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Workers that run in one workerd. */
export interface WorkerGroup {
  /** Origins of the workers, in their order. */
  readonly urls: readonly string[];
  stop(): Promise<void>;
}

/** Runs a worker in its own workerd, on loopback only. Throws PortTakenError. */
export async function startWorker(input: WorkerInput): Promise<WorkerProcess> {
  const { urls, stop } = await startWorkers([input], input.onLog);
  return { url: urls[0]!, stop };
}

/**
 * Runs workers in one workerd, on loopback only. Throws PortTakenError.
 *
 * @param onLog gets what they log; without it, the lines are printed
 */
export async function startWorkers(
  inputs: readonly WorkerInput[],
  onLog?: (line: string) => void,
): Promise<WorkerGroup> {
  const miniflare = new Miniflare(createOptions(inputs, onLog));
  try {
    const urls = [];
    for (const { name } of inputs) urls.push((await miniflare.unsafeGetDirectURL(name)).origin);
    return { urls, stop: () => miniflare.dispose() };
  } catch (error) {
    await miniflare.dispose().catch(() => {});
    if (!isPortTaken(error)) throw error;
    // Miniflare does not say which port is taken.
    for (const { port } of inputs) await (await serve(() => {}, port)).stop();
    // It is free again: a connection of another process had it for a moment.
    throw new PortTakenError(inputs[0]!.port);
  }
}

function createOptions(inputs: readonly WorkerInput[], onLog?: (line: string) => void): MiniflareOptions {
  return {
    host: "127.0.0.1",
    cf: false,
    logRequests: false,
    ...(onLog && { handleStructuredLogs: ({ message }) => onLog(message) }),
    enableDevRegistry: false,
    telemetry: { enabled: false },
    workers: inputs.map(createWorker),
  };
}

/** Uses a direct socket, because Miniflare's main socket adds headers before the worker gets the request. */
function createWorker({
  name,
  code,
  port,
  vars,
  bindings,
  assets,
  tail,
}: WorkerInput): NonNullable<MiniflareOptions["workers"]>[number] {
  const texts = Object.entries(vars).map(([key, value]) => [key, { type: "text", value }]);
  return {
    config: {
      name,
      compatibilityDate,
      compatibilityFlags,
      manifest: {
        mainModule: "worker.js",
        modulesRoot: import.meta.dirname,
        modules: { "worker.js": { type: "esm", contents: code } },
      },
      env: { ...Object.fromEntries(texts), ...bindings, ...(assets !== undefined && { ASSETS: { type: "assets" } }) },
      ...(tail !== undefined && { tailConsumers: [{ worker: tail, streaming: true }] }),
      ...(assets !== undefined && { assets: { directory: assets, hasUserWorker: true, runWorkerFirst: true } }),
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port }] },
  };
}

function isPortTaken(error: unknown): boolean {
  return error instanceof MiniflareCoreError && error.code === "ERR_ADDRESS_IN_USE";
}
