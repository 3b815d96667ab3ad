// Runtimes: workerd, deno
import { createHash } from "node:crypto";
import { afterAll, describe } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import type { Forge } from "../../../support/forge.ts";
import { assemble, createOwnKey, encodePart, type Part, rawRsa } from "../../../support/own-key.ts";
import { badToken } from "../../../support/refusal.ts";
import { itAccepts, itRefuses, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "both");
afterAll(() => fleet.stop());

const invalid = badToken("signature_invalid");

/** A valid token with changed bytes of its signature. */
const resigned =
  (change: (signature: Buffer) => Buffer): Recipe =>
  ({ token }) => {
    const [header, payload, signature] = token.split(".");
    return `${header}.${payload}.${change(Buffer.from(signature!, "base64url")).toString("base64url")}`;
  };
/** A valid token with another header or payload than the signed one. */
const altered =
  (alter: (forge: Forge) => { readonly header?: Part; readonly payload?: Part }): Recipe =>
  (forge) => {
    const [header, payload, signature] = forge.token.split(".");
    const other = alter(forge);
    return [
      other.header ? encodePart(other.header) : header,
      other.payload ? encodePart(other.payload) : payload,
      signature,
    ].join(".");
  };

const signatures: readonly RefusedRow[] = [
  ["A23 one byte", resigned(() => Buffer.from([0])), invalid],
  ["A23 all zero", resigned(() => Buffer.alloc(256)), invalid],
  ["A23 all ones", resigned(() => Buffer.alloc(256, 0xff)), invalid],
  ["A23 the number one", resigned(() => Buffer.concat([Buffer.alloc(255), Buffer.from([1])])), invalid],
  ["A23 without its last byte", resigned((bytes) => bytes.subarray(0, 255)), invalid],
  ["A23 without its first byte", resigned((bytes) => bytes.subarray(1)), invalid],
  ["A23 half of it", resigned((bytes) => bytes.subarray(0, 128)), invalid],
  ["A23 a zero after it", resigned((bytes) => Buffer.concat([bytes, Buffer.alloc(1)])), invalid],
  ["A23 a zero before it", resigned((bytes) => Buffer.concat([Buffer.alloc(1), bytes])), invalid],
  ["A23 twice", resigned((bytes) => Buffer.concat([bytes, bytes])), invalid],
  ["A23 backwards", resigned((bytes) => Buffer.from(bytes).reverse()), invalid],
  ["A23 its first bit flipped", resigned((bytes) => flip(bytes, 0, 0x80)), invalid],
  ["A23 a middle bit flipped", resigned((bytes) => flip(bytes, 128, 0x10)), invalid],
  ["A23 its last bit flipped", resigned((bytes) => flip(bytes, 255, 0x01)), invalid],
  ["A23 plus the modulus", addModulus, invalid],
  ["A23 of another valid token", swap, invalid],
  ["A23 of an unpublished key", ({ header, claims }) => createOwnKey().sign(header, claims), invalid],
  ["A23 of another published key", ({ own, header, claims }) => own.sign(header, claims), invalid],
  ["A23 of the key of personal accounts", ({ sign, header, claims }) => sign(header, claims, "msa"), invalid],
  [
    "A23 of the payload alone",
    ({ claims, own, ownHeader }) => assemble(ownHeader, claims, () => own.signBytes(encodePart(claims))),
    invalid,
  ],
  [
    "A23 of the JSON texts",
    ({ claims, own, ownHeader }) =>
      assemble(ownHeader, claims, () => own.signBytes(`${JSON.stringify(ownHeader)}.${JSON.stringify(claims)}`)),
    invalid,
  ],
  [
    "A23 of the hash in hexadecimal",
    ({ claims, own, ownHeader }) =>
      assemble(ownHeader, claims, (input) => own.signBytes(sha256(input).toString("hex"))),
    invalid,
  ],
  [
    "A23 of the hash, hashed again",
    ({ claims, own, ownHeader }) => assemble(ownHeader, claims, (input) => own.signBytes(sha256(input))),
    invalid,
  ],
];

const contents: readonly RefusedRow[] = [
  ["A24 another scope", altered(({ claims }) => ({ payload: { ...claims, scp: "access_as_user admin" } })), invalid],
  [
    "A24 another user",
    altered(({ claims }) => ({ payload: { ...claims, oid: "0b1ec700-0000-4000-8000-000000000033" } })),
    invalid,
  ],
  ["A24 roles added", altered(({ claims }) => ({ payload: { ...claims, roles: ["Orders.Admin"] } })), invalid],
  ["A24 a later exp", altered(({ claims }) => ({ payload: { ...claims, exp: (claims.exp as number) + 1 } })), invalid],
  ["A24 a space after the claims", altered(({ claims }) => ({ payload: `${JSON.stringify(claims)} ` })), invalid],
  [
    "A24 the claims in another order",
    altered(({ claims }) => ({ payload: Object.fromEntries(Object.entries(claims).reverse()) })),
    invalid,
  ],
  ["A24 a space in the header", altered(({ header }) => ({ header: ` ${JSON.stringify(header)}` })), invalid],
  ["A24 the kid of another key", altered(({ ownHeader }) => ({ header: ownHeader })), invalid],
  ["A24 a parameter added to the header", altered(({ header }) => ({ header: { ...header, x: 1 } })), invalid],
];

const keys: readonly RefusedRow[] = [
  ["A23 the key of personal accounts, for this tenant", { key: "msa" }, badToken("key_issuer_mismatch")],
  ["A23 a key of 1024 bits", { key: "weak" }, badToken("key_unknown")],
  ["A23 a key that is not published yet", { key: "next" }, badToken("key_unknown")],
];

