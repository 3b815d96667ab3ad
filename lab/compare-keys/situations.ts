import { setTimeout as delay } from "node:timers/promises";
import { inventKids } from "../../test/support/key-stack.ts";
import type { Trial } from "./trial.ts";

/** Workers in lab/workers, by name. */
export const contenders = ["gate", "hono-jose", "hono-jwk", "aws-jwt-verify"] as const;

export type Contender = (typeof contenders)[number];

export interface Situation {
  readonly name: string;
  /** Runs the situation. @returns the outcome, as the table shows it */
  observe(trial: Trial): Promise<string>;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const repeat = (token: string, count: number): readonly string[] => Array.from({ length: count }, () => token);
const plural = (count: number) => (count === 1 ? "1 fetch" : `${count} fetches`);

function readKid(token: string): string {
  const [header = ""] = token.split(".");
  return JSON.parse(Buffer.from(header, "base64url").toString()).kid;
}

/** Makes the contender fetch its keys, and resets the count of fetches. */
async function warmUp(trial: Trial): Promise<string> {
  const token = await trial.issue();
  const statuses = await trial.ask([token]);
  if (statuses !== "200 × 1") throw new Error(`a good token met ${statuses}`);
  await trial.countFetches();
  return token;
}

/** Known keys, and an authority that has been down for an hour or more. */
function outage(hours: number): Situation {
  return {
    name: `authority down for ${hours} h, keys known; 100 good tokens`,
    async observe(trial) {
      const token = await warmUp(trial);
      await trial.startOutage({ kind: "down" });
      const statuses = await trial.ask(repeat(token, 100), hours * hourMs);
      return `${statuses}; ${plural(await trial.countFetches())}`;
    },
  };
}

export const situations: readonly Situation[] = [
  {
    name: "cold, 200 good tokens at once",
    async observe(trial) {
      const statuses = await trial.ask(repeat(await trial.issue(), 200));
      return `${statuses}; ${plural(await trial.countFetches())}`;
    },
  },
  outage(1),
  outage(23),
  {
    name: "authority down, cold; 1,000 good tokens in a minute",
    async observe(trial) {
      const token = await trial.issue();
      await trial.startOutage({ kind: "down" });
      const statuses = new Set<string>();
      for (let batch = 0; batch < 20; batch += 1) statuses.add(await trial.ask(repeat(token, 50), batch * 3_000));
      return `${[...statuses].map((text) => text.replace(" × 50", "")).join(", ")}; ${plural(await trial.countFetches())}`;
    },
  },
  {
    name: "emergency rollover; 50 tokens of the old key, 50 of the new, at once",
    async observe(trial) {
      const old = await warmUp(trial);
      await trial.rollOver();
      const fresh = await trial.issue();
      const statuses = await trial.ask([...repeat(old, 50), ...repeat(fresh, 50)], 5 * minuteMs);
      return `${statuses}; ${plural(await trial.countFetches())}`;
    },
  },
  {
    name: "1,000 invented kids at once; 50 good tokens among them",
    async observe(trial) {
      const good = await warmUp(trial);
      const tokens = inventKids(good, 1_000).flatMap((token, index) => (index % 20 === 0 ? [token, good] : [token]));
      const statuses = await trial.ask(tokens, 5 * minuteMs);
      return `${statuses}; ${plural(await trial.countFetches())}`;
    },
  },
  {
    name: "first request aborted while it fetches, 50 good tokens behind it",
    async observe(trial) {
      const token = await trial.issue();
      await trial.startOutage({ kind: "slow", delayMs: 700, endpoint: "keys" });
      const abort = trial.begin(token);
      await delay(300);
      const others = trial.ask(repeat(token, 50));
      await delay(100);
      abort();
      return `${await others}; ${plural(await trial.countFetches())}`;
    },
  },
  {
    name: "key removed from the set 3 h ago, other keys in use; 20 of its tokens",
    async observe(trial) {
      const removed = await trial.issue({ key: await trial.findSpareKey() });
      const other = await warmUp(trial);
      await trial.ask([removed, other]);
      await trial.removeKey(readKid(removed));
      for (const hours of [1, 2, 3]) {
        await trial.ask([other], hours * hourMs);
        // Leaves time for a contender that refreshes its keys after the answer.
        await delay(500);
      }
      return trial.ask(repeat(removed, 20), 3 * hourMs + minuteMs);
    },
  },
  {
    name: "key set empty for a moment, an hour after keys were known; 20 good tokens then, and a minute later",
    async observe(trial) {
      const token = await warmUp(trial);
      await trial.startOutage({ kind: "empty" });
      const then = await trial.ask(repeat(token, 20), hourMs);
      await trial.endOutage();
      return `${then}; ${await trial.ask(repeat(token, 20), hourMs + minuteMs)}`;
    },
  },
  {
    name: "key set of 600 KiB, cold; 20 good tokens",
    async observe(trial) {
      await trial.startOutage({ kind: "oversize" });
      return trial.ask(repeat(await trial.issue(), 20));
    },
  },
  {
    name: "key set redirected, cold; 1 good token",
    async observe(trial) {
      await trial.startOutage({ kind: "redirect", endpoint: "keys" });
      return trial.ask([await trial.issue()]);
    },
  },
];
