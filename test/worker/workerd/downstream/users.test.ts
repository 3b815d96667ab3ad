import { afterAll, describe, expect, it } from "vitest";
import {
  ask,
  cacheKey,
  countTokenRequests,
  secretText,
  withKv,
  withSecret,
  withVars,
} from "../../../support/downstream.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";

const rotated = `k2:${"B".repeat(43)}, ${cacheKey}`;
const rotation = { kv: { TOKEN_CACHE: "rotation" } };
const fleet: Fleet<string> = await startFleetOf({
  first: withKv,
  second: withKv,
  hundred: withSecret,
  fifty: withSecret,
  twice: withSecret,
  "key-1": withVars({ TOKEN_CACHE_KEY: cacheKey }, rotation),
  "another-key-1": withVars({ TOKEN_CACHE_KEY: `k1:${"B".repeat(43)}` }, rotation),
  "key-2-and-1": withVars({ TOKEN_CACHE_KEY: rotated }, rotation),
});
afterAll(() => fleet.stop());

let counted = 0;
/** Token requests since the last call. */
async function countNew(): Promise<number> {
  const before = counted;
  counted = await countTokenRequests(fleet);
  return counted - before;
}

const names = Array.from({ length: 50 }, (_, index) => `${index % 2 === 0 ? "contoso" : "fabrikam"}-${index}`);
const requests = 400;
/** Simultaneous connections, below the limits of the machine. */
const batch = 100;

interface Me {
  readonly displayName: string;
  readonly tenant: string;
}

const { issue, token } = await fleet.forge("first");
const tokens = await Promise.all(names.map((persona) => issue({ persona })));

/** Sends requests of all users in turn, and returns the responses for another user. */
async function findMixedUp(gate: string, requests: number): Promise<readonly unknown[]> {
  const mixedUp: unknown[] = [];
  for (let start = 0; start < requests; start += batch) {
    const answers = Array.from({ length: batch }, async (_, offset) => {
      const index = ((start + offset) * 7) % names.length;
      const answer = await ask(fleet, gate, "/me/graph", tokens[index]!);
      const [tenant, number] = names[index]!.split("-");
      const { displayName, tenant: tid } = JSON.parse(answer.body) as Me;
      const isOwn = displayName === `Local Member ${number} of ${tenant}`;
      const isHome = tid === JSON.parse(Buffer.from(tokens[index]!.split(".")[1]!, "base64url").toString()).tid;
      if (answer.status !== 200 || !isOwn || !isHome) mixedUp.push({ asked: names[index], answer });
    });
    await Promise.all(answers);
  }
  return mixedUp;
}

describe("a user's token for Graph", () => {
  it(`belongs to that user, over ${requests} interleaved requests of 50 users in 2 tenants, cold and warm`, async () => {
    expect(await findMixedUp("first", requests)).toEqual([]);
    expect(await countNew()).toBe(50);
    expect(await findMixedUp("first", requests)).toEqual([]);
    expect(await countNew()).toBe(0);
  });

  it("needs no request in a second isolate with the same KV, which stores it encrypted", async () => {
    expect(await findMixedUp("second", 2 * batch)).toEqual([]);
    expect(await countNew()).toBe(0);
    const stored = Object.entries(await fleet.readKv("first", "TOKEN_CACHE"));
    expect(stored).toHaveLength(50);
    for (const [name, value] of stored) {
      expect(name).toMatch(/^entra-gate\/tokens\/2\/[\w-]{43}$/);
      // A compact JWE that is encrypted directly with the gate's key (RFC 7516 section 7.1).
      expect(value).toMatch(/^[\w-]+\.\.[\w-]{16}\.[\w-]{500,}\.[\w-]{22}$/);
    }
    expect(JSON.stringify(stored)).not.toMatch(secretText);
  });

  it("D06 costs one token request for a hundred requests of one user at once, on a cold gate", async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => ask(fleet, "hundred", "/me/graph", token)));
    expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
    expect(await countNew()).toBe(1);
  });

  it("costs fifty requests for fifty users at once, and one more for each other API", async () => {
    const answers = await Promise.all(tokens.map((each) => ask(fleet, "fifty", "/me/graph", each)));
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(200));
    expect(await countNew()).toBe(50);
    expect((await ask(fleet, "fifty", "/scope/inventory.read", tokens[0]!)).status).toBe(200);
    expect(await countNew()).toBe(1);
    expect((await ask(fleet, "fifty", "/inventory", tokens[0]!)).status).toBe(200);
    expect(await countNew()).toBe(0);
  });

  it("costs another request for a new token of the same user, because the token is the cache key", async () => {
    await ask(fleet, "twice", "/me/graph", token);
    await ask(fleet, "twice", "/me/graph", await issue({}));
    expect(await countNew()).toBe(2);
  });

  it("is requested again if KV holds it under an unknown key", async () => {
    expect((await ask(fleet, "key-1", "/me/graph", token)).status).toBe(200);
    expect(await countNew()).toBe(1);
    expect((await ask(fleet, "key-2-and-1", "/me/graph", token)).status).toBe(200);
    expect(await countNew()).toBe(0);
    expect((await ask(fleet, "another-key-1", "/me/graph", token)).status).toBe(200);
    expect(await countNew()).toBe(1);
  });

  it("is in no line of the log", () => {
    expect(fleet.lines.filter((line) => secretText.test(JSON.stringify(line)))).toEqual([]);
  });
});
