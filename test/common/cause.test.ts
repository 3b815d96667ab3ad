import { expect, it } from "vitest";
import { describeCause } from "../../src/common/cause.ts";
import * as limits from "../../src/common/limits.ts";

it("returns the text of an error, up to its bound", () => {
  expect(describeCause(new TypeError("refused"))).toBe("refused");
  expect(describeCause(new Error("x".repeat(limits.causeCharacters)))).toBe("x".repeat(limits.causeCharacters));
  expect(describeCause(new Error("x".repeat(limits.causeCharacters + 1)))).toBe("x".repeat(limits.causeCharacters));
});

it.each([undefined, null, "text", { message: "text" }])("returns unknown if %j was thrown", (thrown) => {
  expect(describeCause(thrown)).toBe("unknown");
});
