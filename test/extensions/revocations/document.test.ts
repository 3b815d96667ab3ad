import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { readDocument, readTime, schema } from "../../../src/extensions/revocations/document.ts";

const tenant = "11111111-2222-3333-4444-555555555555";
const oid = "66666666-7777-8888-9999-aaaaaaaaaaaa";
const before = "2026-11-30T08:00:00Z";
const until = "2026-12-01T08:00:00Z";

const write = (...rules: readonly unknown[]) => JSON.stringify({ schema, rules });
const problemOf = (text: string) => {
  const read = readDocument(text);
  return read.ok ? undefined : read.error;
};

describe("readDocument", () => {
  it("reads an empty list", () => {
    expect(readDocument(write())).toEqual({ ok: true, value: [] });
    expect(readDocument(JSON.stringify({ schema, written: before, rules: [] }))).toEqual({ ok: true, value: [] });
  });

  it("reads each kind of rule, and GUIDs in upper case", () => {
    const text = write(
      { user: `${tenant}/${oid}`.toUpperCase(), before, until, reason: "laptop stolen" },
      { client: tenant.toUpperCase(), block: true, until },
      { tenant, before },
      { session: "S-1", before },
      { token: "uti_-1", before: "2026-11-30T08:00:00.001Z" },
    );
    const [atSeconds, endSeconds] = [Date.parse(before) / 1_000, Date.parse(until) / 1_000];
    const endless = { untilSeconds: Number.POSITIVE_INFINITY, reason: undefined };
    expect(readDocument(text)).toEqual({
      ok: true,
      value: [
        {
          kind: "user",
          subject: `${tenant}/${oid}`,
          beforeSeconds: atSeconds,
          untilSeconds: endSeconds,
          reason: "laptop stolen",
        },
        {
          kind: "client",
          subject: tenant,
          beforeSeconds: Number.POSITIVE_INFINITY,
          untilSeconds: endSeconds,
          reason: undefined,
        },
        { kind: "tenant", subject: tenant, beforeSeconds: atSeconds, ...endless },
        { kind: "session", subject: "S-1", beforeSeconds: atSeconds, ...endless },
        { kind: "token", subject: "uti_-1", beforeSeconds: atSeconds + 1, ...endless },
      ],
    });
  });

  it.each<readonly [string, string, string]>([
    ["no text", "", "is not JSON"],
    ["a text that was cut", write({ tenant, before }).slice(0, -3), "is not JSON"],
    ["a list", "[]", "is not an object"],
    ["null", "null", "is not an object"],
    ["no schema", '{"rules":[]}', "schema"],
    ["another schema", '{"schema":"entra-gate/revocations/2","rules":[]}', 'schema "entra-gate/revocations/1"'],
    [
      "a time at which nothing was written",
      JSON.stringify({ schema, written: "today", rules: [] }),
      "time written that is not",
    ],
    ["no rules", JSON.stringify({ schema }), "has no list of rules"],
    ["rules in an object", JSON.stringify({ schema, rules: {} }), "has no list of rules"],
    ["an unknown member", JSON.stringify({ schema, rules: [], rule: 1 }), 'unknown member "rule"'],
    [
      "a member twice",
      `{"schema":"${schema}","rules":[{"tenant":"${tenant}","before":"${before}"}],"rules":[]}`,
      "twice",
    ],
    [
      "a name twice in a rule",
      `{"schema":"${schema}","rules":[{"tenant":"${tenant}","before":"${before}","before":"2001-01-01T00:00:00Z"}]}`,
      "twice",
    ],
    ["deep nesting", `{"schema":"${schema}","rules":${"[".repeat(100_000)}`, "nested deeper than 3 levels"],
    ["a rule that is text", write("x"), "rule 1: it is not an object"],
    ["a rule that names nothing", write({ before }), "rule 1: it needs exactly one of user, client"],
    ["a rule that names two", write({ tenant, client: tenant, before }), "exactly one of"],
    ["a second rule without a time", write({ tenant, before }, { tenant }), "rule 2: it needs either before or block"],
    ["a time and a block", write({ tenant, before, block: true, until }), "either before or block"],
    ["a block without an end", write({ tenant, block: true }), "a block needs until"],
    ["a block that is false", write({ tenant, block: false, until }), "block is not true"],
    ["an end before the time", write({ tenant, before: until, until: before }), "until is not after before"],
    ["an end at the time", write({ tenant, before, until: before }), "until is not after before"],
    ["a time in seconds", write({ tenant, before: 1_795_608_000 }), "before is not a time such as"],
    ["a time in milliseconds", write({ tenant, before: "1795608000000" }), "before is not a time such as"],
    ["a time without a zone", write({ tenant, before: "2026-11-30T08:00:00" }), "before is not a time such as"],
    ["a date that does not exist", write({ tenant, before: "2026-02-30T08:00:00Z" }), "before is not a time such as"],
    ["an end that is text", write({ tenant, before, until: "never" }), "until is not a time such as"],
    ["a misspelled member", write({ tenant, befor: before }), '"befor" is not one of user, client'],
    ["a user without a tenant", write({ user: oid, before }), "user is not TENANT/OID"],
    ["a user by name", write({ user: `${tenant}/ana@contoso.com`, before }), "user is not TENANT/OID"],
    ["a client by name", write({ client: "orders", before }), "client is not a GUID"],
    ["a tenant that is no text", write({ tenant: 7, before }), "tenant is not a GUID"],
    ["a list of tenants", write({ tenant: [tenant], before }), "nested deeper than 3 levels"],
    ["an empty session", write({ session: "", before }), "session is not a claim sid"],
    ["a session with a space before it", write({ session: " S-1", before }), "session is not a claim sid"],
    ["a session with a space after it", write({ session: "S-1 ", before }), "session is not a claim sid"],
    ["a token that is no text", write({ token: 7, before }), "token is not a claim uti"],
    ["a token in place of its ID", write({ token: "x".repeat(200), before }), "token is not a claim uti"],
    ["an empty reason", write({ tenant, before, reason: " " }), "reason is not a text"],
    ["a reason that is no text", write({ tenant, before, reason: 7 }), "reason is not a text"],
    ["a reason of two lines", write({ tenant, before, reason: "a\nb" }), "reason is not a text"],
    ["a reason that hides text", write({ tenant, before, reason: "a\u202eb" }), "reason is not a text"],
    ["a long reason", write({ tenant, before, reason: "x".repeat(201) }), "reason is not a text of 1 to 200"],
  ])("refuses %s", (_, text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  it("reads the longest ID and the longest reason", () => {
    const [token, reason] = ["x".repeat(limits.revocationIdCharacters), "x".repeat(limits.revocationReasonCharacters)];
    expect(problemOf(write({ token, before, reason }))).toBeUndefined();
    expect(problemOf(write({ token: `${token}x`, before }))).toContain("token is not a claim uti");
  });

  it("refuses more rules than an isolate may hold", () => {
    const rules = Array.from({ length: limits.revocationRules }, () => ({ tenant, before }));
    expect(problemOf(write(...rules))).toBeUndefined();
    expect(problemOf(write(...rules, { tenant, before }))).toBe("has more than 10000 rules");
  });

  it("shows no more than the start of an unknown name", () => {
    expect(problemOf(write({ tenant, before, ["x".repeat(5_000)]: 1 }))?.length).toBeLessThan(200);
  });
});

it("readTime refuses the hour 24, because it is the next day", () => {
  expect(readTime("2026-11-30T24:00:00Z")).toBeUndefined();
});
