import { describeCause } from "../common/cause.ts";
import { hashText } from "../common/digest.ts";
import { type Io, withDeadline } from "../common/io.ts";
import { parseJson } from "../common/json.ts";
import * as limits from "../common/limits.ts";
import { isGuid } from "../config/guid.ts";
import type { TokenCacheConfig } from "../downstream/token-cache.ts";
import { createCipher } from "../sealing/cipher.ts";

/** The named groups in which a user is. */
export interface GroupList {
  readonly groups: readonly string[];
  /** When Microsoft Graph was asked. A user who left a group after that still has it in the list. */
  readonly askedAtMs: number;
}

/** What a list is about. */
export interface ListName {
  /** Authority, kind of call, tenant and user. */
  readonly key: string;
  /** The groups that the list can have. */
  readonly named: readonly string[];
}

/** Encrypted lists that isolates share, in TOKEN_CACHE. Failures never fail a request: nothing here throws. */
export interface SharedLists {
  /** @returns `undefined` if there is none. It can be too old. */
  read(name: ListName): Promise<GroupList | undefined>;
  write(name: ListName, list: GroupList): Promise<void>;
}

const none: SharedLists = { read: async () => undefined, write: async () => {} };

/** Creates the tier in KV. Without a configuration, it is always empty. */
export function createSharedLists(
  io: Pick<Io, "now" | "after" | "log">,
  config: TokenCacheConfig | undefined,
): SharedLists {
  if (config === undefined) return none;
  const { store } = config;
  const complain = (problem: string) => io.log({ event: "token_cache_failed", level: "warn", problem });
  const cipher = createCipher(io, config.keys, (problem) => complain(`TOKEN_CACHE_KEY ${problem}`));
  // It is hashed, because it shows who calls, and because a name in KV has at most 512 bytes.
  const nameOf = async ({ key, named }: ListName) =>
    `entra-gate/groups/1/${await hashText(`${key} ${[...named].sort().join(" ")}`)}`;

  async function quietly<T>(step: string, work: Promise<T>): Promise<T | undefined> {
    try {
      return await withDeadline(io, limits.tokenCacheReadMilliseconds, work);
    } catch (cause) {
      complain(`${step}: ${describeCause(cause)}`);
      return undefined;
    }
  }

  async function open(listName: ListName): Promise<GroupList | undefined> {
    const name = await nameOf(listName);
    const value = await store.get(name);
    const text = value === null ? undefined : await cipher.decrypt(value, name);
    const list: unknown = text === undefined ? undefined : parseJson(text);
    return isList(list) ? { ...list, groups: Object.freeze(list.groups) } : undefined;
  }

  async function save(listName: ListName, { groups, askedAtMs }: GroupList): Promise<void> {
    const name = await nameOf(listName);
    const value = await cipher.encrypt(JSON.stringify({ groups, askedAtMs }), name);
    // KV keeps nothing for less than a minute. The list says itself how old it is.
    if (value !== undefined) await store.put(name, value, { expirationTtl: limits.groupListMilliseconds / 1_000 });
  }

  return {
    read: (name) => quietly("read", open(name)),
    write: async (name, list) => {
      await quietly("write", save(name, list));
    },
  };
}

function isList(value: unknown): value is GroupList {
  if (typeof value !== "object" || value === null) return false;
  const { groups, askedAtMs } = value as Record<string, unknown>;
  return Array.isArray(groups) && groups.every(isGuid) && Number.isSafeInteger(askedAtMs);
}
