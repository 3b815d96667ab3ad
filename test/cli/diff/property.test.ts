import fc from "fast-check";
import { expect, it } from "vitest";
import { comparePolicies } from "../../../cli/diff/compare.ts";
import { tries } from "../../support/property.ts";
import { admitsCaller, findRoute, type GeneratedCaller, type GeneratedSet } from "./reading.ts";
import { callers, policyOf, requests, rest, route, set } from "./sets.ts";

/** Mostly two sets that share routes, so that single changes decide. */
const pair = fc.oneof(
  fc.tuple(set, set),
  fc
    .tuple(set, fc.nat(), route, rest.unlisted)
    .map(([before, at, changed, unlisted]): readonly [GeneratedSet, GeneratedSet] => {
      const others = before.routes.filter((_, index) => index !== at % (before.routes.length + 1));
      const isFree = !others.some(
        ({ method, path }) =>
          method === changed.method && path.replace(/:\w/g, ":") === changed.path.replace(/:\w/g, ":"),
      );
      return [before, { ...before, unlisted, routes: isFree ? [...others, changed] : others }];
    }),
);

const enforce = (generated: GeneratedSet): GeneratedSet => ({ ...generated, mode: "enforce" });

it("diff reports open or weaker exactly if a slow reading admits a further request", () => {
  const outcomes = { open: 0, weaker: 0, neither: 0 };
  fc.assert(
    fc.property(pair, ([before, after]) => {
      const found = requests.map(({ method, path }) => ({
        was: findRoute(before.routes, method, path),
        is: findRoute(after.routes, method, path),
      }));
      const distinct = [...new Map(found.map((each) => [JSON.stringify(each), each])).values()];
      // Report mode of the variables must not hide what will be enforced.
      const pairs = [[before, after] as const, [enforce(before), enforce(after)] as const];
      const isAdded = (caller: GeneratedCaller) =>
        distinct.some(({ was, is }) =>
          pairs.some(([old, now]) => admitsCaller(now, is, caller) && !admitsCaller(old, was, caller)),
        );
      const kinds = new Set(comparePolicies(policyOf(before), policyOf(after)).map(({ kind }) => kind));
      const isOpen = isAdded(undefined);
      const isAdmitting = isOpen || callers.some(isAdded);
      expect({ open: kinds.has("open"), admitting: kinds.has("open") || kinds.has("weaker") }).toEqual({
        open: isOpen,
        admitting: isAdmitting,
      });
      outcomes[isOpen ? "open" : isAdmitting ? "weaker" : "neither"] += 1;
    }),
    tries(200),
  );
  expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(20);
});
