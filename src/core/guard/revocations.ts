import type { Denial } from "../../base/common/denial.ts";
import type { Background, Io } from "../../base/common/io.ts";
import type { ConfigChecker } from "../config/config.ts";
import type { Environment } from "../config/variables.ts";
import type { Identity } from "../token/identity.ts";
import type { RevocationsProvider } from "./entra-options.ts";

/** The interface of a provider to the gate. */
export interface RevocationsFactory extends ConfigChecker {
  /** Creates the list of one environment. Does no I/O. */
  createList(parts: {
    readonly io: Io;
    readonly environment: Environment;
    /** Names of the gate's authorities. */
    readonly authorities: readonly string[];
  }): RevocationList;
}

/** Returns the interface of a provider, whose creator has been checked with the options. */
export function readRevocationsProvider(provider: RevocationsProvider | undefined): RevocationsFactory | undefined {
  return provider as RevocationsFactory | undefined;
}

/** The list of revoked callers, for one environment. */
export interface RevocationList {
  /** Identifies the rules in memory. Another edition has other rules. `undefined` before the first good list. */
  readonly edition: object | undefined;
  /** Whether these rules are in memory, and recent: `check` would find the same. */
  isCurrent(edition: object | undefined, nowMs: number): boolean;
  /**
   * Checks a verified caller.
   *
   * @param background keeps the renewal of the list alive after the response
   * @returns the denial, or `undefined`; a promise only if the list must be read first
   */
  check(identity: Identity, background: Background): Denial | undefined | Promise<Denial | undefined>;
}
