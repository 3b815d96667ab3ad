import { describe, expect, it } from "vitest";
import { type AuthHook, anyOf, requireAuth } from "../../../src/app/types/auth.ts";
import type { HookContext } from "../../../src/app/types/types.ts";

/** Options of any type, as JavaScript code may pass. */
const loose = requireAuth as unknown as (...wanted: unknown[]) => AuthHook;

describe("requireAuth", () => {
  it("accepts scopes, all of which a user must have", () => {
    expect(requireAuth("read", "write").requirement).toMatchObject({
      anyOf: [{ kind: "user", scopes: ["read", "write"] }],
    });
  });

  it("accepts one object of lists", () => {
    expect(requireAuth({ anyRole: ["Read"] }).requirement).toMatchObject({
      anyOf: [{ kind: "app", anyRole: ["Read"] }],
    });
  });

  it("refuses every request of another framework that runs hooks, which would ignore the requirement", () => {
    for (const { preBody } of [requireAuth("read"), anyOf(requireAuth("read"))])
      expect(() => preBody?.({} as HookContext)).toThrow('In a DaloyJS app, import them from "entra-gate/daloy"');
  });

  it("protects nothing without its hook, which a DaloyJS app finds in each form", () => {
    for (const rule of [requireAuth("read"), anyOf(requireAuth("read"))]) {
      expect(Object.keys({ ...rule }).sort()).toEqual(["preBody", "requirement"]);
      expect(() => rule.preBody?.({} as HookContext)).toThrow(TypeError);
    }
  });

  it("is frozen", () => {
    expect(Object.isFrozen(requireAuth("read"))).toBe(true);
    expect(Object.isFrozen(requireAuth({ roles: ["Read"] }))).toBe(true);
    expect(Object.isFrozen(anyOf(requireAuth("read")))).toBe(true);
  });

  it.each([
    [[]],
    [[""]],
    [["read", ""]],
    [["read write"]],
    [[undefined]],
    [[null]],
    [[["read"]]],
    [[[]]],
    [[{}]],
    [[{ scopes: [] }]],
    [["read", { roles: ["Read"] }]],
    [["read", undefined]],
    [[{ scopes: ["read"] }, "write"]],
    [[{ scopes: ["read"] }, { scopes: ["write"] }]],
    [[1]],
    [[() => true]],
  ])("refuses %j, which would allow any caller or mean something else", (wanted) => {
    expect(() => loose(...wanted)).toThrow(TypeError);
  });
});

describe("anyOf", () => {
  it("has the alternatives of each argument", () => {
    const [read, daemon] = [requireAuth("read"), requireAuth({ roles: ["Read"] })];
    expect(anyOf(read, daemon).requirement.anyOf).toEqual([...read.requirement.anyOf, ...daemon.requirement.anyOf]);
    expect(anyOf(anyOf(read), daemon).requirement).toEqual(anyOf(read, daemon).requirement);
  });

  it("refuses an empty list", () => {
    expect(() => anyOf()).toThrow(new TypeError("anyOf must have at least one requireAuth(…)"));
  });

  it.each([undefined, null, {}, "read", requireAuth])("refuses %j", (hook) => {
    expect(() => anyOf(requireAuth("read"), hook as unknown as AuthHook)).toThrow(
      new TypeError("a requirement must be the result of requireAuth(…) or anyOf(…)"),
    );
  });
});