/** SHA-256 as an ASN.1 DigestInfo (RFC 8017 section 9.2), up to the digest. */
const prefix = Buffer.from("3031300d060960864801650304020105000420", "hex");
const emLength = 256;
/** A block with `FF` bytes before the given end. */
const filled = (...after: readonly (Buffer | string)[]): Buffer => {
  const end = Buffer.concat(after.map((part) => (typeof part === "string" ? Buffer.from(part, "hex") : part)));
  return Buffer.concat([Buffer.from("0001", "hex"), Buffer.alloc(emLength - 2 - end.length, 0xff), end]);
};
/** A token that the published key signed, with a custom padding. */
const padded =
  (pad: (digest: Buffer) => Buffer): Recipe =>
  ({ own, ownHeader, claims }) =>
    assemble(ownHeader, claims, (input) => rawRsa(own.privateKey, pad(sha256(input))));

const info = (digest: Buffer) => Buffer.concat([prefix, digest]);
const paddings: Readonly<Record<string, (digest: Buffer) => Buffer>> = {
  "short, and garbage after the digest": (d) =>
    Buffer.concat([Buffer.from("0001ffffffffffffffff00", "hex"), info(d), Buffer.alloc(256 - 11 - 51, 7)]),
  "short, and zeros after the digest": (d) =>
    Buffer.concat([Buffer.from("0001ffffffffffffffff00", "hex"), info(d), Buffer.alloc(256 - 11 - 51)]),
  "one byte of garbage after the digest": (d) => filled("00", info(d), "00"),
  "garbage in the parameters": (d) => filled("00", "3033300f060960864801650304020105020000", "0420", d),
  "no parameters": (d) => filled("00", "302f300b0609608648016503040201", "0420", d),
  "a long form of length": (d) => filled("00", "308131300d060960864801650304020105000420", d),
  "an indefinite length": (d) => filled("00", "3080300d060960864801650304020105000420", d, "0000"),
  "no DigestInfo, the digest alone": (d) => filled("00", d),
  "DigestInfo of SHA-1": (d) => filled("00", "3021300906052b0e03021a05000414", d.subarray(0, 20)),
  "DigestInfo of SHA-384": (d) => filled("00", "3041300d060960864801650304020205000430", d, Buffer.alloc(16)),
  "DigestInfo of SHA-512/256": (d) => filled("00", "3031300d060960864801650304020605000420", d),
  "no separator": (d) => filled(info(d)),
  "two separators": (d) => filled("0000", info(d)),
  "block type 0": (d) => Buffer.concat([Buffer.alloc(emLength - 51), info(d)]),
  "block type 2": (d) => flip(filled("00", info(d)), 1, 0x03),
  "no leading zero": (d) =>
    Buffer.concat([Buffer.from("01", "hex"), Buffer.alloc(203, 0xff), Buffer.alloc(1), info(d)]),
  "a byte of the padding that is not FF": (d) => flip(filled("00", info(d)), 100, 0x01),
  "the digest's first half only": (d) => filled("00", "3021300d060960864801650304020105000410", d.subarray(0, 16)),
  "a bit of the digest flipped": (d) => flip(filled("00", info(d)), 255, 0x01),
  "another message's digest": () => filled("00", info(sha256("another message"))),
};

// This is first, so that the gate has the token from which the others are made as a known token.
describe("the valid token", () => {
  itAccepts(fleet, "delegated", [
    ["A23 the unchanged signature", resigned((bytes) => bytes)],
    ["A23 the other published key, under its kid", ({ own, ownHeader, claims }) => own.sign(ownHeader, claims)],
  ]);
});

describe("signatures", { tags: "signature" }, () => itRefuses(fleet, "delegated", signatures));
describe("signed content", { tags: "token-changes" }, () => itRefuses(fleet, "delegated", contents));
describe("keys", { tags: "signature" }, () => itRefuses(fleet, "both", keys));
describe("padding", { tags: "signature" }, () => {
  itRefuses(
    fleet,
    "delegated",
    Object.entries(paddings).map(([name, pad]): RefusedRow => [`A25 ${name}`, padded(pad), invalid]),
  );
  itAccepts(fleet, "delegated", [["A25 the standard padding", padded((digest) => filled("00", info(digest)))]]);
});
function sha256(input: Buffer | string): Buffer {
  return createHash("sha256").update(input).digest();
}

function flip(bytes: Buffer, index: number, mask: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[index]! ^= mask;
  return flipped;
}

async function swap({ issue, token }: Forge): Promise<string> {
  const other = await issue({ persona: "admin" });
  return token.slice(0, token.lastIndexOf(".")) + other.slice(other.lastIndexOf("."));
}

/** Another number with the same residue, if it fits into the same number of bytes. */
function addModulus({ own, ownHeader, claims }: Forge): string {
  const modulus = BigInt(`0x${Buffer.from(own.jwk.n, "base64url").toString("hex")}`);
  for (let attempt = 0; ; attempt += 1) {
    const token = own.sign(ownHeader, { ...claims, attempt });
    const dot = token.lastIndexOf(".");
    const sum = BigInt(`0x${Buffer.from(token.slice(dot + 1), "base64url").toString("hex")}`) + modulus;
    if (sum < 1n << 2048n)
      return `${token.slice(0, dot)}.${Buffer.from(sum.toString(16).padStart(512, "0"), "hex").toString("base64url")}`;
  }
}
