import { afterAll, describe } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import type { Forge } from "../../../support/forge.ts";
import { badCredential, badToken } from "../../../support/refusal.ts";
import { itAccepts, itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated");
afterAll(() => fleet.stop());

const notJson = (part: "header" | "payload") => badToken("token_not_json", { part });
const notBase64url = (part: "header" | "payload" | "signature") => badToken("token_not_base64url", { part });

/** A valid token with its segments combined differently. */
const rearranged =
  (arrange: (header: string, payload: string, signature: string) => string): Recipe =>
  ({ token }) => {
    const [header = "", payload = "", signature = ""] = token.split(".");
    return arrange(header, payload, signature);
  };

/** The valid token in another spelling of the same bytes. */
const spelling: readonly RefusedRow[] = [
  ["F04 padding after the header", rearranged((h, p, s) => `${pad(h)}.${p}.${s}`), notBase64url("header")],
  ["F04 padding after the payload", rearranged((h, p, s) => `${h}.${pad(p)}.${s}`), notBase64url("payload")],
  ["F04 padding after the signature", rearranged((h, p, s) => `${h}.${p}.${pad(s)}`), notBase64url("signature")],
  ["F04 one equal sign", rearranged((h, p, s) => `${h}.${p}.${s}=`), notBase64url("signature")],
  [
    "F04 an equal sign in the middle",
    rearranged((h, p, s) => `${h}.${p}.${s.slice(0, 8)}=${s.slice(8)}`),
    notBase64url("signature"),
  ],
  ["F04 stray bits after the signature", rearranged((h, p, s) => `${h}.${p}.${stray(s)}`), notBase64url("signature")],
  ["F04 two stray bits after the payload", (forge) => strayPayload(forge, 2), notBase64url("payload")],
  ["F04 four stray bits after the payload", (forge) => strayPayload(forge, 1), notBase64url("payload")],
  ["F04 a character too many", rearranged((h, p, s) => `${h}.${p}.${s}AAA`), notBase64url("signature")],
  ["F07 the plain alphabet in the signature", (forge) => respell(forge, 2), notBase64url("signature")],
  ["F07 the plain alphabet in the payload", (forge) => respell(forge, 1), notBase64url("payload")],
  ["F07 the plain alphabet in the header", (forge) => respell(forge, 0), notBase64url("header")],
  ["F07 a tilde", rearranged((h, p, s) => `${h}.${p}.~${s.slice(1)}`), notBase64url("signature")],
  [
    "F07 a space in the signature",
    rearranged((h, p, s) => `${h}.${p}.${s.slice(0, 9)} ${s.slice(9)}`),
    badCredential("credential_malformed"),
  ],
  [
    "F07 a TAB in the payload",
    rearranged((h, p, s) => `${h}.${p.slice(0, 9)}\t${p.slice(9)}.${s}`),
    badCredential("credential_malformed"),
  ],
];

const noObjects = ["[]", '"text"', "0", "1e3", "null", "true", "false"];
const noJson = [
  "text",
  "{",
  "{}}",
  "{}{}",
  "{'a':1}",
  '{"a":1,}',
  '{"a":NaN}',
  '{"a":undefined}',
  "{a:1}",
  "//\n{}",
  '{"a":01}',
];

const content: readonly RefusedRow[] = [
  ...[...noObjects, ...noJson].flatMap((text): RefusedRow[] => [
    [`F09 a header of ${JSON.stringify(text)}`, ({ sign, claims }) => sign(text, claims), notJson("header")],
    [`F09 a payload of ${JSON.stringify(text)}`, ({ sign, header }) => sign(header, text), notJson("payload")],
  ]),
  [
    "F09 the header in an array",
    ({ sign, header, claims }) => sign(JSON.stringify([header]), claims),
    notJson("header"),
  ],
  [
    "F09 the claims in an array",
    ({ sign, header, claims }) => sign(header, JSON.stringify([claims])),
    notJson("payload"),
  ],
  [
    "F09 the claims as a JSON string",
    ({ sign, header, claims }) => sign(header, JSON.stringify(JSON.stringify(claims))),
    notJson("payload"),
  ],
  ["F09 a token in the token", ({ sign, header, token }) => sign(header, token), notJson("payload")],
  ["F09 an empty object as the header", ({ sign, claims }) => sign("{}", claims), badToken("algorithm_not_allowed")],
  ["F09 an empty object as the payload", ({ sign, header }) => sign(header, "{}"), badToken("tenant_invalid")],
  [
    "F09 a comment in the payload",
    ({ sign, header, claims }) => sign(header, `${JSON.stringify(claims)}//`),
    notJson("payload"),
  ],
];

const invalidUtf8: Readonly<Record<string, Buffer>> = {
  "a byte that never occurs": Buffer.from([0xff]),
  "an overlong slash": Buffer.from([0xc0, 0xaf]),
  "an overlong NUL": Buffer.from([0xc0, 0x80]),
  "a surrogate": Buffer.from([0xed, 0xa0, 0x80]),
  "a truncated character": Buffer.from([0xe2, 0x82]),
  "a continuation byte alone": Buffer.from([0x80]),
  "a code point above Unicode": Buffer.from([0xf4, 0x90, 0x80, 0x80]),
};

const encoding: readonly RefusedRow[] = [
  ...Object.entries(invalidUtf8).flatMap(([name, bytes]): RefusedRow[] => [
    [
      `F10 ${name} in the header`,
      ({ own, ownHeader, claims }) => own.sign(withBytes(ownHeader, bytes), claims),
      notJson("header"),
    ],
    [
      `F10 ${name} in the payload`,
      ({ own, ownHeader, claims }) => own.sign(ownHeader, withBytes(claims, bytes)),
      notJson("payload"),
    ],
  ]),
  [
    "F10 a byte order mark before the header",
    ({ own, ownHeader, claims }) => own.sign(`\ufeff${JSON.stringify(ownHeader)}`, claims),
    notJson("header"),
  ],
  [
    "F10 a byte order mark before the payload",
    ({ own, ownHeader, claims }) => own.sign(ownHeader, `\ufeff${JSON.stringify(claims)}`),
    notJson("payload"),
  ],
  [
    "F10 a payload in UTF-16",
    ({ own, ownHeader, claims }) => own.sign(ownHeader, Buffer.from(JSON.stringify(claims), "utf16le")),
    notJson("payload"),
  ],
  [
    "F10 a payload in UTF-16 with its mark",
    ({ own, ownHeader, claims }) => own.sign(ownHeader, Buffer.from(`\ufeff${JSON.stringify(claims)}`, "utf16le")),
    notJson("payload"),
  ],
];

describe("base64url", { tags: "one-reading" }, () => itRefuses(fleet, "delegated", spelling));
describe("JSON objects", () => itRefuses(fleet, "delegated", content));
describe("UTF-8", () => itRefuses(fleet, "delegated", encoding));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));
describe("base64url in a known token", () => {
  itAccepts(fleet, "delegated", [["F04 the unchanged token", ({ token }) => token]]);
  itRefuses(fleet, "delegated", spelling);
});

