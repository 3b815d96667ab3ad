import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { isUtf8, readMediaType } from "../../../src/base/http/media-type.ts";

const read = (header: string | null) => {
  const { essence, parameters } = readMediaType(header) ?? {};
  return essence === undefined ? undefined : [essence, Object.fromEntries(parameters ?? [])];
};

describe("readMediaType", () => {
  it.each([
    [null, ["", {}]],
    ["text/plain", ["text/plain", {}]],
    ['Text/Plain \t;; \t Charset=utf-8\t;a="B c" ', ["text/plain", { charset: "utf-8", a: "B c" }]],
    ["text/plain\u00a0", ["text/plain\u00a0", {}]],
  ])("reads %j", (header, mediaType) => {
    expect(read(header)).toEqual(mediaType);
  });

  it.each(["a/b; c", "a/b; c=1; C=1", 'a/b; c="d,e"', "a/b; c=\u00a01", 'a/b; c="x charset=y"'])(
    "rejects %j",
    (header) => {
      expect(read(header)).toBeUndefined();
      expect(isUtf8(readMediaType(header))).toBe(false);
    },
  );

  it("rejects a header above the limit", () => {
    const fitting = `a/b;${" ".repeat(limits.mediaTypeCharacters - 7)}c=1`;
    expect(read(fitting)).toEqual(["a/b", { c: "1" }]);
    expect(read(` ${fitting}`)).toBeUndefined();
  });
});
