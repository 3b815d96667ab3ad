import { describe, expect, it } from "vitest";
import { buildRoute } from "../../../src/app/build/build-route.ts";
import {
  type OriginOptions,
  type OriginTokenOptions,
  type OriginWebSocketOptions,
  origin,
} from "../../../src/app/build/origin.ts";
import { rootScope, type Scope } from "../../../src/app/build/scope.ts";
import type { RouteAdditions } from "../../../src/app/pipeline/part.ts";
import type { PartStep } from "../../../src/app/pipeline/pipeline.ts";
import type { Route } from "../../../src/app/pipeline/route.ts";
import { isProtectedAlike, isWeaker } from "../../../src/app/routing/protection.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import type { RouteOptions } from "../../../src/app/types/definition.ts";
import type { Hooks } from "../../../src/app/types/hooks.ts";
import { bodyLimits, build } from "../../support/routes.ts";

const handler = () => ({ status: 200 });
const route = (path: string, options: object = {}): Route =>
  build({ method: "POST", path, handler: origin(), ...options });
const [group, otherGroup] = ["96000000-0000-4000-8044-0000000000a1", "96000000-0000-4000-8044-0000000000b2"] as const;
const hook = () => undefined;
const otherHook = () => undefined;
const schema = { "~standard": { version: 1, vendor: "x", validate: (value: unknown) => ({ value }) } };
const request = { body: schema };

/** Two routes that differ in one member. */
const areAlike = (one: object, other: object): boolean => isProtectedAlike(route("/a", one), route("/b", other));

/** Values of an option with which two routes differ, and whether they are protected alike nevertheless. */
type Row = readonly [one: object, other: object, alike: boolean];

describe("two routes that differ in the option", { tags: "look-alike-routes" }, () => {
  const hooks = requireAuth("a");
  const wide = { request, accepts: ["application/json", "text/plain"] };
  // The compiler asks for a row for each option.
  const rows: { readonly [Name in keyof Required<RouteOptions>]: Row } = {
    operationId: [{ operationId: "a" }, {}, true],
    summary: [{ summary: "a" }, {}, true],
    description: [{ description: "a" }, {}, true],
    tags: [{ tags: ["a"] }, {}, true],
    deprecated: [{ deprecated: true }, {}, true],
    auth: [{ hooks, auth: { scheme: "a" } }, { hooks }, true],
    responses: [{ responses: { 200: {} } }, {}, true],
    acknowledgeNoResponseBodySchema: [{ acknowledgeNoResponseBodySchema: true }, {}, true],
    request: [{ request }, {}, false],
    accepts: [wide, { request }, false],
    middleware: [{ middleware: [requireAuth("b")] }, {}, false],
    hooks: [{ hooks: { preBody: hook } }, {}, false],
    public: [{ public: true }, {}, false],
    mode: [{ mode: "report" }, {}, false],
    ownsAccessTokenParameter: [{ ownsAccessTokenParameter: true }, {}, false],
  };
  it.each(Object.entries(rows))("%s", (_, [one, other, alike]) => {
    expect([areAlike(one, other), areAlike(other, one)]).toEqual([alike, alike]);
    expect([areAlike(one, one), areAlike(other, other)]).toEqual([true, true]);
  });
});

describe("two routes that differ in the option of origin()", { tags: "look-alike-routes" }, () => {
  const exchange = (...scopes: readonly string[]) => ({ as: "on-behalf-of", scopes }) as const;
  const closing = { closeWebSocketAtExpiry: true } as const;
  type OriginOption = keyof OriginTokenOptions | keyof OriginWebSocketOptions;
  const rows: Readonly<Record<OriginOption, readonly [OriginOptions, OriginOptions | undefined]>> = {
    to: [{ to: "billing" }, undefined],
    as: [exchange("api://a/a"), undefined],
    scopes: [exchange("api://a/a"), exchange("api://a/b")],
    closeWebSocketAtExpiry: [closing, undefined],
  };
  const create = (options: OriginOptions | undefined) => ({ method: "GET", handler: origin(options) });
  it.each(Object.entries(rows))("%s are not protected alike", (_, [one, other]) => {
    expect(areAlike(create(one), create(other))).toBe(false);
    expect(areAlike(create(other), create(one))).toBe(false);
    expect(areAlike(create(one), create(one))).toBe(true);
  });
});

