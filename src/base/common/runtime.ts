// What differs between the runtimes.

/** Where runtimes show what they are. Reading Deno's environment requires `--allow-env`. */
interface Globals {
  readonly FixedLengthStream?: unknown;
  readonly Cloudflare?: { readonly compatibilityFlags?: Readonly<Record<string, boolean>> };
  readonly Deno?: { readonly env: { toObject(): Record<string, string> } };
  readonly process?: {
    readonly env?: Record<string, string | undefined>;
    readonly versions?: { readonly bun?: string; readonly undici?: string };
    getBuiltinModule?(name: string): unknown;
  };
  readonly navigator?: { readonly userAgent?: string };
}

const globals = globalThis as unknown as Globals;

/** Facts about a runtime that many requests need. */
export interface Runtime {
  /** Whether this is Cloudflare's runtime. The other runtimes follow the Fetch Standard. */
  readonly isWorkers: boolean;
  /**
   * Whether `fetch` passes on a compressed body of the origin unchanged. Others decompress it, and keep its
   * `Content-Encoding`.
   */
  readonly passesEncodedBodies: boolean;
  /** Whether `fetch` decodes a body even if the request has its own `Accept-Encoding`. Deno does not. */
  readonly decodesRequestedBodies: boolean;
  /** Whether a request has a stream only if it has a body. */
  readonly hasStreamOnlyForBody: boolean;
  /** Whether pipes of the platform keep the length of a body and copy it without running the script. */
  readonly hasPlatformPipes: boolean;
  /** Whether `fetch` takes at most three pieces of a body before it is connected. Deno takes up to 1,024. */
  readonly connectsBeforeBody: boolean;
  /** Whether a request to the network ends by itself when the client is gone or has its response. */
  readonly endsAbandonedRequests: boolean;
  /** Whether `cf` has the effect of `cache: "no-store"`, without the two headers that this adds. */
  readonly hasCacheRules: boolean;
  /**
   * Whether a body stays open after the response that `fetch` returned for it is collected. Node cancels it if nobody
   * reads it yet.
   */
  readonly keepsOpenBodies: boolean;
  /**
   * Whether servers print the error of a response's body. On Node and Bun, it can contain the URL of the request to the
   * origin.
   */
  readonly printsBodyErrors: boolean;
  /**
   * Whether a `Response` copies the headers that it gets. `@hono/node-server` keeps the object, so a change for one
   * response would change all that share it.
   */
  readonly copiesHeaders: boolean;
}

/** Reads what the runtime is. */
export function readRuntime(): Runtime {
  const isWorkers = globals.FixedLengthStream !== undefined;
  const isDeno = globals.Deno !== undefined;
  return {
    isWorkers,
    passesEncodedBodies: isWorkers,
    decodesRequestedBodies: !isWorkers && !isDeno,
    hasStreamOnlyForBody: isWorkers,
    hasPlatformPipes: isWorkers,
    connectsBeforeBody: isWorkers,
    endsAbandonedRequests: isWorkers,
    hasCacheRules: isWorkers,
    keepsOpenBodies: isWorkers,
    printsBodyErrors: !isWorkers && !isDeno,
    copiesHeaders: isWorkers,
  };
}

/** The runtime of this process or isolate. */
export const runtime: Runtime = readRuntime();

/** Whether the network sets `cf-connecting-ip`, and removes a client's own. */
export function setsClientAddress(): boolean {
  return globals.navigator?.userAgent === "Cloudflare-Workers";
}

/**
 * Whether `fetch` reaches only public addresses, as the Internet does. Otherwise, a request of a Worker to a host of
 * its own zone goes to the origin, past all Workers; and on other runtimes, a name can lead into a private network.
 */
export function fetchesOnlyPublic(): boolean {
  return globals.Cloudflare?.compatibilityFlags?.global_fetch_strictly_public === true;
}

/** Finds which codings the `fetch` of this runtime decodes. It leaves a body with another coding as it is. */
export function findDecoder(): { readonly names: readonly string[]; readonly decodesLists: boolean } {
  const { Deno, process } = globals;
  if (Deno !== undefined) return { names: ["gzip", "br"], decodesLists: false };
  const names = ["gzip", "x-gzip", "deflate", "br"];
  const { bun, undici = "" } = process?.versions ?? {};
  if (bun !== undefined) return { names: [...names, "zstd"], decodesLists: false };
  // The fetch of Node is undici, which decodes zstd since 7.11.
  const [major = 0, minor = 0] = undici.split(".").map(Number);
  const hasZstd = major > 7 || (major === 7 && minor >= 11);
  return { names: hasZstd ? [...names, "zstd"] : names, decodesLists: true };
}

/** Whether a fetch handler gets the environment. Deno passes facts about the connection instead. */
export function passesEnvironment(): boolean {
  return globals.Deno === undefined;
}

/**
 * Reads the variables of the process: `Deno.env`, or `process.env`, which contains variables and secrets on Workers
 * too.
 *
 * @returns `undefined` if there is no process
 * @throws if the process may not read them
 */
export function readProcessVariables(): Readonly<Record<string, unknown>> | undefined {
  const { Deno, process } = globals;
  return Deno === undefined ? process?.env : Deno.env.toObject();
}

/** @returns a module of the runtime, for example `cloudflare:workers`; `undefined` if the runtime does not have it */
export function findRuntimeModule(name: string): unknown {
  return globals.process?.getBuiltinModule?.(name);
}

/** Whether `fetch` adds `traceparent` by itself, beside one that is set: Deno's does with OpenTelemetry. */
export function sendsTraces(): boolean {
  if (globals.Deno === undefined) return false;
  try {
    return globals.process?.env?.OTEL_DENO === "true";
  } catch {
    // Without `--allow-env`, nobody can read the variable.
    return false;
  }
}
