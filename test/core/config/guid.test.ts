import { describe, expect, it } from "vitest";
import { isGuid } from "../../../src/core/config/guid.ts";

const guid = "c0c0c0c0-0000-4000-8000-00000000000f";

describe("isGuid", () => {
  it.each([guid, "00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"])(
    "accepts %s",
    (text) => {
      expect(isGuid(text)).toBe(true);
    },
  );

  it.each([
    guid.toUpperCase(),
    guid.replace("f", "F"),
    guid.replace("f", "g"),
    guid.slice(1),
    `${guid}0`,
    `{${guid}}`,
    ` ${guid}`,
    `${guid} `,
    `${guid}\n`,
    guid.replaceAll("-", ""),
    `${guid.replaceAll("-", "")}0000`,
    guid.replaceAll("-", "_"),
    "",
    null,
    undefined,
    0,
    [guid],
    { toString: () => guid, length: 36 },
  ])("refuses %j", (value) => {
    expect(isGuid(value)).toBe(false);
  });
});
