import { describe, expect, it } from "vitest";
import { findPathFault } from "../../src/adapters/daloy-path.ts";
import apps from "../vectors/daloy-except.json" with { type: "json" };

/**
 * A route, the patterns of `except` around a guard, and requests with the status of the app and that for the plain
 * path.
 */
type GuardedApp = readonly [
  route: string,
  exempt: readonly string[],
  requests: readonly (readonly [url: string, status: number, plain: number])[],
];

const requests = (apps as unknown as readonly GuardedApp[]).flatMap(([route, exempt, sent]) =>
  sent.map(([url, status, plain]) => ({
    route,
    exempt,
    url,
    status,
    plain,
    isRefused: findPathFault(url) !== undefined,
  })),
);

describe("a path that DaloyJS's router and except decide about", () => {
  it("is refused if the router runs a guarded handler for it, past the guard", { tags: "daloy-except" }, () => {
    const passing = requests.filter(({ status, plain }) => status === 200 && plain !== 200);
    expect(passing.length).toBeGreaterThan(150);
    expect(passing.filter(({ isRefused }) => !isRefused)).toEqual([]);
  });

  it("is otherwise the path that the router matches, so the app answers as to that path", {
    tags: "daloy-except",
  }, () => {
    const served = requests.filter(({ isRefused }) => !isRefused);
    expect(served.filter(({ status, plain }) => status !== plain)).toEqual([]);
    const countOf = (wanted: number) => served.filter(({ status }) => status === wanted).length;
    expect([countOf(200) > 400, countOf(401) > 800]).toEqual([true, true]);
  });
});

it.each([
  ["https://api.example/reports/", "without_slash_at_end"],
  ["https://api.example/reports/?a", "without_slash_at_end"],
  ["http://api.example:8080/reports/#a", "without_slash_at_end"],
  ['https://api.example/a"b', "percent_encoded"],
  ["https://api.example/a b", "percent_encoded"],
  ["https://api.example/caf\u00e9", "percent_encoded"],
  ["https://api.example/reports/.", undefined],
  ["https://api.example/reports//", undefined],
  ["https://api.example?/reports", undefined],
])("a refused path says which spelling to send: %s", (url, send) => {
  expect(findPathFault(url)).toEqual({ reason: "path_ambiguous", ...(send && { send }) });
});

it.each(["/", "/reports", "/reports/7?next=/x/", "/caf%C3%A9", "/a%20b", "/reports/a.b"])(
  "a path with one spelling passes: %s",
  (path) => {
    expect(findPathFault(`https://api.example${path}`)).toBeUndefined();
  },
);
