import fc from "fast-check";
import { createPolicy, type Policy } from "../../../cli/decisions/policy.ts";
import { App } from "../../../src/app/app.ts";
import { origin } from "../../../src/app/build/origin.ts";
import { anyOf, requireAuth } from "../../../src/app/types/auth.ts";
import { environment } from "../support/explain-world.ts";
import { type GeneratedCaller, type GeneratedRoute, type GeneratedSet, standard } from "./reading.ts";

const clients = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
const groups = ["96000000-0000-4000-8044-00000000000a", "96000000-0000-4000-8044-00000000000b"];
const someOf = (list: readonly string[]) => fc.subarray([...list], { minLength: 1 });
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
export const user = fc
  .record({
    scopes: maybe(someOf(["a", "b"])),
    anyScope: maybe(someOf(["a", "b"])),
    roles: maybe(someOf(["R", "S"])),
    anyRole: maybe(someOf(["R", "S"])),
    groups: maybe(someOf(groups)),
    anyGroup: maybe(someOf(groups)),
    clients: maybe(someOf(clients)),
    acrs: maybe(fc.constant(["c1"])),
    agent: maybe(fc.constantFrom("only" as const, "never" as const)),
  })
  .filter(({ scopes, anyScope, roles, anyRole }) => (scopes ?? anyScope ?? roles ?? anyRole) !== undefined)
  .map((rule) => ({ kind: "user" as const, ...withoutAbsent(rule) }));
const app = fc.record({ anyRole: someOf(["R", "S"]), clients: maybe(someOf(clients)) }).map((rule) => ({
  kind: "app" as const,
  ...withoutAbsent(rule),
}));
const need = fc.oneof(
  { weight: 1, arbitrary: fc.constant("public" as const) },
  { weight: 1, arbitrary: fc.constant(undefined) },
  { weight: 6, arbitrary: fc.array(fc.oneof(user, app), { minLength: 1, maxLength: 2 }) },
);
const paths = ["/", "/*", "/x", "/:p", "/x/*", "/x/y", "/x/:p", "/:p/y", "/:p/:q", "/x/:p/*", "/x/y/z"];
export const route: fc.Arbitrary<GeneratedRoute> = fc.record({
  method: fc.constantFrom("GET" as const, "GET" as const, "PUT" as const, "HEAD" as const),
  path: fc.constantFrom(...paths),
  need,
});
const routes = fc.uniqueArray(route, {
  maxLength: 6,
  selector: ({ method, path }) => `${method} ${path.replace(/:\w/g, ":")}`,
});
export const rest = { unlisted: fc.constantFrom("guard" as const, "reject" as const) };
export const set: fc.Arbitrary<GeneratedSet> = fc.record({
  routes,
  ...rest,
  mode: fc.oneof({ weight: 9, arbitrary: fc.constant("enforce" as const) }, fc.constant("report" as const)),
});
function withoutAbsent<T extends object>(rule: T) {
  return Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== undefined));
}

export function policyOf({ routes: declared, unlisted, mode }: GeneratedSet): Policy {
  const routes = new App();
  for (const { method, path, need: needed } of declared) {
    const access =
      needed === "public"
        ? ({ public: true } as const)
        : needed === undefined
          ? {}
          : { hooks: anyOf(...needed.map((rule) => requireAuth(rule))) };
    routes.route({ method, path: path as "/", ...access, handler: origin() });
  }
  const variables = { ...environment, ENTRA_REQUIRED_SCOPE: standard, GATE_MODE: mode };
  return createPolicy({ options: { routes, unlisted } }, variables);
}

const subsets = ([first, ...others]: readonly string[]): readonly (readonly string[])[] =>
  first === undefined ? [[]] : subsets(others).flatMap((each) => [each, [first, ...each]]);
export const callers: readonly GeneratedCaller[] = [
  undefined,
  ...(["user", "app"] as const).flatMap((kind) =>
    subsets(kind === "user" ? ["a", "b"] : []).flatMap((scopes) =>
      subsets(["R", "S"]).flatMap((roles) =>
        [...clients, "33333333-3333-4333-8333-333333333333"].flatMap((client) =>
          subsets(["c1"]).flatMap((acrs) =>
            subsets(kind === "user" ? groups : []).flatMap((held) =>
              [false, true].map((isAgent) => ({ kind, scopes, roles, groups: held, client, acrs, isAgent })),
            ),
          ),
        ),
      ),
    ),
  ),
];
const segments = ["x", "y", "z", "w"];
export const requests = ["GET", "PUT", "HEAD", "POST"].flatMap((method) =>
  [
    "/",
    ...segments.flatMap((a) => [`/${a}`, ...segments.flatMap((b) => [`/${a}/${b}`, `/${a}/${b}/z`, `/${a}/${b}/w`])]),
  ].map((path) => ({ method, path })),
);
