import type { Mode } from "./observation.ts";
import type { OriginConfig } from "./origin.ts";
import type { VariableReader } from "./variables.ts";

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
  /** The other origins to which routes forward, by their names. Absent if the routes are not declared yet. */
  origins?(): NamedOrigins;
}

/** What a configuration knows when it reads the origins that routes name. */
export interface NamedSurroundings {
  readonly canExchange: boolean;
  /** The one without a name, which is the zone's if it has no address. */
  readonly origin: OriginConfig;
  readonly serving: Serving;
  readonly mode: Mode;
}

/** The other origins to which routes forward, by their names. */
export type NamedOrigins = ReadonlyMap<string, OriginReader>;

/** Reads named origins. */
export interface OriginReader {
  /**
   * Lists a variable, and those of the origins that correspond to it.
   *
   * @param names of all variables. Without ORIGIN_URL and the binding ORIGIN, the zone is the origin without a name.
   */
  list(variable: string, origins: NamedOrigins, names: readonly string[]): readonly string[];
  /** Reads the variables of the origins. Beside them, the zone gets requests of others only if a route names it. */
  read(
    reader: VariableReader,
    origins: NamedOrigins,
    surroundings: NamedSurroundings,
  ): ReadonlyMap<string, OriginConfig>;
}
