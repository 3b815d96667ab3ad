import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { optionClasses } from "../../../cli/diff/options.ts";
import { findClass, type ReadText, type VariableName, variableClasses } from "../../../cli/diff/variable-classes.ts";
import * as tables from "../../../src/core/config/table.ts";

const page = readFileSync(path.resolve(import.meta.dirname, "../../../docs/how-to/test-your-gate.md"), "utf8");
const table = page.slice(page.indexOf("### Two projects"), page.indexOf("### Two files"));
const rowOf = (start: string) => table.split("\n").find((line) => line.startsWith(`| ${start} |`)) ?? "";
const namesIn = (row: string) => [...row.matchAll(/`([A-Z_0-9]+)`/g)].map(([, name]) => name).sort();

describe("the classes of variables", () => {
  it("include each row of each table", () => {
    const rows = Object.entries(tables).flatMap(([name, rows]) =>
      name.endsWith("Variables") ? Object.keys(rows) : [],
    );
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter((name) => !Object.hasOwn(variableClasses, name))).toEqual([]);
  });

  it("are those of the documentation", () => {
    const decide = (what: string) =>
      Object.entries(variableClasses)
        .filter(([, { decides }]) => decides === what || decides === "both")
        .map(([name]) => name)
        .sort();
    expect(namesIn(rowOf("who is admitted"))).toEqual(decide("callers"));
    expect(namesIn(rowOf("where requests or credentials go"))).toEqual(decide("destination"));
    const named = Object.entries(optionClasses).filter(
      ([, { decides }]) => decides === "callers" || decides === "destination",
    );
    for (const [name] of named) expect(rowOf("options in code")).toContain(`\`${name}\``);
  });

  it("decide nothing for secrets, whose values no file should have", () => {
    const rows = Object.values(tables).flatMap((rows) =>
      typeof rows === "object" && !Array.isArray(rows) ? Object.entries(rows) : [],
    );
    const secrets = rows.filter(([, row]) => row[0] === "secret").map(([name]) => name as VariableName);
    expect(secrets.length).toBeGreaterThan(8);
    expect(secrets.filter((name) => variableClasses[name].decides !== "neither")).toEqual([]);
  });

  it("of a named origin are those of the origin without a name", () => {
    expect(findClass("ORIGIN_BILLING_EU_URL", false)).toMatchObject({
      ...variableClasses.ORIGIN_URL,
      origin: "billing_eu",
    });
    expect(findClass("ORIGIN_BILLING", true)).toMatchObject({ ...variableClasses.ORIGIN, origin: "billing" });
    expect(findClass("ORIGIN_URL", false)?.origin).toBeUndefined();
    const [none, read]: readonly [undefined, ReadText] = [undefined, () => undefined];
    expect(findClass("ORIGIN_BILLING_COOKIES", false)?.compare(none, "forward", [read, read])).toEqual(["elsewhere"]);
    expect(findClass("ORIGIN_BILLING_COOKIES", false)?.compare(none, "strip", [read, read])).toEqual([]);
    expect([findClass("ORIGIN_BILLING", false), findClass("ENTRA_TENANT", false), findClass("OTHER", true)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});

const limit = (number: number, period = 60, id = "1") =>
  `ratelimits namespace_id=${id} simple={"limit":${number},"period":${period}}`;
const [a, b] = ["11111111-1111-4111-8111-11111111111a", "11111111-1111-4111-8111-11111111111b"];

describe("a change of a variable", () => {
  it.each<[VariableName, string | undefined, string | undefined, string, Partial<Record<VariableName, string>>?]>([
    ["ENTRA_TENANT_ID", a, b, "weaker stronger elsewhere"],
    ["ENTRA_TENANT_ID", a, b, "elsewhere", { ENTRA_ALLOWED_TENANTS: a }],
    ["ENTRA_TENANT_ID", a, a.toUpperCase(), ""],
    ["ENTRA_TENANT_ID", a, "organizations", "weaker"],
    ["ENTRA_TENANT_ID", "organizations", a, "stronger"],
    ["ENTRA_TENANT_ID", undefined, a, "unknown"],
    ["ENTRA_ALLOWED_TENANTS", undefined, a, "", { ENTRA_TENANT_ID: a }],
    ["ENTRA_ALLOWED_TENANTS", undefined, `${a},${b}`, "weaker", { ENTRA_TENANT_ID: a }],
    ["ENTRA_ALLOWED_TENANTS", a, undefined, "weaker", { ENTRA_TENANT_ID: "organizations" }],
    ["ENTRA_API_AUDIENCE", undefined, a, "unknown"],
    ["ENTRA_API_AUDIENCE", `${a} ${b}`, a, "stronger"],
    ["ENTRA_REQUIRED_SCOPE", "x", "x y", "stronger"],
    ["ENTRA_REQUIRED_SCOPE", "x y", "y x", ""],
    ["ENTRA_REQUIRED_SCOPE", "x", "y", "weaker stronger"],
    ["ENTRA_REQUIRED_SCOPE", undefined, "x", "weaker"],
    ["ENTRA_REQUIRED_ROLE", "R", undefined, "stronger"],
    ["ENTRA_REQUIRED_GROUP", undefined, a, "stronger"],
    ["ENTRA_ALLOWED_CLIENTS", undefined, a, "stronger"],
    ["ENTRA_AUTHORITY", "https://a.ciamlogin.com", "https://a.ciamlogin.com/", ""],
    ["ENTRA_AUTHORITY", "https://a.ciamlogin.com", undefined, "weaker stronger"],
    ["ENTRA_CLOCK_SKEW_SECONDS", undefined, "30", "stronger"],
    ["GATE_URL", undefined, "https://a.example", "stronger"],
    ["GATE_TLS_PROXY", undefined, "true", "weaker"],
    ["GATE_HEALTH", "guarded", "public", "weaker"],
    ["GATE_HEALTH", undefined, "off", ""],
    ["GATE_HEALTH_PATH", undefined, "/health", ""],
    ["GATE_HEALTH_PATH", undefined, "/health", "weaker stronger", { GATE_HEALTH: "public" }],
    ["ORIGIN_URL", undefined, "https://a.example", "elsewhere"],
    ["ORIGIN_URL", "https://a.example", "https://a.example/", ""],
    ["ORIGIN_PLAINTEXT", undefined, "true", "elsewhere"],
    ["ORIGIN_PLAINTEXT", "true", undefined, "stronger"],
    ["ORIGIN_AUTHORIZATION", undefined, "forward", ""],
    ["ORIGIN_AUTHORIZATION", undefined, "strip", "stronger"],
    ["ORIGIN_AUTHORIZATION", "strip", undefined, "elsewhere"],
    ["ORIGIN_AUTHORIZATION", "strip", "on-behalf-of", "elsewhere"],
    ["ORIGIN_SCOPE", "x", "x y", "elsewhere"],
    ["ORIGIN_SCOPE", "x", undefined, "stronger"],
    ["ORIGIN_COOKIES", undefined, "forward", ""],
    ["ORIGIN_COOKIES", undefined, "strip", "stronger"],
    ["ORIGIN", undefined, "services service=a", "elsewhere"],
    ["RATE_LIMITER", undefined, limit(1), "stronger"],
    ["RATE_LIMITER", limit(1), undefined, "weaker"],
    ["RATE_LIMITER", limit(60), limit(60, 10), "weaker"],
    ["RATE_LIMITER", limit(60), limit(10, 10), ""],
    ["RATE_LIMITER", limit(60), limit(60, 60, "2"), "weaker stronger"],
    ["REVOCATIONS", "kv_namespaces id=1", undefined, "weaker"],
    ["REVOCATIONS", "kv_namespaces id=1", "kv_namespaces id=2", "weaker stronger"],
    ["GATE_REVOCATIONS_URL", "https://a.example/", "https://b.example/", "weaker stronger elsewhere"],
    ["GATE_REVOCATIONS_URL", undefined, "https://b.example/", "stronger elsewhere"],
    ["GATE_REVOCATIONS_URL", "https://a.example/", undefined, "weaker"],
    ["TOKEN_CACHE", "kv_namespaces id=1", undefined, ""],
    ["TOKEN_CACHE", undefined, "kv_namespaces id=1", "elsewhere"],
    ["GATE_SIGNING_KEY_OTHER", undefined, "{}", "weaker"],
    ["GATE_SIGNING_KEY_OTHER", "{}", undefined, "stronger"],
    ["GATE_LOG_ALLOWED", undefined, "1", ""],
  ])("of %s from %s to %s: %s", (name, before, after, effects, others = {}) => {
    const sides = [before, after].map(
      (own): ReadText =>
        (each) =>
          each === name ? own : others[each],
    );
    const { compare } = variableClasses[name];
    expect([...compare(before, after, [sides[0]!, sides[1]!])].join(" ")).toBe(effects);
  });
});
