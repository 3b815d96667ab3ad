import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { App } from "../../src/app/app.ts";
import { contentsOf } from "../../src/app/app-contents.ts";
import { origin } from "../../src/app/build/origin.ts";
import * as limits from "../../src/base/common/limits.ts";
import { normalizePath } from "../../src/base/http/path.ts";
import { callerParsers, units } from "../support/parsers.ts";
import { tries } from "../support/property.ts";
import { countSteps } from "../support/steps.ts";

const app = new App()
  .get("/a/*", { public: true }, origin())
  .get("/a/:id/b", {}, origin())
  .post("/a/*", { public: true }, origin());
const findTarget = contentsOf(app).close();

const unit = fc.constantFrom(...units);
const anyText = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => String.fromCharCode(...bytes)),
  fc.string({ unit: fc.constantFrom(...'{}[]":,\\.%;/ =-_eyJ0\u00e9\ud83d'), maxLength: 300 }),
  fc.array(unit, { maxLength: 60 }).map((pieces) => pieces.join("")),
  fc.json(),
);

// test/project/alone/linear-time.test.ts measures their time.
describe.each(callerParsers)("%s", (_, { parse }) => {
  it("never throws anything but a refusal", async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => void (await parse(text))),
      tries(500),
    );
  });
});

it("the router takes steps in proportion to a path and to the bound of its readings, and never throws", () => {
  const paths = fc.oneof(
    fc
      .tuple(fc.string({ maxLength: 5 }), unit, fc.nat(4_000))
      .map(([text, repeated, times]) => text + repeated.repeat(times)),
    fc.tuple(unit, unit, fc.nat(1_000)).map(([one, other, times]) => (one + other).repeat(times)),
    fc.array(unit, { maxLength: 200 }).map((units) => units.join("")),
  );
  const seen = new Set<string>();
  fc.assert(
    fc.property(paths, (text) => {
      const path = normalizePath(`/a/${text}`);
      if (path === undefined) return;
      for (const method of ["GET", "POST"]) {
        const steps = countSteps(() => seen.add(findTarget(method, path).kind));
        expect(steps).toBeLessThanOrEqual(400 * (path.length + limits.pathReadingCharacters));
      }
    }),
    tries(500),
  );
  expect([...seen].sort()).toEqual(["near-miss", "route"]);
});

it("the count of steps distinguishes linear work from quadratic", () => {
  const quadratic = (text: string) => {
    for (let at = 0; at < text.length; at += 1) text.slice(at);
  };
  expect(countSteps(() => quadratic("a".repeat(2_000)))).toBeGreaterThan(
    3.9 * countSteps(() => quadratic("a".repeat(1_000))),
  );
});
