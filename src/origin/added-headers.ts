import type { Reason } from "../common/denial.ts";
import * as limits from "../common/limits.ts";
import type { Address } from "../http/call.ts";
import type { Principal } from "../token/principal.ts";
import { writeIdentity } from "./identity.ts";
import { countBytes, type HeaderList } from "./request-headers.ts";

/**
 * Lists the headers that the gate adds for the origin: the caller, and the address of the client's request. An origin
 * at another address does not know that address, and an origin behind plain HTTP would put it in wrong links.
 *
 * @param address of the client's request
 * @param principal `undefined` on public routes
 * @param reported why policy denied the request, in report mode
 * @returns `undefined` if the headers would exceed `limits.addedHeaderBytes`
 */
export function listAddedHeaders(
  { host, protocol }: Address,
  principal: Principal | undefined,
  reported: Reason | undefined,
): HeaderList | undefined {
  const headers: HeaderList = [
    ["x-forwarded-host", host],
    ["x-forwarded-proto", protocol.slice(0, -1)],
    ...(reported === undefined ? [] : [["x-entra-reported", reported] as const]),
  ];
  const roomBytes = limits.addedHeaderBytes - countBytes(headers);
  const identity = principal === undefined ? [] : identityHeaders(principal, roomBytes);
  return identity === undefined || roomBytes < 0 ? undefined : [...headers, ...identity];
}

/** The headers for a principal, and the size for which they were written. */
interface Written {
  readonly headers: HeaderList | undefined;
  readonly roomBytes: number;
}

const cache = createIdentityCache<Written>(limits.identityCacheBytes);
/** Memory of the arrays and string headers for one principal's headers. */
const frameBytes = 512;

/**
 * Writes the identity headers once for each principal, see {@link writeIdentity}.
 *
 * @param roomBytes for all names and values together
 */
export function identityHeaders(principal: Principal, roomBytes: number): HeaderList | undefined {
  const known = cache.get(principal);
  // The available size depends on the host name of the request, which rarely changes.
  if (known?.roomBytes === roomBytes) return known.headers;
  const headers = writeIdentity(principal, roomBytes);
  cache.set(principal, { headers, roomBytes }, frameBytes + countBytes(headers ?? []));
  return headers;
}

/** A size-limited cache of identity headers. Its entries can be removed before the known token. */
export interface IdentityCache<T> {
  get(principal: Principal): T | undefined;
  /** @param bytes estimated memory of the value */
  set(principal: Principal, value: T, bytes: number): void;
}

/**
 * Creates an empty cache. When it is full, it is cleared: it has no order by which to remove single entries.
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
