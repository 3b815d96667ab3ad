import type { KeySource } from "../authority/authority.ts";
import * as limits from "../common/limits.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import type { Validity } from "./claims.ts";
import type { Principal } from "./principal.ts";

/** A verified token, and the conditions under which it remains valid. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly key: SigningKey;
  readonly source: KeySource;
  readonly validity: Validity;
}

/** Tokens that an isolate has verified, by the exact text of their header. */
export interface VerifiedTokens {
  get(credential: string): VerifiedToken | undefined;
  add(credential: string, token: VerifiedToken): void;
}

interface Slot {
  readonly credential: string;
  token: VerifiedToken;
  readonly bytes: number;
  /** Whether the token was used since the queue last passed it. */
  wasUsed: boolean;
  /** The next newer one. The oldest follows the newest. */
  next: Slot;
}

/**
 * Creates an empty cache with a maximum number of tokens and a maximum size. The tokens are in a queue. If there is no
 * room, used tokens move to the end and the first unused token is removed. A hit only sets a mark, and tokens that are
 * used once never displace those in use. The queue is a ring, so that a token moves without being copied: a new token
 * may pass all others in one request.
 *
 * @param entriesMaximum number of tokens
 * @param bytesMaximum total size of the tokens
 * @param weigh estimates the memory that a token takes, in bytes; called once for each token
 */
export function createVerifiedTokens(
  entriesMaximum: number = limits.verifiedTokens,
  bytesMaximum: number = limits.verifiedTokenBytes,
  weigh: (credential: string, principal: Principal) => number = weighToken,
): VerifiedTokens {
  const slots = new Map<string, Slot>();
  let newest: Slot | undefined;
  let takenBytes = 0;

  function hasRoom(bytes: number): boolean {
    return slots.size < entriesMaximum && takenBytes + bytes <= bytesMaximum;
  }

  function makeRoom(bytes: number): void {
    while (newest !== undefined && !hasRoom(bytes)) {
      const oldest: Slot = newest.next;
      if (oldest.wasUsed) {
        oldest.wasUsed = false;
        newest = oldest;
        continue;
      }
      slots.delete(oldest.credential);
      takenBytes -= oldest.bytes;
      newest.next = oldest.next;
      if (oldest === newest) newest = undefined;
    }
  }

  return {
    get(credential) {
      const slot = slots.get(credential);
      if (slot === undefined) return undefined;
      slot.wasUsed = true;
      return slot.token;
    },
    add(credential, token) {
      const slot = slots.get(credential);
      // Concurrent requests can verify a new token several times.
      if (slot !== undefined) {
        slot.token = token;
        return;
      }
      const bytes = weigh(credential, token.principal);
      makeRoom(bytes);
      const added = { credential, token, bytes, wasUsed: false } as Slot;
      added.next = newest?.next ?? added;
      if (newest !== undefined) newest.next = added;
      newest = added;
      slots.set(credential, added);
      takenBytes += bytes;
    },
  };
}

/**
 * Sizes of V8's objects in bytes, rounded up. `node lab/kept.ts` measures them with tokens of several shapes: the
 * estimates were 1 to 11 % higher, and for a token of only short lists half as high again.
 */
const bytesOf = {
  /** The principal, the cache entry, and other parts that do not grow with the token. */
  token: 128,
  string: 16,
  list: 24,
  item: 8,
  object: 32,
  member: 16,
  number: 12,
} as const;

/**
 * Estimates the memory of a verified token: the text of its header and its claims. The identity headers for the origin
 * have their own limit.
 *
 * @param credential value of the `Authorization` header
 * @returns bytes
 */
export function weighToken(credential: string, { claims }: Principal): number {
  return bytesOf.token + weigh(credential) + weigh(claims);
}

function weigh(value: unknown): number {
  if (typeof value === "string") return bytesOf.string + value.length * (isOneByte(value) ? 1 : 2);
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + bytesOf.item + weigh(item), bytesOf.list);
  if (typeof value !== "object" || value === null) return bytesOf.number;
  return Object.values(value).reduce((sum, member) => sum + bytesOf.member + weigh(member), bytesOf.object);
}

/** V8 stores Latin-1 strings with one byte for each character, and others with two. */
function isOneByte(text: string): boolean {
  return !/[\u0100-\uffff]/.test(text);
}
