import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPolicy, type Policy } from "../../../cli/decisions/policy.ts";
import { listBroken, type PolicyRule, type RequestPattern, type RuleKind } from "../../../cli/decisions/rule.ts";
import { type Counterexample, decideRules, type Verdict } from "../../../cli/decisions/rules.ts";
import { describeVerdict } from "../../../cli/test/render-rules.ts";
import { App } from "../../../src/app/app.ts";
import { origin } from "../../../src/app/build/origin.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { methods } from "../../../src/app/types/definition.ts";
import type { RuleOptions } from "../../../src/core/policy/rule.ts";
import { tries } from "../../support/property.ts";
import { admitsCaller, findRoute, type GeneratedCaller, type GeneratedSet, meets } from "../diff/reading.ts";
import { callers, policyOf, requests, set, user } from "../diff/sets.ts";
import { environment } from "../support/explain-world.ts";

const code = { asksAboutTenants: false, asksGraph: false };
const patternOf = (text: string): RequestPattern => {
  const [method = "", path = ""] = text.split(" ");
  return { text, method, path, message: undefined };
};
const ruleOf = (kind: RuleKind, who: readonly RuleOptions[], texts: readonly string[]): PolicyRule => {
  return { name: kind, line: 1, kind, who, requests: texts.map(patternOf) };
};

function decideOne(policy: Policy, rule: PolicyRule, decidedInCode = code): Verdict {
  return decideRules(policy, [rule], decidedInCode)[0]!.verdict;
}

/** Whether a request of any caller breaks a rule, by the slow reading. */
function isBrokenBy(
  generated: GeneratedSet,
  { kind, who, requests: patterns }: PolicyRule,
  { method, path }: { readonly method: string; readonly path: string },
): boolean {
  const isAbout = patterns.some((pattern) => {
    const isMethod =
      pattern.method === "*" || pattern.method === method || (pattern.method === "GET" && method === "HEAD");
    const listed = [{ method: "GET", path: pattern.path, need: "public" }] as const;
    return isMethod && findRoute(listed, "GET", path) !== undefined;
  });
  const route = findRoute(generated.routes, method, path);
  if (kind === "public") return !isAbout && admitsCaller(generated, route, undefined);
  if (!isAbout) return false;
  const kinds = (each: RuleOptions) => (each.kind === undefined ? (["user", "app"] as const) : [each.kind]);
  const isAmong = (caller: GeneratedCaller) =>
    caller !== undefined && who.some((each) => kinds(each).some((own) => meets(caller, { ...each, kind: own })));
  return callers.some((caller) =>
    kind === "only"
      ? !isAmong(caller) && admitsCaller(generated, route, caller)
      : isAmong(caller) && admitsCaller(generated, route, caller) === (kind === "never"),
  );
}

const anyone = fc.constantFrom<RuleOptions>({}, { kind: "app" }, { kind: "user" }, { roles: ["R"] }, { agent: "only" });
const who = fc.array(fc.oneof(user, anyone), { minLength: 1, maxLength: 2 });
const request = fc
  .tuple(
    fc.constantFrom("GET", "PUT", "*", "*"),
    fc.constantFrom("/", "/*", "/x", "/:p", "/x/*", "/x/:p", "/x/y", "/:p/y", "/w"),
  )
  .map((parts) => parts.join(" "));
const rule = fc
  .tuple(
    fc.constantFrom<RuleKind>("never", "only", "public", "always"),
    who,
    fc.uniqueArray(request, { minLength: 1, maxLength: 2 }),
  )
  .map(([kind, callersOf, texts]) => ruleOf(kind, kind === "public" ? [] : callersOf, texts));

it("a rule is proved exactly if no request of any caller breaks it in a slow reading", () => {
  const outcomes = { proved: 0, broken: 0, mistaken: 0, unknown: 0 };
  fc.assert(
    fc.property(set, rule, (generated, generatedRule) => {
      const { outcome } = decideOne(policyOf(generated), generatedRule);
      const isBroken = requests.some((each) => isBrokenBy(generated, generatedRule, each));
      expect([outcome === "broken", outcome === "unknown"]).toEqual([isBroken, false]);
      outcomes[outcome] += 1;
    }),
    tries(200),
  );
  expect(Math.min(outcomes.proved, outcomes.broken)).toBeGreaterThan(20);
});

