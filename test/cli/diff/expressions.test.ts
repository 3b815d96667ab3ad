import fc from "fast-check";
import { Hono, type MiddlewareHandler } from "hono";
import { expect, it } from "vitest";
import { findCaller, listLeastCallers } from "../../../cli/decisions/callers.ts";
import { listPaths } from "../../../cli/decisions/paths.ts";
import { admits, createPolicy, type Policy } from "../../../cli/decisions/policy.ts";
import { decideRules } from "../../../cli/decisions/rules.ts";
import { comparePolicies, unsafeKinds } from "../../../cli/diff/compare.ts";
import { readHonoApp } from "../../../cli/project/framework-tables.ts";
import type { HonoApp } from "../../../cli/project/gate-code.ts";
import { entra, requireAuth } from "../../../src/adapters/hono.ts";
import { tries } from "../../support/property.ts";
import { environment } from "../support/explain-world.ts";

interface Handler {
  readonly path: string;
  readonly isMiddleware: boolean;
  /** None for the default. */
  readonly scope: string | undefined;
}

const expressions = ["{[0-9]+}", "{[a-m]+}", "{[a-z]+}", "{[0-9a-f]{1,2}}"];
const segment = fc.constantFrom("x", "1", ":p", ":p", ...expressions.map((each) => `:p${each}`));
const handler: fc.Arbitrary<Handler> = fc.record({
  path: fc
    .tuple(fc.array(segment, { minLength: 1, maxLength: 2 }), fc.constantFrom("", "", "/*"))
    .map(([parts, end]) => `/${parts.join("/")}${end}`),
  isMiddleware: fc.boolean(),
  scope: fc.constantFrom(undefined, "access_as_user", "a", "b"),
});
const handlers = fc.array(handler, { minLength: 1, maxLength: 5 });
/** Mostly two apps that share handlers, so that single changes decide. */
const pair = fc.oneof(
  fc.tuple(handlers, handlers),
  fc.tuple(handlers, fc.nat(), fc.array(handler, { maxLength: 1 })).map(([before, index, changed]) => {
    const at = index % before.length;
    return [before, [...before.slice(0, at), ...changed, ...before.slice(at + 1)]] as const;
  }),
  fc.tuple(handlers, fc.nat()).map(([before, index]) => {
    const at = index % before.length;
    return [before, [...before.slice(at), ...before.slice(0, at)]] as const;
  }),
);

const pass: MiddlewareHandler = async (_, next) => next();

function policyOf(listed: readonly Handler[]): Policy {
  const app = new Hono().use(entra());
  for (const { path, isMiddleware, scope } of listed) {
    const need = scope === undefined ? pass : requireAuth(scope);
    if (isMiddleware) app.use(path, need, pass);
    else app.get(path, need, (c) => c.text("ok"));
  }
  return createPolicy(readHonoApp(app), environment);
}

const words = ["x", "1", "a", "z", "A", "aa", "a1", "1a", "zzz", "12", "-"];
const paths = [
  "/",
  ...words.flatMap((one) => [`/${one}`, ...words.flatMap((two) => [`/${one}/${two}`, `/${one}/${two}/x`])]),
];
const sidesOf = (policy: Policy, path: string) => ({ policy, route: policy.table.find("GET", path) });

it("diff never misses a request of Hono that admits further callers, whatever regular expressions match", () => {
  const outcomes = { unknown: 0, admitting: 0, safe: 0 };
  fc.assert(
    fc.property(pair, ([old, young]) => {
      const [before, after] = [policyOf(old), policyOf(young)];
      const isAdmitting = paths.some((path) => {
        const [was, is] = [sidesOf(before, path), sidesOf(after, path)];
        return is.route.noRoute === undefined && findCaller(is, was) !== undefined;
      });
      const isUnsafe = comparePolicies(before, after).some(({ kind }) => unsafeKinds.includes(kind));
      expect(isUnsafe || !isAdmitting).toBe(true);
      outcomes[isAdmitting ? "admitting" : isUnsafe ? "unknown" : "safe"] += 1;
      expect(comparePolicies(before, before)).toEqual([]);
    }),
    tries(300),
  );
  expect(Math.min(outcomes.admitting, outcomes.safe)).toBeGreaterThan(20);
});

const [own] = createPolicy({ options: {} }, environment).settings.authorities;
const callers = [[], ["a"], ["b"], ["a", "b"]].flatMap((scopes) => {
  const rule = { kind: "user" as const, scopes: ["access_as_user", ...scopes], tenants: [environment.ENTRA_TENANT_ID] };
  const [identity] = listLeastCallers([[{ anyOf: [rule] }]], [], "a route");
  return { identity: identity!, audience: [...own!.audiences][0]!, isRevoked: false };
});

it("a rule is never called proved if a request of Hono breaks it, whatever regular expressions match", () => {
  const outcomes = { proved: 0, broken: 0, unknown: 0, mistaken: 0 };
  const kinds = fc.constantFrom("only" as const, "never" as const, "always" as const);
  const named = fc.constantFrom("/x/*", "/:p", "/1/:q", "/:p/:q/x");
  fc.assert(
    fc.property(handlers, kinds, named, (listed, kind, path) => {
      const policy = policyOf(listed);
      const requests = [{ text: `GET ${path}`, method: "GET", path, message: undefined }];
      const rule = { name: kind, line: 1, kind, who: [{ scopes: ["a"] }], requests };
      const [result] = decideRules(policy, [rule], { asksAboutTenants: false, asksGraph: false });
      const { match } = listPaths([path]);
      const isBroken = paths.some((each) => {
        if (!match(each).has(path)) return false;
        const { route } = sidesOf(policy, each);
        return callers.some((caller) => {
          const isOne = caller.identity.scopes.includes("a");
          const isAdmitted = admits(policy, route, caller);
          return kind === "always" ? isOne && !isAdmitted : isAdmitted && isOne === (kind === "never");
        });
      });
      const { outcome } = result!.verdict;
      expect(isBroken && outcome === "proved").toBe(false);
      outcomes[outcome] += 1;
    }),
    tries(300),
  );
  expect(Math.min(outcomes.proved, outcomes.broken, outcomes.unknown)).toBeGreaterThan(10);
});

it("a route with a regular expression has its requirement, unless another pattern cannot be read", () => {
  const routesOf = (app: HonoApp) => readHonoApp(app).table?.routes;
  const ok = () => new Response();
  const app = new Hono().use(entra()).use("/x/*", requireAuth("a")).get("/x/:id{[0-9]+}", requireAuth("b"), ok);
  expect(routesOf(app)).toMatchObject([{ name: "GET /x/:id{[0-9]+}", access: { requirements: { length: 2 } } }]);
  const unread = new Hono().get("/x/1*", ok).use(entra()).get("/x/:id{[0-9]+}", requireAuth("b"), ok);
  expect(routesOf(unread)?.map(({ access }) => access)).toEqual([undefined, undefined]);
});
