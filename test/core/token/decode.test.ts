import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { decodeUnverifiedToken, decodeVerifiedClaims } from "../../../src/core/token/decode.ts";
import { tokenHeader, userClaims } from "../../support/claims.ts";

const encode = (value: unknown) => base64url.encode(typeof value === "string" ? value : JSON.stringify(value));
const header = encode(tokenHeader);
const payload = encode(userClaims);
const signature = base64url.encode(new Uint8Array(256).fill(7));

const refusal = (token: string) => {
  const decoded = decodeUnverifiedToken(token);
  return decoded.ok ? "accepted" : decoded.error;
};

describe("decodeUnverifiedToken", () => {
  it("returns header and claims", () => {
    const token = `${header}.${payload}.${signature}`;
    expect(decodeUnverifiedToken(token)).toEqual({
      ok: true,
      value: { token, headerText: header, header: tokenHeader, claims: userClaims },
    });
  });

  it.each([
    ["nothing", ""],
    ["one segment", header],
    ["two segments", `${header}.${payload}`],
    ["two segments and a dot", `${header}.${payload}.`],
    ["four segments", `${header}.${payload}.${signature}.${signature}`],
    ["four segments, the last empty", `${header}.${payload}.${signature}.`],
    ["six segments", `${header}.a.b.c.d.e`],
    ["an empty header", `.${payload}.${signature}`],
    ["an empty payload", `${header}..${signature}`],
    ["dots alone", ".."],
    ["one dot", "."],
    ["very many dots", ".".repeat(limits.tokenBytes)],
    ["JSON serialization", JSON.stringify({ protected: header, payload, signature })],
    ["an opaque refresh token", "0.AXYAAAAAAAAAAAAAAAAA"],
  ])("refuses %s, which is not a compact token", (_, token) => {
    expect(refusal(token)).toEqual({ reason: "token_not_compact" });
  });

  it("takes a header from the known ones, and decodes one that is longer than those of Entra", () => {
    const known = { alg: "RS256", kid: "known" };
    for (const [characters, found] of [
      [limits.knownHeaderCharacters, known],
      [limits.knownHeaderCharacters + 4, undefined],
    ] as const) {
      const fixed = JSON.stringify({ kid: "" }).length;
      const sent = { kid: "k".repeat((characters / 4) * 3 - fixed) };
      const text = encode(sent);
      const decoded = decodeUnverifiedToken(`${text}.${encode({})}.AAAA`, new Map([[text, known]]));
      expect([text.length, decoded]).toMatchObject([characters, { value: { header: found ?? sent } }]);
    }
  });

  it("reports five segments as an encrypted token", { tags: "token-kinds" }, () => {
    expect(refusal(`${header}.a.b.c.d`)).toEqual({ reason: "token_encrypted" });
    expect(refusal(`${header}.a.b.c.`)).toEqual({ reason: "token_encrypted" });
  });

  it("checks the length first", () => {
    const room = limits.tokenBytes - `${header}.${payload}.`.length;
    const fitting = "A".repeat(room - (room % 4));
    expect(refusal(`${header}.${payload}.${fitting}`)).toBe("accepted");
    expect(refusal("a".repeat(limits.tokenBytes))).toEqual({ reason: "token_not_compact" });
    expect(refusal("a".repeat(limits.tokenBytes + 1))).toEqual({ reason: "token_too_large" });
    expect(refusal(`${header}.${payload}.${"A".repeat(limits.tokenBytes)}`)).toEqual({ reason: "token_too_large" });
  });

  const segments = (part: string, text: string) =>
    [
      ["header", header],
      ["payload", payload],
      ["signature", signature],
    ]
      .map(([name, good]) => (name === part ? text : good))
      .join(".");

  describe.each(["header", "payload", "signature"])("the %s", (part) => {
    it.each(["eyJ9=", "e30=", "e30==", "e31", "e3", "e", "e+30", "e/30", "e 30", "e30\n", "e30\u00a0", "{}"])(
      "must be canonical base64url: %j is refused",
      (text) => {
        expect(refusal(segments(part, text))).toEqual({ reason: "token_not_base64url", part });
      },
    );
  });

  describe.each(["header", "payload"])("the %s", (part) => {
    it.each([
      ["no JSON", "text"],
      ["an array", "[]"],
      ["a string", '"text"'],
      ["a number", "1"],
      ["null", "null"],
      ["true", "true"],
      ["a name twice", '{"alg":"none","alg":"RS256"}'],
      ["a byte order mark", "\ufeff{}"],
      ["nested too deep", `{"a":${"[".repeat(50)}${"]".repeat(50)}}`],
      ["white space alone", " "],
    ])("must be a JSON object: %s is refused", (_, text) => {
      expect(refusal(segments(part, encode(text)))).toEqual({ reason: "token_not_json", part });
    });

    it("must be UTF-8", () => {
      const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
      expect(refusal(segments(part, base64url.encode(bytes)))).toEqual({ reason: "token_not_json", part });
    });
  });

  it("names the first invalid part", () => {
    expect(refusal("e30=.e30=.e30=")).toEqual({ reason: "token_not_base64url", part: "header" });
    expect(refusal("e30.bnVsbA.e30=")).toEqual({ reason: "token_not_json", part: "payload" });
  });
});

describe("decodeVerifiedClaims", () => {
  it("returns the claims of a token that was decoded before", () => {
    expect(decodeVerifiedClaims(`Bearer ${header}.${payload}.${signature}`)).toEqual(userClaims);
  });

  it.each(["Bearer", `Bearer ${header}`, `Bearer ${header}.e30=.${signature}`, `Bearer ${header}.bnVsbA.${signature}`])(
    "throws for any other text: %s",
    (credential) => {
      expect(() => decodeVerifiedClaims(credential)).toThrow(TypeError);
    },
  );
});
