import { describe, expect, it } from "vitest";
import { findAmbiguous, spellField, spellHeader } from "../../../src/base/http/name-spelling.ts";

const isSame = (first: string, second: string) => findAmbiguous([first, second], spellField).size === 2;

describe("two names of fields", () => {
  it.each([
    ["limit", "LIMIT"],
    ["user_id", "user.id"],
    ["user_id", "user[id]"],
    ["user", "user.id"],
    ["id", "user.id"],
    ["a[b]", "a.b.c"],
    ["a[b]", "a_b"],
    ["c", "a[b][c]"],
    ["a", "a\u0000b"],
    ["a", "%u0061"],
    ["a", "%u0041"],
    ["a", "%61"],
    ["a", "!_a"],
  ])("may be the same: %j and %j", (first, second) => {
    expect([isSame(first, second), isSame(second, first)]).toEqual([true, true]);
  });

  it.each([
    ["limit", "limits"],
    ["id", "user_id"],
    ["user-id", "user_id"],
    ["a[b]", "a[c]"],
    ["b", "a[b][c]"],
    ["_", "[]"],
    ["", "."],
  ])("differ: %j and %j", (first, second) => {
    expect([isSame(first, second), isSame(second, first)]).toEqual([false, false]);
  });

  it("are found among others, without the others", () => {
    const names = ["a", "b", "c.d", "e", "d", "B"];
    expect([...findAmbiguous(names, spellField)].sort()).toEqual(["B", "b", "c.d", "d"]);
  });
});

it("headers are the same if a program cannot distinguish them", () => {
  expect(findAmbiguous(["x-limit", "x_limit", "x.limit", "xlimit"], spellHeader)).toEqual(
    new Set(["x-limit", "x_limit", "x.limit"]),
  );
});
