import { describe, expect, it } from "vitest";
import { origin } from "../../../src/app/build/origin.ts";
import type { Route } from "../../../src/app/pipeline/route.ts";
import { isProtectedAlike, isWeaker } from "../../../src/app/routing/router.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { build } from "../../support/routes.ts";

const handler = () => ({ status: 200 });
const route = (path: string, options: object = {}): Route =>
  build({ method: "GET", path, handler: origin(), middleware: [requireAuth("a")], ...options });
const hook = () => undefined;
const schemas = { query: { "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) } } };

describe("two routes have the same protection", () => {
  const a = route("/a");

  it.each([
    ["itself", a, a],
    ["the same requirement, declared twice", a, route("/b")],
    ["the same hooks", route("/a", { hooks: { preBody: hook } }), route("/b", { hooks: { preBody: hook } })],
    ["the same schemas", route("/a", { request: schemas }), route("/b", { request: schemas })],
    ["one with a handler, and one that forwards", route("/a", { handler }), route("/b")],
    ["one with a handler, and no route", route("/a", { handler }), undefined],
  ])("with %s", (_, one, other) => {
    expect(isProtectedAlike(one, other)).toBe(true);
  });

  it.each([
    ["another requirement", route("/b", { middleware: [requireAuth("b")] })],
    ["no requirement of its own", build({ method: "GET", path: "/b", handler: origin() })],
    ["another mode", route("/b", { mode: "report" })],
    ["schemas", route("/b", { request: schemas })],
    ["a hook", route("/b", { hooks: { preBody: hook } })],
    ["a handler instead of forwarding", route("/b", { handler })],
    ["no route", undefined],
  ])("but not with %s", (_, other) => {
    expect(isProtectedAlike(a, other)).toBe(false);
  });

  it("but not if only the path as the origin reads it has a route", () => {
    expect(isProtectedAlike(undefined, a)).toBe(false);
    expect(isProtectedAlike(undefined, undefined)).toBe(true);
  });

  it("but not with different hooks or schemas", () => {
    const other = { hooks: { preBody: () => undefined } };
    expect(isProtectedAlike(route("/a", { hooks: { preBody: hook } }), route("/b", other))).toBe(false);
    const copy = { request: { ...schemas } };
    expect(isProtectedAlike(route("/a", { request: schemas }), route("/b", copy))).toBe(false);
  });
});

describe("a route", () => {
  const open = build({ method: "GET", path: "/a", public: true, handler });
  const silent = build({ method: "GET", path: "/a", handler });
  const guarded = route("/a");

  it("is weaker in this order: public, the configured requirement, its own requirement", () => {
    const ranked = [open, silent, guarded];
    for (const [low, one] of ranked.entries()) {
      for (const [high, other] of ranked.entries()) expect(isWeaker(one, other)).toBe(low < high);
    }
  });
});
