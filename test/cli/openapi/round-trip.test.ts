import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createPolicy, declareRoutes } from "../../../cli/decisions/policy.ts";
import { type Change, comparePolicies } from "../../../cli/diff/compare.ts";
import { writeOpenapi } from "../../../cli/openapi/write-openapi.ts";
import type { GateCode } from "../../../cli/project/gate-code.ts";
import { readModule } from "../../../cli/project/load-gate.ts";
import { tenants } from "../../../entra/directory/directory.ts";
import { App } from "../../../src/app/app.ts";
import { origin } from "../../../src/app/build/origin.ts";
import { type AuthHook, anyOf, requireAuth } from "../../../src/app/types/auth.ts";
import { authorities } from "../../../src/extensions/authorities/authorities.ts";
import { tries } from "../../support/property.ts";
import { compile } from "../compile/support.ts";
import { linkExample } from "../support/examples.ts";
import { environment } from "../support/explain-world.ts";

/** Compares the routes of a gate with those that `compile` makes of its document. */
function differences(code: GateCode, variables: Readonly<Record<string, string>> = environment): readonly Change[] {
  const { document } = writeOpenapi(code, variables, true);
  const compiled = compile(document, { open: "any", variables });
  if ("faults" in compiled) throw new Error(JSON.stringify(compiled.faults, null, 1));
  const options = { ...code.options, unlisted: "reject" } as const;
  const routes = declareRoutes(compiled.document.routes);
  return comparePolicies(
    createPolicy({ options }, variables),
    createPolicy({ options: { ...options, routes } }, variables),
  );
}

/** A second authority: another tenant of the same cloud. */
const customers = {
  ENTRA_CUSTOMERS_TENANT_ID: tenants.fabrikam.id,
  ENTRA_CUSTOMERS_API_AUDIENCE: "api://customers",
};

const someOf = (list: readonly string[]) => fc.subarray([...list], { minLength: 1 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const withoutAbsent = (rule: object) =>
  Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
const groups = ["96000000-0000-4000-8044-00000000000a", "96000000-0000-4000-8044-00000000000b"];
const agent = maybe(fc.constantFrom("only", "never"));
const from = maybe(fc.constantFrom(["default"], ["customers"], ["customers", "default"]));
const user = fc
  .record({
    from,
    scopes: maybe(someOf(["a", "b"])),
    anyScope: maybe(someOf(["a", "c"])),
    roles: maybe(someOf(["R", "S"])),
    anyRole: maybe(someOf(["R", "T"])),
    groups: maybe(someOf(groups)),
    anyGroup: maybe(someOf(groups)),
    acrs: maybe(someOf(["c1", "c2"])),
    agent,
  })
  .filter(({ scopes, anyScope, roles, anyRole }) => (scopes ?? anyScope ?? roles ?? anyRole) !== undefined)
  .map((rule) => ({ kind: "user" as const, ...withoutAbsent(rule) }));
const app = fc
  .record({ from, roles: maybe(someOf(["R", "S"])), anyRole: maybe(someOf(["R", "T"])), agent })
  .filter(({ roles, anyRole }) => (roles ?? anyRole) !== undefined)
  .map((rule) => ({ kind: "app" as const, ...withoutAbsent(rule) }));
const access: fc.Arbitrary<AuthHook | "public" | "default"> = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom("public" as const, "default" as const) },
  {
    weight: 8,
    arbitrary: fc
      .array(fc.oneof(user, app), { minLength: 1, maxLength: 3 })
      .map((rules) => anyOf(...rules.map((rule) => requireAuth(rule)))),
  },
);
const route = fc.record({
  method: fc.constantFrom("GET" as const, "PUT" as const, "HEAD" as const),
  path: fc.constantFrom("/", "/x", "/x/:id", "/x/:id/y", "/z-1/:order_id"),
  access,
  to: maybe(fc.constantFrom("billing", "zone")),
});
const routes = fc.uniqueArray(route, { minLength: 1, maxLength: 6, selector: ({ method, path }) => method + path });

describe("the document, compiled again, admits the same callers", () => {
  it("of generated routes", () => {
    fc.assert(
      fc.property(routes, maybe(access), (list, around) => {
        const declared = new App();
        const isGroup = around !== undefined && around !== "public" && around !== "default";
        if (isGroup) declared.use(around);
        for (const { method, path: own, access: needed, to } of list) {
          const isOpen = needed === "public" && !isGroup;
          const hooks = typeof needed === "string" ? {} : { hooks: needed };
          const handler = origin(to === undefined ? to : { to });
          declared.route({ method, path: own, ...(isOpen ? { public: true } : hooks), handler });
        }
        let found: readonly Change[];
        try {
          const options = { routes: declared, authorities: authorities("customers") };
          found = differences({ options }, { ...environment, ...customers });
        } catch (error) {
          // No caller can meet the app's and the route's requirement.
          expect(String(error)).toContain("names no scope and no role");
          expect(isGroup).toBe(true);
          return;
        }
        expect(found).toEqual([]);
      }),
      tries(60),
    );
  });

  const folder = mkdtempSync(path.join(tmpdir(), "examples-"));
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    "app-with-zod/src/worker.ts",
    "deno/src/main.ts",
    "gate/src/worker.ts",
    "node/src/app.ts",
    "on-behalf-of/src/worker.ts",
    "spa/src/api.ts",
  ])("of examples/%s", async (name) => {
    const module = await import(/* @vite-ignore */ pathToFileURL(linkExample(name, folder)).href);
    const code = readModule("createApi" in module ? { app: module.createApi("https://app.example") } : module);
    if (code === undefined) throw new Error(name);
    const found = differences(code);
    // The document has no path for a route that ends in a wildcard, and not its own.
    expect(found.filter(({ request }) => !/\*$|^GET \/openapi.json$/.test(request))).toEqual([]);
  });
});
