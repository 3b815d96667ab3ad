import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { api, tenants } from "../../entra/directory/directory.ts";
import { bundleWorkerOnce } from "./bundle.ts";
import { type HttpAnswer, sendRequest } from "./http.ts";

/** Two isolates of one gate in one workerd, with the same Durable Objects. */
export interface LimitedIsolates {
  /** Sends requests to both in turn, all at once. */
  askAtOnce(path: "/global" | "/local", count: number): Promise<readonly HttpAnswer[]>;
  stop(): Promise<void>;
}

const names = ["east", "west"] as const;
const socket = { host: "127.0.0.1", port: 0 };

/**
 * @param storage directory in which the objects outlive a restart
 * @param withBinding binds RATE_LIMITER, 100 in 60 s
 */
export async function startLimitedIsolates(storage: string, withBinding: boolean): Promise<LimitedIsolates> {
  const code = await bundleWorkerOnce("test/gates/limited.ts");
  const workers = names.map(
    (name): V4WorkerOptions => ({
      name,
      compatibilityDate: "2026-10-12",
      compatibilityFlags: ["nodejs_compat"],
      modules: [{ type: "ESModule", path: "worker.js", contents: code }],
      unsafeDirectSockets: [socket],
      bindings: {
        ENTRA_TENANT_ID: tenants.contoso.id,
        ENTRA_API_AUDIENCE: api.clientId,
        ENTRA_REQUIRED_SCOPE: "access_as_user",
      },
      durableObjects: { GLOBAL_LIMITER: { className: "GlobalLimiter", scriptName: names[0], useSQLite: true } },
      ...(withBinding && { ratelimits: { RATE_LIMITER: { namespace_id: "1", simple: { limit: 100, period: 60 } } } }),
    }),
  );
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({
      host: socket.host,
      cf: false,
      logRequests: false,
      handleStructuredLogs() {},
      workers,
    }),
    resourcePersistencePath: storage,
  });
  const origins = await Promise.all(names.map(async (name) => (await miniflare.unsafeGetDirectURL(name)).origin));
  return {
    askAtOnce: (path, count) =>
      Promise.all(Array.from({ length: count }, (_, index) => sendRequest(origins[index % names.length]!, { path }))),
    stop: () => miniflare.dispose(),
  };
}
