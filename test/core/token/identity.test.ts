import { describe, expect, it } from "vitest";
import { createSharedValues, listNamedGroups, nameGroups, replaceGroups } from "../../../src/core/token/identity.ts";
import { identityOf } from "../../support/claims.ts";

it("keeps all members of an identity but the groups, and nothing that a cache keeps beside them", () => {
  const agent = { acts: "for-user" } as const;
  const ofToken = { agent, contexts: ["c1"], capabilities: ["cp1"], sid: "session", uti: "token" };
  const identity = { ...identityOf("user"), ...ofToken };
  const groups = ["44444444-5555-6666-7777-888888888888"];
  expect(replaceGroups(Object.assign({ credential: "secret" }, identity), groups)).toEqual({
    ...identity,
    groups,
    groupsLack: undefined,
  });
});

it("lists the named groups in one frozen list, until a further group is named", () => {
  const [first, second] = ["55555555-5555-6666-7777-888888888888", "66666666-5555-6666-7777-888888888888"];
  nameGroups([first]);
  const list = listNamedGroups();
  expect(list).toContain(first);
  expect(Object.isFrozen(list)).toBe(true);
  nameGroups([first]);
  expect(listNamedGroups()).toBe(list);
  nameGroups([second]);
  expect(listNamedGroups()).toEqual([...list, second]);
});

// Their length is part of what a token weighs, and NaN would lift the limit of the cache.
it.each(["sid", "uti"] as const)("keeps no claim %s that is not a text", (claim) => {
  expect(identityOf("user", { [claim]: "a" })[claim]).toBe("a");
  for (const value of [1, {}, ["a"], null, true]) expect(identityOf("user", { [claim]: value })[claim]).toBeUndefined();
});

describe("createSharedValues", () => {
  it("returns one frozen list for equal lists, and another for any other", () => {
    const shared = createSharedValues();
    const list = shared.list(["a", "b"]);
    expect(list).toEqual(["a", "b"]);
    expect(shared.list(["a", "b"])).toBe(list);
    expect(Object.isFrozen(list)).toBe(true);
    for (const other of [["b", "a"], ["a"], ["a b"], ["a,b"], ['a","b'], ["a", "b", ""], []]) {
      expect(shared.list(other)).toEqual(other);
    }
  });

  it("returns one frozen list for equal scopes, and no list of other scopes or of equal items", () => {
    const shared = createSharedValues();
    const list = shared.scopes("a b");
    expect(list).toEqual(["a", "b"]);
    expect(Object.isFrozen(list)).toBe(true);
    expect(shared.scopes("a b")).toBe(list);
    expect(shared.scopes("a")).toEqual(["a"]);
    expect(shared.scopes("[1]")).toEqual(["[1]"]);
    expect(shared.list(["1"])).toEqual(["1"]);
    expect(shared.scopes("[]")).toEqual(["[]"]);
    expect(shared.list([])).toEqual([]);
  });

  it("does not freeze the list of a caller", () => {
    for (const shared of [createSharedValues(), createSharedValues(0)]) {
      const items = ["a"];
      shared.list(items);
      expect(Object.isFrozen(items)).toBe(false);
    }
  });

  it("freezes lists that it does not keep", () => {
    const shared = createSharedValues(0);
    expect(Object.isFrozen(shared.list(["a"]))).toBe(true);
    expect(Object.isFrozen(shared.scopes("a"))).toBe(true);
  });

  it("keeps no more than its bytes, and those that it kept first", () => {
    const shared = createSharedValues(1_000);
    const first = shared.list(["first"]);
    for (let index = 0; index < 100; index += 1) shared.list([`list ${index}`]);
    expect(shared.list(["first"])).toBe(first);
    expect(shared.list(["list 99"])).not.toBe(shared.list(["list 99"]));
    const long = ["x".repeat(1_000)];
    const empty = createSharedValues(1_000);
    expect(empty.list(long)).not.toBe(empty.list([...long]));
  });
});