describe("two routes that differ in the hook", { tags: "look-alike-routes" }, () => {
  const rows: { readonly [Name in keyof Required<Hooks>]: readonly [one: Hooks, other: Hooks] } = {
    onRequest: [{ onRequest: hook }, { onRequest: otherHook }],
    preBody: [{ preBody: hook }, { preBody: otherHook }],
    beforeHandle: [{ beforeHandle: hook }, { beforeHandle: otherHook }],
    afterHandle: [{ afterHandle: hook }, { afterHandle: otherHook }],
    onError: [{ onError: hook }, { onError: otherHook }],
    onSend: [{ onSend: hook }, { onSend: otherHook }],
    onResponse: [{ onResponse: hook }, { onResponse: otherHook }],
    requirement: [requireAuth("b"), requireAuth("c")],
    cors: [{ cors: () => new Response() }, { cors: () => new Response() }],
    handlerMilliseconds: [{ handlerMilliseconds: 1_000 }, { handlerMilliseconds: 2_000 }],
  };
  it.each(Object.entries(rows))("%s are not protected alike", (_, [one, other]) => {
    const of = (hooks: Hooks) => ({ hooks });
    expect(areAlike(of(one), of(other))).toBe(false);
    expect(areAlike(of(one), of({ ...one }))).toBe(true);
  });

  it("but not if one function runs at another time", () => {
    expect(areAlike({ hooks: { preBody: hook } }, { hooks: { onSend: hook } })).toBe(false);
    const [before, after] = [
      [{ preBody: hook }, requireAuth("a")],
      [requireAuth("a"), { preBody: hook }],
    ];
    expect(areAlike({ middleware: before }, { middleware: after })).toBe(false);
  });
});

describe("two routes of parts", () => {
  it("are not protected alike if their steps differ", () => {
    const step: PartStep = () => (response) => response;
    const withStep = (additions: RouteAdditions) =>
      buildRoute({ method: "POST", path: "/a", handler: origin() }, rootScope, bodyLimits, additions);
    expect(isProtectedAlike(withStep({ step }), withStep({}))).toBe(false);
    expect(isProtectedAlike(withStep({ step }), withStep({ step: () => (response) => response }))).toBe(false);
    expect(isProtectedAlike(withStep({ step }), withStep({ step }))).toBe(true);
  });
});

describe("two routes of different groups", () => {
  const within = (scope: Partial<Scope>, options: object = {}) =>
    buildRoute({ method: "POST", path: "/a", handler: origin(), ...options }, { ...rootScope, ...scope }, bodyLimits);

  it("are protected alike if requirement and hooks are the same", () => {
    const grouped = within({ layers: [requireAuth("a"), { preBody: hook }], tags: ["x"] });
    expect(isProtectedAlike(grouped, within({}, { hooks: [requireAuth("a"), { preBody: hook }] }))).toBe(true);
  });

  it("are not if hooks get other values of the app", () => {
    const layers = [requireAuth("a")];
    const [one, other] = [{ limit: 1 }, { limit: 2 }].map((decorations) => within({ layers, decorations }));
    expect(isProtectedAlike(one, other)).toBe(false);
    expect(isProtectedAlike(one, within({ layers, decorations: { limit: 1 } }))).toBe(true);
  });
});

describe("two routes have the same protection", () => {
  const a = route("/a", { hooks: requireAuth("a") });

  it.each([
    ["itself", a, a],
    ["the same requirement, declared twice", a, route("/b", { hooks: requireAuth("a") })],
    ["the same schemas", route("/a", { request }), route("/b", { request: { ...request } })],
    ["one with a handler, and one that forwards", route("/a", { handler }), route("/b")],
    ["one with a handler, and no route", route("/a", { handler }), undefined],
    ["no route twice", undefined, undefined],
  ])("with %s", (_, one, other) => {
    expect(isProtectedAlike(one, other)).toBe(true);
  });

  it.each([
    ["a handler instead of forwarding", route("/a"), route("/b", { handler })],
    ["no route", a, undefined],
    ["no route, although the path as the origin reads it has one", undefined, a],
    [
      "another group",
      route("/a", { hooks: requireAuth({ scopes: ["a"], anyGroup: [group] }) }),
      route("/b", { hooks: requireAuth({ scopes: ["a"], anyGroup: [otherGroup] }) }),
    ],
    [
      "all groups in place of one",
      route("/a", { hooks: requireAuth({ scopes: ["a"], anyGroup: [group] }) }),
      route("/b", { hooks: requireAuth({ scopes: ["a"], groups: [group] }) }),
    ],
    ["a copy of a schema", route("/a", { request }), route("/b", { request: { body: { ...schema } } })],
  ])("but not with %s", (_, one, other) => {
    expect(isProtectedAlike(one, other)).toBe(false);
  });
});

describe("a route", () => {
  const open = build({ method: "GET", path: "/a", public: true, handler });
  const silent = build({ method: "GET", path: "/a", handler });
  const guarded = route("/a", { hooks: requireAuth("a") });

  it("is weaker in this order: public, the configured requirement, its own requirement", () => {
    const ranked = [open, silent, guarded];
    for (const [low, one] of ranked.entries()) {
      for (const [high, other] of ranked.entries()) expect(isWeaker(one, other)).toBe(low < high);
    }
  });
});
