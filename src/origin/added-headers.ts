import type { Reason } from "../denial.ts";
import type { Address } from "../http/call.ts";
import * as limits from "../limits.ts";
import type { Principal } from "../token/principal.ts";
import { writeIdentity } from "./identity.ts";
import { countBytes, type HeaderList } from "./request-headers.ts";

/**
 * Lists what the gate tells the origin: who calls, and where the client's request was addressed to. An origin under another
 * address cannot know that otherwise, and one behind plain HTTP makes its links of it.
 *
 * @param address of the client's request
 * @param principal `undefined` on public routes
 * @param reported why policy would have refused the request, in report mode
 * @returns `undefined` where it would be more than `limits.addedHeaderBytes`
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

/** What was written for a principal, and within how many bytes. */
interface Written {
  readonly headers: HeaderList | undefined;
  readonly roomBytes: number;
}

const cache = createIdentityCache<Written>(limits.identityCacheBytes);
/** Arrays and string headers around the text of one principal's headers. */
const frameBytes = 512;

/**
 * Writes who calls, once for each principal, see {@link writeIdentity}.
 *
 * @param roomBytes of all names and values together
 */
export function identityHeaders(principal: Principal, roomBytes: number): HeaderList | undefined {
  const known = cache.get(principal);
  // The room depends on the host that the request names, mostly the same.
  if (known?.roomBytes === roomBytes) return known.headers;
  const headers = writeIdentity(principal, roomBytes);
  cache.set(principal, { headers, roomBytes }, frameBytes + countBytes(headers ?? []));
  return headers;
}

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
