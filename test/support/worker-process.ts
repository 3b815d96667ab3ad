import type { MiniflareOptions } from "miniflare";
import { PortTakenError } from "../../cli/common/loopback.ts";
import { quietEnvironment } from "../../cli/dev/quiet.ts";

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
  /** Folder of static assets for the binding ASSETS. The worker runs first. */
  readonly assets?: string;
  /** Gets what the worker logs. Without it, the lines are printed. */
  readonly onLog?: (line: string) => void;
}

export interface WorkerProcess {
  /** Origin, without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Runs a worker in its own workerd, on loopback only. Throws PortTakenError. */
export async function startWorker(input: WorkerInput): Promise<WorkerProcess> {
  const miniflare = new Miniflare(createOptions(input));
  const url = await miniflare.unsafeGetDirectURL(input.name).catch(async (error: unknown) => {
    await miniflare.dispose().catch(() => {});
    throw isPortTaken(error) ? new PortTakenError(input.port) : error;
  });
  return {
    url: url.origin,
    stop: () => miniflare.dispose(),
  };
}

/** Uses a direct socket, because Miniflare's main socket adds headers before the worker gets the request. */
function createOptions({ name, code, port, vars, assets, onLog }: WorkerInput): MiniflareOptions {
  const texts = Object.entries(vars).map(([key, value]) => [key, { type: "text", value }]);
  return {
    host: "127.0.0.1",
    cf: false,
    logRequests: false,
    ...(onLog && { handleStructuredLogs: ({ message }) => onLog(message) }),
    enableDevRegistry: false,
    telemetry: { enabled: false },
    workers: [
      {
        config: {
          name,
          compatibilityDate,
          compatibilityFlags,
          manifest: {
            mainModule: "worker.js",
            modulesRoot: import.meta.dirname,
            modules: { "worker.js": { type: "esm", contents: code } },
          },
          env: { ...Object.fromEntries(texts), ...(assets !== undefined && { ASSETS: { type: "assets" } }) },
          ...(assets !== undefined && { assets: { directory: assets, hasUserWorker: true, runWorkerFirst: true } }),
        },
        dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port }] },
      },
    ],
  };
}

function isPortTaken(error: unknown): boolean {
  return error instanceof MiniflareCoreError && error.code === "ERR_ADDRESS_IN_USE";
}
