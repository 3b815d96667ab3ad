import type { Io } from "../../base/common/io.ts";
import type { KeyStore } from "../keys/key-store.ts";
import type { Caller } from "../token/caller.ts";

/** Writes the value of `Server-Timing` for one caller (W3C Server Timing). */
export type WriteServerTiming = (caller: Caller) => string;

/**
 * Creates a function that says where the keys for a caller came from, and how old the isolate is. `entra-gate smoke
 * --measure` reads this value. It names no tenant, key or caller.
 *
 * @param io clock
 * @param keysOf returns the keys of an authority in this isolate
 */
export function createServerTiming(
  io: Pick<Io, "now">,
  keysOf: (authority: string) => Pick<KeyStore, "describe">,
): WriteServerTiming {
  /** Of the first request that is measured. Module scope has no clock. */
  let isolate: { readonly id: string; readonly startedMs: number } | undefined;
  return ({ keys, identity }) => {
    const nowMs = io.now();
    isolate ??= { id: crypto.randomUUID().slice(0, 8), startedMs: nowMs };
    const states = keysOf(identity.authority).describe();
    const set = states.findLast(({ source }) => source.includes(`/${identity.tid}/`));
    return [
      `entra-gate-keys;desc="${keys}"`,
      `entra-gate-set;desc="${set?.from ?? "none"}";dur=${(set?.ageSeconds ?? 0) * 1_000}`,
      `entra-gate-isolate;desc="${isolate.id}";dur=${nowMs - isolate.startedMs}`,
    ].join(", ");
  };
}
