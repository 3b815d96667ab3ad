import { expect, it } from "vitest";
import { readDocument, schema } from "../../../src/extensions/revocations/document.ts";
import { compileRules, describeRule, findRule } from "../../../src/extensions/revocations/rules.ts";
import { client, identityOf, otherTenant, tenant, user } from "../../support/claims.ts";
import { frozenNowSeconds } from "../../support/io.ts";

/** A time relative to the frozen clock, at which the sample tokens were issued. */
const at = (offsetSeconds: number) => new Date((frozenNowSeconds + offsetSeconds) * 1_000).toISOString();

function compile(...rules: readonly object[]) {
  const read = readDocument(JSON.stringify({ schema, rules }));
  if (!read.ok) throw new Error(read.error);
  return compileRules(read.value, ["default", "customers"]);
}

const sample = identityOf("user", { sid: "session-1" });
const find = (identity: typeof sample, ...rules: readonly object[]) =>
  findRule(compile(...rules), identity, frozenNowSeconds);

it.each([
  ["user", { user: `${tenant}/${user}` }],
  ["client", { client }],
  ["tenant", { tenant }],
  ["session", { session: "session-1" }],
  ["token", { token: "unique-token-identifier" }],
])("a rule about a %s refuses its older tokens only", (kind, named) => {
  expect(find(sample, { ...named, before: at(1) })).toMatchObject({ kind });
  expect(find(sample, { ...named, before: at(0) })).toBeUndefined();
  expect(find(sample, { ...named, before: at(1), until: at(2) })).toMatchObject({ kind });
  expect(find(sample, { ...named, before: at(-9), until: at(9) })).toBeUndefined();
  expect(find(sample, { ...named, block: true, until: at(1) })).toMatchObject({ kind });
  expect(find(sample, { ...named, block: true, until: at(0) })).toBeUndefined();
});

it.each([
  ["the same object ID in another tenant", { user: `${otherTenant}/${user}` }],
  ["another user", { user: `${tenant}/${otherTenant}` }],
  ["another client", { client: tenant }],
  ["another tenant", { tenant: otherTenant }],
  ["a session in other letters", { session: "SESSION-1" }],
  ["a token as a session", { session: "unique-token-identifier" }],
])("a rule about %s refuses nobody else", { tags: "revocation-rules" }, (_, named) => {
  expect(find(sample, { ...named, before: at(1) })).toBeUndefined();
});

it("finds no session in a token without one", () => {
  expect(find(identityOf("user"), { session: "undefined", before: at(1) })).toBeUndefined();
});

it("finds a service principal by its object ID", () => {
  const app = identityOf("app");
  expect(find(app, { user: `${app.tid}/${app.oid}`, before: at(1) })).toMatchObject({ kind: "user" });
});

it("applies all rules about one caller, and shows the one that asks for the newest token", () => {
  const named = { user: `${tenant}/${user}` };
  const ended = { ...named, before: at(99), until: at(0) };
  expect(find(sample, { ...named, before: at(0) }, { ...named, before: at(5) })?.beforeSeconds).toBe(
    frozenNowSeconds + 5,
  );
  expect(find(sample, { ...named, before: at(5) }, { tenant, before: at(7) })?.kind).toBe("tenant");
  expect(find(sample, { tenant, before: at(7) }, { ...named, before: at(5) })?.kind).toBe("tenant");
  expect(find(sample, { tenant, block: true, until: at(9) }, { ...named, before: at(5) })?.kind).toBe("tenant");
  expect(find(sample, { ...named, before: at(7) }, { tenant, before: at(5) })?.kind).toBe("user");
  expect(find(sample, { ...named, block: true, until: at(9) }, { tenant, before: at(5) })?.kind).toBe("user");
  expect(find(sample, { ...named, before: at(5) }, { ...named, before: at(3) })?.beforeSeconds).toBe(
    frozenNowSeconds + 5,
  );
  expect(find(sample, { ...named, before: at(5) }, { ...named, before: at(-5) })?.beforeSeconds).toBe(
    frozenNowSeconds + 5,
  );
  expect(find(sample, { ...named, before: at(5), reason: "a" }, { ...ended, before: at(-1) })?.reason).toBe("a");
});

it("refuses with a challenge only if a new token helps", () => {
  const capable = identityOf("user", { xms_cc: ["cp1"] });
  const refuse = (rule: object) => describeRule(find(capable, { tenant, ...rule })!, capable);
  expect(refuse({ before: at(1), reason: "why" })).toEqual({
    reason: "token_revoked",
    rule: "tenant",
    ruleReason: "why",
    revokedAtSeconds: frozenNowSeconds + 1,
    challengeable: true,
  });
  expect(refuse({ block: true, until: at(9) })).toEqual({
    reason: "caller_blocked",
    rule: "tenant",
    blockedUntilSeconds: frozenNowSeconds + 9,
  });
});
