import type { KeySource } from "../authority/authority.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import * as limits from "../limits.ts";
import type { Validity } from "./claims.ts";
import type { Principal } from "./principal.ts";

/** A token whose signature held, with what must still be so for it to count. */
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
  token: VerifiedToken;
  readonly bytes: number;
  /** Since it was last looked at for dropping. */
  wasUsed: boolean;
}

/**
 * Makes an empty cache, bounded in entries and in what they keep in memory. Tokens stand in a queue. Where there is no room, whatever was
 * used since it queued up goes to its end, and the first that was not is dropped: a hit sets a mark and moves nothing,
 * and tokens that come once never push out those in use.
 *
 * @param entriesMaximum how many tokens
 * @param bytesMaximum what they weigh together
 * @param weigh estimates what a token keeps in memory, in bytes; called once for each token
 */
export function createVerifiedTokens(
  entriesMaximum: number = limits.verifiedTokens,
  bytesMaximum: number = limits.verifiedTokenBytes,
  weigh: (credential: string, principal: Principal) => number = weighToken,
): VerifiedTokens {
  const slots = new Map<string, Slot>();
  let takenBytes = 0;
  // One walk for good, since one begun anew passes over the gaps that were left. It is never at its end while there are
  // tokens: what it meets leaves its place.
  const queue = slots.entries();

  function hasRoom(bytes: number): boolean {
    return slots.size < entriesMaximum && takenBytes + bytes <= bytesMaximum;
  }

  function makeRoom(bytes: number): void {
    while (slots.size > 0 && !hasRoom(bytes)) {
      const [first, slot] = queue.next().value!;
      slots.delete(first);
      if (slot.wasUsed) slots.set(first, { ...slot, wasUsed: false });
      else takenBytes -= slot.bytes;
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
      // A burst of one new token is verified more than once.
      if (slot !== undefined) {
        slot.token = token;
        return;
      }
      const bytes = weigh(credential, token.principal);
      makeRoom(bytes);
      slots.set(credential, { token, bytes, wasUsed: false });
      takenBytes += bytes;
    },
  };
}

/**
 * Bytes of V8's objects, rounded up. `node bench/kept.ts` measures what tokens of several shapes keep: they weighed 1 to 11 %
 * more, and one that is all short lists weighed half as much again.
 */
const bytesOf = {
  /** The principal, the entry of the cache, and what hangs on them: all that does not grow with the token. */
  token: 128,
  string: 16,
  list: 24,
  item: 8,
  object: 32,
  member: 16,
  number: 12,
} as const;

/**
 * Estimates what a verified token keeps in memory as long as it is remembered: the text of its header and its claims. The
 * headers that tell an origin of it have a bound of their own.
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

/** V8 keeps a string of Latin-1 in one byte for each character, any other in two. */
function isOneByte(text: string): boolean {
  return !/[\u0100-\uffff]/.test(text);
}
