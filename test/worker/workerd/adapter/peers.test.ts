import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";
import { present, type Recipe } from "../../../support/rows.ts";

const document = readFileSync(
  path.resolve(import.meta.dirname, "../../../../docs/how-to/migrate-from-a-library.md"),
  "utf8",
);
const fleet: Fleet<string> = await startFleetOf({
  hono: { entry: "test/gates/hono.ts", adapter: true },
  glued: { entry: "test/gates/hono-glued.ts", adapter: true },
});
afterAll(() => fleet.stop());

/** A changed claim under a valid signature. */
const claim =
  (changes: object): Recipe =>
  ({ claims, header, sign }) =>
    sign(header, { ...claims, ...changes });
const head =
  (changes: object): Recipe =>
  ({ claims, header, sign }) =>
    sign({ ...header, ...changes }, claims);

/** Rows of the document's table: a token, and its route. */
const rows: readonly (readonly [name: string, recipe: Recipe, path?: string])[] = [
  ["a good token", {}],
  ["no signature, `alg` none", head({ alg: "none" })],
  ["of another audience", { claims: { aud: "x" } }],
  ["of another tenant", { tenant: "fabrikam" }],
  ["another tenant in `tid`", claim({ tid: tenants.fabrikam.id })],
  ["expired", ({ claims, header, sign }) => sign(header, { ...claims, exp: 1_600_000_000 })],
  ["no `exp`", claim({ exp: undefined })],
  [
    "`exp` of 1e999",
    ({ claims, header, sign }) => sign(header, JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', '"exp":1e999')),
  ],
  ["valid for ten years", claim({ exp: Math.floor(Date.now() / 1_000) + 10 * 365 * 86_400 })],
  ["a list as `aud`", ({ claims, header, sign }) => sign(header, { ...claims, aud: [claims.aud, "x"] })],
  ["bound to a key (`cnf`)", claim({ cnf: { jkt: "x" } })],
  ["no `oid`", claim({ oid: undefined })],
  ["`typ` of something else", head({ typ: "at+jwt" })],
  ["a key set of its own (`jku`)", head({ jku: "https://attacker.example/keys" })],
  ["for Microsoft Graph (`nonce` in the header)", head({ nonce: "x" })],
  ["an ID token with roles", ({ issueIdToken }) => issueIdToken({ roles: ["Orders.Read.All"] }), "/jobs"],
  ["a user with the role meant for apps", { roles: ["Orders.Read.All"] }, "/jobs"],
  ["padded with `=`", async ({ token }) => `${token}==`],
];

/**
 * The results in the document by row: the status of the hand-written middleware, and status and reason of `entra()`.
 */
const documented = new Map(
  [...document.matchAll(/^\| (.+?) \| (\d{3}) \| (\d{3})(?:, `(\w+)`)? \|$/gm)].map(
    ([, name = "", glued, own, reason]) => [name, { glued: Number(glued), own: Number(own), reason }],
  ),
);

describe("docs/how-to/migrate-from-a-library.md is correct about hostile tokens", () => {
  it("has every row, and no other", () => {
    expect([...documented.keys()]).toEqual(rows.map(([name]) => name));
  });

  it.each(rows.map(([name, recipe, target = "/default"]) => ({ name, recipe, target })))(
    "$name",
    async ({ name, recipe, target }) => {
      const request = await present(fleet, "hono", recipe, target);
      const glued = await fleet.send("glued", request);
      const own = await fleet.send("hono", request);
      const reason = own.status === 200 ? undefined : (await fleet.lineOf(JSON.parse(own.body).instance)).reason;
      expect({ glued: glued.status, own: own.status, reason }).toEqual(documented.get(name));
    },
  );
});
