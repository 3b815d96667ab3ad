import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { isGuid } from "../../core/config/guid.ts";
import { createSealedValues } from "../downstream/sealed-values.ts";
import type { TokenCacheConfig } from "../downstream/token-cache.ts";

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

/** Creates the tier in KV. Without a configuration, it is always empty. */
export function createSharedLists(
  io: Pick<Io, "now" | "after" | "log">,
  config: TokenCacheConfig | undefined,
): SharedLists {
  const values = createSealedValues(io, config, "entra-gate/groups/1");
  const keyOf = ({ key, named }: ListName) => `${key} ${[...named].sort().join(" ")}`;
  return {
    async read(name) {
      const list = await values.read(keyOf(name));
      return isList(list) ? createList(name.named, new Set(list.groups), list.askedAtMs) : undefined;
    },
    async write(name, { groups, askedAtMs }) {
      // The list says itself how old it is.
      await values.write(keyOf(name), { groups, askedAtMs }, limits.groupListMilliseconds / 1_000);
    },
  };
}

/**
 * Keeps those of a user's groups that a requirement names. All lists of an isolate share the texts of the named groups,
 * which bounds their memory.
 */
export function createList(named: readonly string[], held: ReadonlySet<string>, askedAtMs: number): GroupList {
  return { groups: Object.freeze(named.filter((group) => held.has(group))), askedAtMs };
}

function isList(value: unknown): value is GroupList {
  const { groups, askedAtMs } = Object(value) as Record<string, unknown>;
  return Array.isArray(groups) && groups.every(isGuid) && Number.isSafeInteger(askedAtMs);
}
