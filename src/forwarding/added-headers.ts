import type { Reason } from "../base/common/denial.ts";
import * as limits from "../base/common/limits.ts";
import type { Address } from "../base/http/path.ts";
import type { Caller } from "../core/token/caller.ts";
import type { Identity } from "../core/token/identity.ts";
import { writeIdentity } from "./identity.ts";
import { countBytes, type HeaderList } from "./request-headers.ts";

/** What the origin is told about a request. */
export interface AddedFacts {
  /** `undefined` on public routes. */
  readonly caller: Caller | undefined;
  /** Why policy denied the request, in report mode. */
  readonly reported: Reason | undefined;
  /** Name of the caller's authority, if the gate has several. */
  readonly authority?: string | undefined;
  /** Signed for this request. */
  readonly assertion?: string | undefined;
}

/**
 * Finds how many bytes the gate may add: what Node's limit leaves after the client's own headers and the token that is
 * sent on.
 *
 * @param authorization header of the origin's request
 */
export function findRoom(authorization: string | undefined): number {
  const left = limits.originHeaderBytes - limits.clientHeaderBytes - (authorization?.length ?? 0);
  return Math.min(Math.max(left, limits.addedHeaderBytesMinimum), limits.addedHeaderBytesMaximum);
}

/**
 * Lists the headers that the gate adds for the origin: the caller, and the address of the client's request. An origin
 * at another address does not know that address, and an origin behind plain HTTP would put it in wrong links.
 *
 * @param address of the client's request
 * @param room for all names and values together, in bytes
 * @returns `undefined` if the headers do not fit
 */
export function listAddedHeaders(
  { host, protocol }: Address,
  { caller, reported, authority, assertion }: AddedFacts,
  room: number,
): HeaderList | undefined {
  const headers: HeaderList[number][] = [
    ["x-forwarded-host", host],
    ["x-forwarded-proto", protocol.slice(0, -1)],
  ];
  if (reported !== undefined) headers.push(["x-entra-reported", reported]);
  if (authority !== undefined) headers.push(["x-entra-authority", authority]);
  if (assertion !== undefined) headers.push(["x-entra-assertion", assertion]);
  const roomBytes = room - countBytes(headers);
  if (roomBytes < 0) return undefined;
  return caller === undefined ? headers : identityHeaders(caller, roomBytes)?.concat(headers);
}

/** The headers for a caller, and the size for which they were written. */
interface Written {
  readonly headers: HeaderList | undefined;
  readonly roomBytes: number;
  /** Their size, if they contain every claim. */
  readonly wholeBytes: number | undefined;
}

const cache = createIdentityCache<Written>(limits.identityCacheBytes);
/** Memory of the arrays and string headers for one caller's headers. */
const frameBytes = 512;

/**
 * Writes the identity headers once for each known token, see {@link writeIdentity}.
 *
 * @param roomBytes for all names and values together
 */
export function identityHeaders(caller: Caller, roomBytes: number): HeaderList | undefined {
  const known = cache.get(caller.identity);
  // The available size depends on the host name and the method of the request, and on its assertion.
  if (known?.roomBytes === roomBytes) return known.headers;
  if (known?.wholeBytes !== undefined && known.wholeBytes <= roomBytes) return known.headers;
  const headers = writeIdentity(caller.principal, roomBytes);
  const bytes = countBytes(headers ?? []);
  const isWhole = headers?.every(([name]) => name !== "x-entra-omitted");
  cache.set(caller.identity, { headers, roomBytes, wholeBytes: isWhole ? bytes : undefined }, frameBytes + bytes);
  return headers;
}

/** A size-limited cache of identity headers. Its entries can be removed before the known token. */
export interface IdentityCache<T> {
  get(identity: Identity): T | undefined;
  /** @param bytes estimated memory of the value */
  set(identity: Identity, value: T, bytes: number): void;
}

/**
 * Creates an empty cache. When it is full, it is cleared: it has no order by which to remove single entries.
 *
 * @param bytesMaximum of all values together
 */
export function createIdentityCache<T>(bytesMaximum: number): IdentityCache<T> {
  let values = new WeakMap<Identity, T>();
  let takenBytes = 0;
  return {
    get: (identity) => values.get(identity),
    set(identity, value, bytes) {
      if (takenBytes + bytes > bytesMaximum) {
        values = new WeakMap();
        takenBytes = 0;
      }
      values.set(identity, value);
      takenBytes += bytes;
    },
  };
}
