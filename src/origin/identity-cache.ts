import type { Principal } from "../token/principal.ts";

/** What was written for principals, bounded: a token that is remembered does not keep it for as long as itself. */
export interface IdentityCache<T> {
  get(principal: Principal): T | undefined;
  /** @param bytes what the value takes in memory, estimated */
  set(principal: Principal, value: T, bytes: number): void;
}

/**
 * Makes an empty cache. When it is full it begins anew: it holds no principal, so there is nothing to drop one by one.
 *
 * @param bytesMaximum of all values together
 */
export function createIdentityCache<T>(bytesMaximum: number): IdentityCache<T> {
  let values = new WeakMap<Principal, T>();
  let takenBytes = 0;
  return {
    get: (principal) => values.get(principal),
    set(principal, value, bytes) {
      if (takenBytes + bytes > bytesMaximum) {
        values = new WeakMap();
        takenBytes = 0;
      }
      values.set(principal, value);
      takenBytes += bytes;
    },
  };
}
