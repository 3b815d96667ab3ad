import { expect, it } from "vitest";
import { trim, trimEnd, trimStart } from "../../../src/base/http/trim.ts";

it.each([
  ["", ""],
  ["a", "a"],
  ["   ", ""],
  ["  a b  ", "a b"],
  ["\ta\u00a0 ", "\ta\u00a0"],
])("spaces at both ends of %j are removed", (text, trimmed) => {
  expect(trim(text, / /)).toBe(trimmed);
  expect(trimEnd(trimStart(text, / /), / /)).toBe(trimmed);
});

it("only the wanted end is changed", () => {
  expect([trimStart("..a..", /[.]/), trimEnd("..a..", /[.]/)]).toEqual(["a..", "..a"]);
});
