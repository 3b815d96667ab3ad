// Runtimes: workerd
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { patterns } from "../../gates/hono-patterns.ts";
import { type Fleet, startFleetOf } from "../../support/fleet.ts";
import type { HttpRequest } from "../../support/http.ts";

const entry = "test/gates/hono-patterns.ts";
const page = readFileSync(path.resolve(import.meta.dirname, "../../../docs/how-to/protect-a-hono-app.md"), "utf8");
const [, table = ""] = /<!-- patterns -->\n\n([\s\S]*?)\n\n<!-- \/patterns -->/.exec(page) ?? [];
const rows = table
  .split("\n")
  .slice(2)
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, pattern = "", who = ""]) => ({ pattern, who }));

const byDefault = "the default";
const scopesOf = { "`a`": "a", "`b`": "b", [byDefault]: "access_as_user" } as const;
type Part = keyof typeof scopesOf;
const parts = Object.keys(scopesOf) as Part[];
/** All combinations of scopes. */
const choices = [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => parts.filter((_, bit) => bits & (1 << bit)));

/** `upgradeWebSocket` of Hono's adapter for Workers. */
const isHandshake = (index: number) => "Upgrade" in (Object.values(patterns)[index]?.headers ?? {});

/** The scopes that a row requires; `undefined` if it allows no caller. */
function readNeeds(who: string): readonly Part[] | undefined {
  if (who === "no caller") return undefined;
  const needs = who === "any caller" ? [] : (who.split(" and ") as Part[]);
  expect(parts).toEqual(expect.arrayContaining(needs));
  return needs;
}

/** The response to a request, and the code that ran. */
interface Outcome {
  readonly status: number;
  readonly body: string;
  readonly ran: readonly string[];
}

type Ask = (index: number, scopes: readonly string[]) => Promise<Outcome>;

/** Checks a row with all combinations of scopes. */
async function expectRow(index: number, who: string, hasDefault: boolean, ask: Ask): Promise<void> {
  const needs = readNeeds(who);
  const status = Object.values(patterns)[index]?.status ?? 200;
  for (const held of choices) {
    const misses = (part: Part) => !held.includes(part) || (part === byDefault && !hasDefault);
    const isIn = needs !== undefined && !needs.some(misses);
    const outcome = await ask(index, [...held.map((part) => scopesOf[part]), "x"]);
    const shown = `${who}, with ${held.join(" and ")}: ${JSON.stringify(outcome)}`;
    if (isIn) expect(outcome.status, shown).toBe(status);
    else expect([403, needs === undefined ? 500 : 403], shown).toContain(outcome.status);
    if (!isIn) expect(outcome.body, shown).not.toMatch(/^in$|set before/);
    // A caller without the default scope must not even reach the middleware in between.
    const reachable = isIn || (needs?.includes(byDefault) && !misses(byDefault)) ? ["between"] : [];
    const ran = outcome.ran.filter((what) => !reachable.includes(what));
    expect(ran, shown).toEqual(isIn && status !== 404 ? ["answer"] : []);
  }
}

const fleet: Fleet<string> = await startFleetOf({
  "with-default": { entry, adapter: true },
  "without-default": { entry, adapter: true, vars: { ENTRA_REQUIRED_SCOPE: undefined } },
});
afterAll(() => fleet.stop());

/** Opens a WebSocket, and closes it at once. */
async function shakeHands(gate: string, { path: target, headers }: HttpRequest) {
  const handshake = [
    `GET ${target} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ...(headers ?? []).map(([name, value]) => `${name}: ${value}`),
  ];
  const closeFrame = "\u0088\u0080\u0000\u0000\u0000\u0000";
  const text = await fleet.sendBytes(gate, `${handshake.join("\r\n")}\r\n\r\n${closeFrame}`);
  return { status: Number(text.split(" ")[1]), body: text };
}

const askFleet =
  (gate: string): Ask =>
  async (index, scopes) => {
    const { method = "GET", path: target = "/x", headers = {} } = Object.values(patterns)[index] ?? {};
    const token = await (await fleet.forge(gate)).issue({ scopes: [...scopes] });
    const sent = Object.entries({ ...headers, Authorization: `Bearer ${token}` });
    const request = { method, path: `/${index}${target}`, headers: sent };
    const answer = isHandshake(index) ? await shakeHands(gate, request) : await fleet.send(gate, request);
    const ran = JSON.parse((await fleet.send(gate, { path: "/ran" })).body);
    return { status: answer.status, body: answer.body, ran };
  };

describe("the table of patterns in docs/how-to/protect-a-hono-app.md", () => {
  it("has a case for every row, and a row for every case", () => {
    expect(rows.map(({ pattern }) => pattern)).toEqual(Object.keys(patterns));
  });

  describe.each(rows.entries().toArray())("row %i", (index, { pattern, who }) => {
    it(`${pattern}: ${who}`, { tags: "hono-order" }, () => expectRow(index, who, true, askFleet("with-default")));
    it(`${pattern}, without a default`, { tags: "hono-order" }, () =>
      expectRow(index, who, false, askFleet("without-default")),
    );
  });
});
