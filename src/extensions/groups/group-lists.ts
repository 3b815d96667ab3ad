import type { Denial } from "../../base/common/denial.ts";
import type { Background, Io } from "../../base/common/io.ts";
import type { Leased } from "../../base/common/lease.ts";
import * as limits from "../../base/common/limits.ts";
import { isWithin } from "../../base/common/period.ts";
import { createRecent } from "../../base/common/recent.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { type Waiting, waitForFetch } from "../../base/common/waiting.ts";
import type { GroupList, ListName, SharedLists } from "./shared-lists.ts";

/** Why there is no list. */
export interface ListFailure {
  /** The denial of a request at a time, in milliseconds since the epoch. */
  readonly describe: (nowMs: number) => Denial;
  /** How long Graph is not asked again about the user; 0 if the failure depends on the token of the request. */
  readonly keepMs: number;
}

/** Asks Microsoft Graph. Never throws. */
export type AskForList = () => Promise<Result<GroupList, ListFailure>>;

/** The lists of an isolate. */
export interface GroupLists {
  /** Returns the list of a user, if it is in memory and current. */
  recall(name: ListName): readonly string[] | undefined;
  /**
   * Finds a list in memory, in the shared tier, or in Graph, which is asked once for all waiting requests. Never
   * throws.
   */
  find(name: ListName, ask: AskForList, background: Background): Promise<Result<readonly string[], Denial>>;
}

/** The state of one list. It contains only settled values. */
interface StoredList extends Leased {
  list: GroupList | undefined;
  failed: { readonly failure: ListFailure; readonly atMs: number } | undefined;
}

/** Whether a list is at most as old as a user who left a group may still pass. */
export function isCurrent({ askedAtMs }: GroupList, nowMs: number): boolean {
  return isWithin(askedAtMs, askedAtMs + limits.groupListMilliseconds, nowMs);
}

/** Creates an empty store. Does no I/O. */
export function createGroupLists(io: Io, shared: SharedLists): GroupLists {
  const lists = createRecent<StoredList>(limits.groupLists, () => ({
    lease: undefined,
    list: undefined,
    failed: undefined,
  }));

  function read({ list, failed }: StoredList, nowMs: number): Result<readonly string[], Denial> | undefined {
    if (list !== undefined && isCurrent(list, nowMs)) return succeed(list.groups);
    if (failed === undefined || !isWithin(failed.atMs, failed.atMs + failed.failure.keepMs, nowMs)) return undefined;
    return fail(failed.failure.describe(nowMs));
  }

  /** @returns the failure of this request */
  async function renew(
    name: ListName,
    stored: StoredList,
    ask: AskForList,
    background: Background,
  ): Promise<ListFailure | undefined> {
    const found = await shared.read(name);
    if (found !== undefined && isCurrent(found, io.now())) {
      stored.list = found;
      return undefined;
    }
    const asked = await ask();
    if (asked.ok) {
      stored.list = asked.value;
      background(shared.write(name, asked.value));
      return undefined;
    }
    stored.failed = { failure: asked.error, atMs: io.now() };
    return asked.error;
  }

  return {
    recall({ key }) {
      const list = lists.get(key)?.list;
      return list !== undefined && isCurrent(list, io.now()) ? list.groups : undefined;
    },
    async find(name, ask, background) {
      const stored = lists.use(name.key);
      let own: ListFailure | undefined;
      const waiting: Waiting<Result<readonly string[], Denial>> = {
        holder: stored,
        leaseMs: limits.groupLeaseMilliseconds,
        pollMs: limits.groupPollMilliseconds,
        waitMs: limits.groupWaitMilliseconds,
        read: (nowMs) => (own === undefined ? read(stored, nowMs) : fail(own.describe(nowMs))),
        async fetch() {
          own = await renew(name, stored, ask, background);
        },
        giveUp: () => fail({ reason: "groups_unavailable", cause: "timed out", retryAfterSeconds: 1 }),
      };
      return waitForFetch(io, waiting, background);
    },
  };
}