function gate(declare: (app: App) => void, variables: object = {}, unlisted: "guard" | "reject" = "reject"): Policy {
  const routes = new App();
  declare(routes);
  return createPolicy({ options: { routes, unlisted } }, { ...environment, ...variables });
}

const found = (verdict: ReturnType<typeof decideOne>): readonly Counterexample[] =>
  verdict.outcome === "broken" ? verdict.counterexamples : [];

describe("a rule", () => {
  const orders = (app: App) => app.get("/orders/:id", { hooks: requireAuth("orders.read") }, origin());

  it("is broken by a request below a route, or of a method that no route has", () => {
    const policy = gate(orders, {}, "guard");
    const only = ruleOf("only", [{ scopes: ["orders.read"] }], ["GET /orders/*"]);
    expect(found(decideOne(policy, only)).map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /orders"]);
    const ofAll = gate(
      (app) => {
        for (const method of methods) app.route({ method, path: "/a", hooks: requireAuth("a"), handler: origin() });
      },
      {},
      "guard",
    );
    expect(found(decideOne(ofAll, ruleOf("only", [{ scopes: ["a"] }], ["* /a"])))).toMatchObject([{ method: "PURGE" }]);
  });

  it("names the status that the gate answers a caller of `always`", () => {
    const policy = gate(orders, { ENTRA_ALLOWED_CLIENTS: "11111111-1111-4111-8111-111111111111" });
    const always = ruleOf("always", [{ scopes: ["orders.read"] }], ["GET /orders/:id"]);
    expect(found(decideOne(policy, always))).toMatchObject([{ status: 403, reason: "client_not_allowed" }]);
    const below = ruleOf("always", [{ scopes: ["orders.read"] }], ["GET /orders/*"]);
    expect(found(decideOne(gate(orders), below))).toMatchObject([{ path: "/orders", status: 404 }]);
  });

  it("about all callers in groups is unknown, because a token may not list them", () => {
    const group = "96000000-0000-4000-8044-00000000000a";
    const policy = gate((app) => app.get("/a", { hooks: requireAuth({ scopes: ["a"], groups: [group] }) }, origin()));
    const who = [{ kind: "user", scopes: ["a"], groups: [group] }] as const;
    for (const asksGraph of [false, true]) {
      expect(decideOne(policy, ruleOf("always", who, ["GET /a"]), { ...code, asksGraph }).outcome).toBe("unknown");
    }
    expect(decideOne(policy, ruleOf("only", who, ["GET /a"])).outcome).toBe("proved");
  });

  it("about tenants is unknown if code decides about them, unless the gate refuses in any case", () => {
    const policy = gate(orders);
    const own = environment.ENTRA_TENANT_ID as string;
    const decidedInCode = { ...code, asksAboutTenants: true };
    const never = (texts: readonly string[]) => ruleOf("never", [{ tenants: [own] }], texts);
    expect(decideOne(policy, never(["GET /orders/:id"]), decidedInCode)).toMatchObject({
      outcome: "unknown",
      unknowns: [{ what: "which tenants isTenantAllowed accepts" }],
    });
    expect(decideOne(policy, never(["GET /orders/:id"])).outcome).toBe("broken");
    expect(decideOne(policy, never(["GET /other"]), decidedInCode).outcome).toBe("proved");
  });

  it("is broken in report mode, which admits any caller with a token", () => {
    const only = ruleOf("only", [{ scopes: ["orders.read"] }], ["GET /orders/:id"]);
    expect(decideOne(gate(orders), only).outcome).toBe("proved");
    expect(decideOne(gate(orders, { GATE_MODE: "report" }), only).outcome).toBe("broken");
  });

  it("`public` counts the health page of the gate as its own", () => {
    const policy = gate(orders, { GATE_HEALTH: "public" });
    const decided = decideRules(policy, [ruleOf("public", [], [])], code);
    expect(decided).toMatchObject([{ verdict: { outcome: "proved" }, own: ["health"] }]);
  });

  it.each<[string, PolicyRule]>([
    ["a scope", ruleOf("never", [{ scopes: ["orders.raed"] }], ["GET /orders/:id"])],
    ["a role", ruleOf("never", [{ anyRole: ["Admin"] }], ["GET /orders/:id"])],
    ["a request of `only`", ruleOf("only", [{}], ["GET /order/:id"])],
    ["a request of `always`", ruleOf("always", [{}], ["PUT /orders/:id"])],
  ])("is a mistake if no route has %s", (_, mistaken) => {
    expect(decideRules(gate(orders), [mistaken], code)[0]?.mistakes).toHaveLength(1);
  });

  it.each([
    ["guard", "proved"],
    ["reject", "mistaken"],
  ] as const)("about requests without a route, of a gate with unlisted %j, is %s", (unlisted, outcome) => {
    const rule = ruleOf("only", [{ scopes: ["access_as_user"] }], ["GET /other/*"]);
    const policy = gate(orders, { ENTRA_REQUIRED_SCOPE: "access_as_user" }, unlisted);
    expect(decideOne(policy, rule)).toEqual({ outcome });
  });

  it("of `always` does not need the spellings of a path that get 404", () => {
    const policy = gate((app) => {
      app.get("/:page", { hooks: requireAuth("a") }, origin());
      app.get("/Admin", { hooks: requireAuth("a") }, origin());
      app.get("/x/*", { hooks: requireAuth("a") }, origin());
      app.get("/x/:id/y", { hooks: requireAuth("a") }, origin());
    });
    const always = ruleOf("always", [{ scopes: ["a"] }], ["GET /:page", "GET /x/*"]);
    // This rule adds a path that resembles a route.
    const decided = decideRules(policy, [always, ruleOf("never", [{}], ["* /admin"])], code);
    expect(decided).toMatchObject([{ verdict: { outcome: "proved" } }, { verdict: { outcome: "proved" } }]);
  });

  it("says how many more routes break it than it shows", () => {
    const policy = gate((app) => {
      for (let index = 0; index < 23; index += 1) app.get(`/a/${index}`, { hooks: requireAuth("a") }, origin());
    });
    const verdict = decideOne(policy, ruleOf("never", [{ kind: "user" }], ["GET /a/*"]));
    expect([found(verdict).length, verdict]).toMatchObject([20, { further: 3 }]);
    expect(describeVerdict({ rule: ruleOf("never", [], []), verdict, mistakes: [] }, []).at(-1)).toBe(
      "not shown: further routes that break the rule, 3 in all",
    );
    const fewer = decideOne(gate(orders), ruleOf("never", [{ kind: "user" }], ["GET /orders/*"]));
    expect(fewer).not.toHaveProperty("further");
  });

  it("does not count requests of `except`, and has a mistake if they are all of its requests", () => {
    const policy = gate((app) => {
      orders(app);
      app.get("/health", { public: true }, origin());
    });
    const only = ruleOf("only", [{ scopes: ["orders.read"] }], ["* /*"]);
    expect(found(decideOne(policy, only))).toMatchObject([{ path: "/health" }]);
    expect(decideOne(policy, { ...only, except: [patternOf("GET /health")] }).outcome).toBe("proved");
    expect(decideOne(policy, { ...only, except: [patternOf("POST /health")] }).outcome).toBe("broken");
    expect(decideOne(policy, { ...only, except: [patternOf("* /*")] }).outcome).toBe("mistaken");
    const asked = { method: "HEAD", path: "/health", isSpelled: false, identity: undefined };
    expect(listBroken([only], asked, ["default"], true)).toHaveLength(1);
    expect(listBroken([{ ...only, except: [patternOf("GET /health")] }], asked, ["default"], true)).toEqual([]);
  });

  it("may name a request without a route in `never` and `public`", () => {
    expect(decideOne(gate(orders), ruleOf("never", [{}], ["* /admin/*"])).outcome).toBe("proved");
    expect(decideOne(gate(orders), ruleOf("public", [], ["GET /status"])).outcome).toBe("proved");
  });
});

it("fifty rules for a thousand routes take seconds", () => {
  const policy = gate((app) => {
    for (let index = 0; index < 1_000; index += 1) {
      app.get(`/area${index % 50}/:id/part${index}`, { hooks: requireAuth(`scope.${index % 20}`) }, origin());
    }
  });
  const rules = Array.from({ length: 50 }, (_, index): PolicyRule => {
    return { ...ruleOf("never", [{ kind: "app" }], [`* /area${index}/*`]), name: String(index) };
  });
  const startMs = performance.now();
  const decided = decideRules(policy, rules, code);
  // Far above the measured time, because other programs may use the machine.
  expect(performance.now() - startMs).toBeLessThan(15_000);
  expect(decided.filter(({ verdict }) => verdict.outcome === "proved")).toHaveLength(50);
});
