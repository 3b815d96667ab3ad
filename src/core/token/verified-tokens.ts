import * as limits from "../../base/common/limits.ts";
import type { KeySource } from "../authority/authority.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import type { Identity } from "./identity.ts";

/**
 * What is kept of a verified token, and the conditions under which it remains valid. It is flat, and its claims are not
 * kept: the garbage collector visits every object of every known token.
 */
export interface VerifiedToken extends Identity, Verification {}

/** What verified a token. */
export interface Verification {
  /** Value of the `Authorization` header in its usual form. */
  readonly credential: string;
  readonly key: SigningKey;
  readonly source: KeySource;
  /** Issuer of the key set that had the key, see {@link KeySet}. */
  readonly setIssuer: string | undefined;
  /** The key that vouches for the key of a v1.0 token. */
  readonly voucher: SigningKey | undefined;
  /** Number of named groups when its groups were read. */
  readonly namedGroups: number;
  /** The first second in which it is valid, since the epoch. */
  readonly fromSeconds: number;
}

/** Tokens that an isolate has verified, by the text of their header in its usual form. */
export interface VerifiedTokens {
  get(credential: string): VerifiedToken | undefined;
  /** @returns the token that is kept */
  add(identity: Identity, verification: Verification): VerifiedToken;
}

interface Slot extends VerifiedToken {
  /** What it weighs. */
  bytes: number;
  /** Whether the token was used since the queue last passed it. */
  wasUsed: boolean;
  /** The next newer one. The oldest follows the newest. */
  next: Slot;
}

/**
 * A token is found by the end of its signature. V8 copies each text that a map is asked for into its old space, until
 * the next major collection, so invented tokens would fill it.
 */
const keyCharacters = 16;

/**
 * Creates an empty cache with a maximum number of tokens and a maximum size. The tokens are in a queue. If there is no
 * room, used tokens move to the end and the first unused token is removed. A hit only sets a mark, and tokens that are
 * used once never displace those in use. The queue is a ring, so that a token moves without being copied: a new token
 * may pass all others in one request.
 *
 * @param entriesMaximum number of tokens
 * @param bytesMaximum total size of the tokens
 * @param weigh estimates the memory that a token takes, in bytes; called once each time that its groups are read
 */
export function createVerifiedTokens(
  entriesMaximum: number = limits.verifiedTokens,
  bytesMaximum: number = limits.verifiedTokenBytes - limits.sharedValueBytes,
  weigh: (token: VerifiedToken) => number = weighToken,
): VerifiedTokens {
  const slots = new Map<string, Slot>();
  let newest: Slot | undefined;
  let takenBytes = 0;

  function makeRoom(bytes: number): void {
    while (newest !== undefined && (slots.size >= entriesMaximum || takenBytes + bytes > bytesMaximum)) {
      const oldest: Slot = newest.next;
      if (oldest.wasUsed) {
        oldest.wasUsed = false;
        newest = oldest;
        continue;
      }
      // The token may have another slot since then.
      const key = oldest.credential.slice(-keyCharacters);
      if (slots.get(key) === oldest) slots.delete(key);
      takenBytes -= oldest.bytes;
      newest.next = oldest.next;
      if (oldest === newest) newest = undefined;
    }
  }

  return {
    get(credential) {
      const slot = slots.get(credential.slice(-keyCharacters));
      if (slot === undefined || slot.credential !== credential) return undefined;
      slot.wasUsed = true;
      return slot;
    },
    add(identity, verification) {
      const { credential, namedGroups } = verification;
      const key = credential.slice(-keyCharacters);
      const slot = slots.get(key);
      // Concurrent requests can verify a new token several times. If its groups were read again, it is another object:
      // what is kept for the old one, such as headers for the origin, may lack a group.
      if (slot !== undefined) {
        const isSame = slot.credential === credential && slot.namedGroups === namedGroups;
        if (isSame) return Object.assign(slot, identity, verification);
        slot.wasUsed = false;
      }
      const added = createSlot(identity, verification);
      added.bytes = weigh(added);
      makeRoom(added.bytes);
      added.next = newest?.next ?? added;
      if (newest !== undefined) newest.next = added;
      newest = added;
      slots.set(key, added);
      takenBytes += added.bytes;
      return added;
    },
  };
}

/** Names every member, so that V8 keeps them in one object: a spread would put some of them into a second one. */
function createSlot(identity: Identity, verification: Verification): Slot {
  const { authority, kind, oid, tid, azp, agent, scopes, roles, groups, groupsLack } = identity;
  const { credential, key, source, setIssuer, voucher, namedGroups, fromSeconds } = verification;
  const { contexts, capabilities, sid, uti, issuedAtSeconds, untilSeconds } = identity;
  const slot: Omit<Slot, "next"> & { next: Slot | undefined } = {
    credential,
    key,
    source,
    setIssuer,
    voucher,
    authority,
    kind,
    oid,
    tid,
    azp,
    agent,
    scopes,
    roles,
    groups,
    groupsLack,
    namedGroups,
    contexts,
    capabilities,
    sid,
    uti,
    issuedAtSeconds,
    fromSeconds,
    untilSeconds,
    bytes: 0,
    wasUsed: false,
    next: undefined,
  };
  return slot as Slot;
}

/**
 * Sizes of V8's objects in bytes, rounded up. `node lab/scale.ts --memory` measures them: the estimates were up to 24 %
 * higher.
 */
const bytesOf = {
  /** The objects and texts of the same size in every token. */
  token: 508,
  string: 16,
  /** V8 stores Latin-1 texts with one byte for each character, and others with two. */
  character: 2,
  list: 32,
  item: 8,
} as const;

/**
 * Estimates the memory of a verified token: the text of its header, and its own lists. The identity headers for the
 * origin have their own limit.
 *
 * @returns bytes
 */
export function weighToken(token: VerifiedToken): number {
  const { credential, scopes, roles, groups, contexts, capabilities, sid, uti } = token;
  // A header has one byte for each character.
  let bytes = bytesOf.token + bytesOf.string + credential.length;
  for (const id of [sid, uti]) bytes += id === undefined ? 0 : weighText(id);
  for (const list of [scopes, roles, groups, contexts, capabilities]) {
    bytes += bytesOf.list;
    for (const item of list) bytes += bytesOf.item + weighText(item);
  }
  return bytes;
}

function weighText(text: string): number {
  return bytesOf.string + bytesOf.character * text.length;
}