function pad(segment: string): string {
  return segment + "=".repeat(4 - (segment.length % 4 || 3));
}

/** The same bytes, with an unused bit set. */
function stray(segment: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return segment.slice(0, -1) + alphabet[alphabet.indexOf(segment.slice(-1)) + 1];
}

/** A valid token whose payload does not fill its last base64url character, with an unused bit set. */
function strayPayload({ own, ownHeader, claims }: Forge, bytesOver: 1 | 2): string {
  const fillers = ["", "x", "xx"].map((filler) => ({ ...claims, filler }));
  const payload = fillers.find((candidate) => JSON.stringify(candidate).length % 3 === bytesOver)!;
  return own
    .sign(ownHeader, payload)
    .split(".")
    .map((segment, index) => (index === 1 ? stray(segment) : segment))
    .join(".");
}

/** A token with a character that differs between the two alphabets, written in the other alphabet. */
function respell({ own, ownHeader, claims }: Forge, segment: number): string {
  for (let attempt = 0; ; attempt += 1) {
    const filler = "?>".repeat(attempt);
    const parts = own.sign({ ...ownHeader, filler }, { ...claims, filler }).split(".");
    const respelt = parts[segment]!.replaceAll("-", "+").replaceAll("_", "/");
    if (respelt !== parts[segment]) return parts.with(segment, respelt).join(".");
  }
}

/** JSON with these bytes in a string. */
function withBytes(object: object, bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(object).slice(0, -1)},"name":"`), bytes, Buffer.from('"}')]);
}
