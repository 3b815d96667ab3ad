import { exportPKCS8, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { type KeyKind, readPrivateKey, readPublicKey } from "../../../src/extensions/issuer/key-text.ts";
import { makeIssuerKey } from "../../support/issuer-keys.ts";

const ec = await makeIssuerKey("ES256");
const rsa = await makeIssuerKey("RS256");
const p384 = await makeIssuerKey("ES384");
const ed25519 = await makeIssuerKey("EdDSA");
const keys = { EC: ec, RSA: rsa } as const;
const weak = await generateKeyPair("RS256", { modulusLength: 2048, extractable: true });

/** The members of a JWK in the order in which the code lists them. */
const sorted = (members: object) => Object.entries(members).sort();

function withoutMembers(text: string, ...names: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).filter(([name]) => !names.includes(name))));
}

/** Changes the bytes of a PEM block. */
function changePem(pem: string, change: (bytes: Uint8Array) => Uint8Array): string {
  const bytes = Uint8Array.from(atob(pem.replace(/-----.*?-----|\s/g, "")), (character) => character.charCodeAt(0));
  return `-----BEGIN PRIVATE KEY-----\n${btoa(String.fromCharCode(...change(bytes)))}\n-----END PRIVATE KEY-----`;
}

describe.each(["EC", "RSA"] as const)("a private key of the kind %s", (kind: KeyKind) => {
  const { pem, jwk, publicJwk, members } = keys[kind];
  const expected = sorted(members);

  it.each([
    ["PKCS #8", pem],
    ["PKCS #8 in one line", pem.replaceAll("\n", "\\n")],
    ["PKCS #8 with other line breaks", pem.replaceAll("\n", "\r\n")],
    ["a JWK", jwk],
    ["a JWK with white space around it", `\n ${jwk}\n`],
    ["a JWK with members that do not matter", JSON.stringify({ ...members, kid: "k", key_ops: ["sign"], use: "sig" })],
  ])("is read from %s", (_, text) => {
    const read = readPrivateKey(text, kind);
    expect(read.ok && sorted(read.value.whole)).toEqual(expected);
    expect(read.ok && sorted(read.value.public)).toEqual(sorted(JSON.parse(publicJwk)));
  });

  it.each([
    ["an empty text", " ", "is not a private key"],
    ["words", "correct horse battery staple", "is not a private key"],
    ["broken JSON", `${jwk.slice(0, -1)}`, "is not a private key"],
    ["an array", `[${jwk}]`, "is not a private key"],
    ["a PEM block of another kind", pem.replaceAll("PRIVATE", "EC PRIVATE"), "is not a private key"],
    ["a public JWK", publicJwk, "is a public key"],
    ["a JWK without its public part", withoutMembers(jwk, "x", "n"), "lacks its public part"],
    ["a JWK for another algorithm", JSON.stringify({ ...members, alg: "PS256" }), "is not an"],
    ["a JWK for encryption", JSON.stringify({ ...members, use: "enc" }), "is not an"],
    ["the other kind", keys[kind === "EC" ? "RSA" : "EC"].pem, "is not an"],
    ["the other kind as a JWK", keys[kind === "EC" ? "RSA" : "EC"].jwk, "is not an"],
    ["P-384", p384.pem, "is not an"],
    ["P-384 as a JWK", p384.jwk, "is not an"],
    ["Ed25519", ed25519.pem, "is not an"],
    ["Ed25519 as a JWK", ed25519.jwk, "is not an"],
    ["a secret for HMAC", JSON.stringify({ kty: "oct", k: "c2VjcmV0", d: "x" }), "is not an"],
  ])("is not read from %s, whose fault shows none of it", (_, text, problem) => {
    const read = readPrivateKey(text, kind);
    expect(read).toEqual({ ok: false, error: expect.stringContaining(problem) });
    const parts = text.match(/[\w-]{20,}/g) ?? [];
    expect(parts.filter((part) => JSON.stringify(read).includes(part))).toEqual([]);
  });

  it("is not read from a PEM block that is cut off or extended anywhere, and nothing is thrown", () => {
    // The long numbers of an RSA key are alike.
    const step = kind === "EC" ? 1 : 7;
    const length = atob(pem.replace(/-----.*?-----|\s/g, "")).length;
    for (let at = 0; at < length; at += step) {
      expect(
        readPrivateKey(
          changePem(pem, (bytes) => bytes.subarray(0, at)),
          kind,
        ).ok,
      ).toBe(false);
    }
    // A damaged byte is found here or when the key is imported. It never throws.
    for (let at = 0; at < length; at += step) {
      const damage = (bytes: Uint8Array) => bytes.map((byte, index) => (index === at ? byte ^ 0xff : byte));
      expect(typeof readPrivateKey(changePem(pem, damage), kind).ok).toBe("boolean");
    }
  });
});

describe("an RSA key", () => {
  it("must have 2048 to 8192 bits and the exponent 65537", async () => {
    const { n, e } = JSON.parse(rsa.publicJwk);
    const read = (members: object) => readPublicKey(JSON.stringify({ kty: "RSA", n, e, ...members }), "RSA");
    expect(read({}).ok).toBe(true);
    expect(read({ e: "Aw" }).ok).toBe(false);
    expect(read({ n: n.slice(0, 171) }).ok).toBe(false);
    expect(read({ n: n.repeat(5) }).ok).toBe(false);
    expect(readPrivateKey(await exportPKCS8(weak.privateKey), "RSA").ok).toBe(true);
  });
});

describe("a public key", () => {
  it.each(["EC", "RSA"] as const)("of the kind %s is read without other members", (kind) => {
    const { publicJwk } = keys[kind];
    const read = readPublicKey(JSON.stringify({ ...JSON.parse(publicJwk), kid: "k", use: "sig", x5c: ["x"] }), kind);
    expect(read.ok && sorted(read.value)).toEqual(sorted(JSON.parse(publicJwk)));
  });

  it.each([
    ["a private JWK", ec.jwk],
    ["PKCS #8", ec.pem],
    ["a private member alone", JSON.stringify({ ...JSON.parse(ec.publicJwk), d: "" })],
    ["a member of a private RSA key", JSON.stringify({ ...JSON.parse(ec.publicJwk), qi: "AQ" })],
    ["a secret", JSON.stringify({ ...JSON.parse(ec.publicJwk), k: "c2VjcmV0" })],
  ])("is not read from %s, and the fault says that it is private without showing it", (_, text) => {
    const read = readPublicKey(text, "EC");
    expect(read).toEqual({ ok: false, error: expect.stringContaining("contains a private key") });
    expect(JSON.stringify(read)).not.toContain(ec.members.d as string);
  });

  it.each([
    ["words", "words"],
    ["null", "null"],
    ["the other kind", rsa.publicJwk],
    ["a point with other coordinates", JSON.stringify({ ...JSON.parse(ec.publicJwk), x: "AQ" })],
    ["a coordinate in another base64", JSON.stringify({ ...JSON.parse(ec.publicJwk), x: `${ec.members.x}=` })],
    ["a coordinate that is a number", JSON.stringify({ ...JSON.parse(ec.publicJwk), y: 1 })],
  ])("is not read from %s", (_, text) => {
    expect(readPublicKey(text, "EC").ok).toBe(false);
  });
});
