import type { Mode } from "./observation.ts";

/** How a gate, or an App that serves itself, gets its requests, and whether it sends them on. */
export interface Serving {
  /** Cloudflare Workers: requests are for hosts of a zone, and the zone may have an origin of its own. */
  readonly onWorkers: boolean;
  /** Whether any request can go to the origin in a mode. */
  forwards(mode: Mode): boolean;
}
