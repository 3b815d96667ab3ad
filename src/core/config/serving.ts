import type { Mode } from "./observation.ts";

/** A route, or a name in its messages, as far as options check where it forwards, and for whom. */
export interface ServedRoute {
  readonly name: string;
  /** An authority other than `default` whose callers may call it. */
  readonly foreignAuthority: string | undefined;
  /** `undefined` if it does not forward. */
  readonly forwarding: { readonly to?: string | undefined } | undefined;
}

/** How a gate, or an App that serves itself, receives requests, and whether it forwards them. */
export interface Serving {
  /**
   * Whether the runtime is Cloudflare Workers: requests are for hosts of a zone, and the zone may have its own origin
   * server.
   */
  readonly onWorkers: boolean;
  /** Whether any request can be forwarded in a mode, to the origin without a name. */
  forwards(mode: Mode): boolean;
  /** Whether a worker in the same script is the origin without a name. */
  readonly hasWorker?: boolean;
  /**
   * Names of the origins to which routes forward; `undefined` for the one without a name. Absent if the routes are not
   * declared yet.
   */
  readonly origins?: (() => ReadonlySet<string | undefined>) | undefined;
  /** The routes that are declared, and requests without a route if they are forwarded. */
  routes?(): readonly ServedRoute[];
}
