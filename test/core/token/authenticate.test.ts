import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { fail } from "../../../src/base/common/result.ts";
import { createAuthenticate } from "../../../src/core/token/authenticator.ts";

/** @returns the header that is checked for a header that a caller sent */
function readChecked(header: string): string | null {
  let checked: string | null = null;
  const authenticate = createAuthenticate({
    recall: () => undefined,
    check(credential) {
      checked = credential;
      return fail({ reason: "signature_invalid" });
    },
  });
  authenticate(header, () => {});
  return checked;
}

describe("createAuthenticate", () => {
  it("brings each spelling of a token to one form", () => {
    for (const header of ["Bearer abc", "bearer abc", "BEARER abc", "Bearer  abc", `bEaReR${" ".repeat(9_000)}abc`]) {
      expect(readChecked(header)).toBe("Bearer abc");
    }
  });

  it.each(["", "Bearer", "Basic YTpi", "Bearerabc", "Bearer\tabc", "x Bearer  abc"])("leaves %j as it is", (header) => {
    expect(readChecked(header)).toBe(header);
  });

  it("leaves a header as it is that is too long, which is refused", () => {
    const header = `Bearer${" ".repeat(limits.tokenBytes)}abc`;
    expect(readChecked(header)).toBe(header);
  });
});
