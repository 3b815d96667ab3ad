// Runtimes: workerd, deno
import { createHmac, createPublicKey, createSecretKey, generateKeyPairSync, sign, X509Certificate } from "node:crypto";
import { afterAll, describe } from "vitest";
import { startFleet } from "../../../support/fleet.ts";
import { assemble, pss, rsa, type Signature } from "../../../support/own-key.ts";
import { badToken } from "../../../support/refusal.ts";
import { itRefuses, itSendsNoRequests, type Recipe, type RefusedRow } from "../../../support/rows.ts";

const fleet = await startFleet("delegated", "both");
afterAll(() => fleet.stop());

const notAllowed = badToken("algorithm_not_allowed");
const notCompact = badToken("token_not_compact");
const invalid = badToken("signature_invalid");

const signed =
  (alg: string, signature: Signature): Recipe =>
  ({ header, claims }) =>
    assemble({ ...header, alg }, claims, signature);
/** The same as {@link signed}, with the kid of the test's own key. */
const ownSigned =
  (alg: string, signature: Signature): Recipe =>
  ({ ownHeader, claims }) =>
    assemble({ ...ownHeader, alg }, claims, signature);

const nothing: Signature = () => Buffer.alloc(0);
const something: Signature = () => Buffer.alloc(256, 1);

const unsigned: readonly RefusedRow[] = ["none", "None", "NONE", "nOnE", "noNE", " none", "none "].flatMap(
  (alg): RefusedRow[] => [
    [`A01 alg ${JSON.stringify(alg)}, no signature`, signed(alg, nothing), notCompact],
    [
      `A01 alg ${JSON.stringify(alg)}, no third segment`,
      ({ header, claims }) => assemble({ ...header, alg }, claims, nothing).slice(0, -1),
      notCompact,
    ],
    [`A01 alg ${JSON.stringify(alg)}, some signature`, signed(alg, something), notAllowed],
    [`A01 alg ${JSON.stringify(alg)}, a good signature`, { header: { alg } }, notAllowed],
  ],
);

const spellings = [
  "",
  "rs256",
  "Rs256",
  "RS256 ",
  " RS256",
  "RS256\u0000",
  "RS256\n",
  "RS-256",
  "ＲＳ256",
  "RSA",
  "SHA256withRSA",
];
const values: readonly unknown[] = [
  ...spellings,
  "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  ["RS256"],
  [],
  {},
  null,
  256,
  true,
];

const misspelt: readonly RefusedRow[] = [
  ...values.map((alg): RefusedRow => [`A02 alg ${JSON.stringify(alg)}`, { header: { alg } }, notAllowed]),
  ["A02 no alg", ({ sign, header: { alg: _, ...header }, claims }) => sign(header, claims), notAllowed],
  [
    "A02 alg under another name",
    ({ sign, header: { alg: _, ...header }, claims }) => sign({ ...header, ALG: "RS256" }, claims),
    notAllowed,
  ],
];

const { own, publicJwk } = await fleet.forge("delegated");
const publicKey = createPublicKey({ key: { kty: "RSA", n: publicJwk.n, e: publicJwk.e }, format: "jwk" });
const certificate = new X509Certificate(Buffer.from(publicJwk.x5c[0]!, "base64"));
const spki = publicKey.export({ type: "spki", format: "pem" }) as string;
const pkcs1 = publicKey.export({ type: "pkcs1", format: "pem" }) as string;
const { kid, n, e, x5c } = publicJwk;

/** The public key in every form that a library might use as a secret. */
const secrets: Readonly<Record<string, string | Buffer>> = {
  "SPKI in PEM": spki,
  "SPKI in PEM, no line feed at the end": spki.trimEnd(),
  "SPKI in PEM, CRLF": spki.replaceAll("\n", "\r\n"),
  "SPKI in PEM, one line": spki.replaceAll("\n", ""),
  "SPKI in DER": publicKey.export({ type: "spki", format: "der" }),
  "SPKI in DER, base64": publicKey.export({ type: "spki", format: "der" }).toString("base64"),
  "PKCS #1 in PEM": pkcs1,
  "PKCS #1 in PEM, no line feed at the end": pkcs1.trimEnd(),
  "PKCS #1 in DER": publicKey.export({ type: "pkcs1", format: "der" }),
  "the certificate in PEM": certificate.toString(),
  "the certificate in PEM, no line feed at the end": certificate.toString().trimEnd(),
  "the certificate in DER": certificate.raw,
  x5c: x5c[0]!,
  "the modulus as published": n,
  "the bytes of the modulus": Buffer.from(n, "base64url"),
  "the exponent": e,
  "the JWK": JSON.stringify({ kty: "RSA", n, e }),
  "the JWK as for its thumbprint": JSON.stringify({ e, kty: "RSA", n }),
  "the JWK as published": JSON.stringify({ kty: "RSA", n, e, x5c, use: "sig", kid, x5t: kid }),
  "the key set": JSON.stringify({ keys: [{ kty: "RSA", n, e, x5c, use: "sig", kid, x5t: kid }] }),
  "the kid": kid,
  "[object CryptoKey]": "[object CryptoKey]",
};

const hmac =
  (bits: number, secret: string | Buffer): Signature =>
  (input) =>
    createHmac(`sha${bits}`, createSecretKey(Buffer.from(secret as string)))
      .update(input)
      .digest();

const confused: readonly RefusedRow[] = Object.entries(secrets).flatMap(([name, secret]) =>
  [256, 384, 512].map(
    (bits): RefusedRow => [`A03 HS${bits}, keyed with ${name}`, signed(`HS${bits}`, hmac(bits, secret)), notAllowed],
  ),
);
const guessed: readonly RefusedRow[] = ["", "\u0000", "a", "secret", "null", "undefined"].flatMap((secret) =>
  [256, 384, 512].map(
    (bits): RefusedRow => [
      `A04 HS${bits}, keyed with ${JSON.stringify(secret)}`,
      signed(`HS${bits}`, hmac(bits, secret)),
      notAllowed,
    ],
  ),
);

const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const ed = generateKeyPairSync("ed25519").privateKey;

const others: readonly RefusedRow[] = [
  ["A06 RS384, by a published key", ownSigned("RS384", rsa(own.privateKey, "sha384")), notAllowed],
  ["A06 RS512, by a published key", ownSigned("RS512", rsa(own.privateKey, "sha512")), notAllowed],
  ["A06 RS1, by a published key", ownSigned("RS1", rsa(own.privateKey, "sha1")), notAllowed],
  ["A07 PS256, by a published key", ownSigned("PS256", pss(own.privateKey)), notAllowed],
  ["A07 PS384, by a published key", ownSigned("PS384", pss(own.privateKey, "sha384")), notAllowed],
  ["A07 PS512, by a published key", ownSigned("PS512", pss(own.privateKey, "sha512")), notAllowed],
  ["A07 a signature of RS256 under PS256", ownSigned("PS256", rsa(own.privateKey)), notAllowed],
  ["A07 ES256", signed("ES256", (input) => sign("sha256", input, { key: ec, dsaEncoding: "ieee-p1363" })), notAllowed],
  ["A07 ES256, all zero", signed("ES256", () => Buffer.alloc(64)), notAllowed],
  ["A07 EdDSA", signed("EdDSA", (input) => sign(null, input, ed)), notAllowed],
  ["A07 Ed25519", signed("Ed25519", (input) => sign(null, input, ed)), notAllowed],
  ["A07 an algorithm of encryption", signed("RSA-OAEP", something), notAllowed],
  ["A07 a symmetric algorithm of encryption", signed("dir", something), notAllowed],
  ["A07 an algorithm with a password", signed("PBES2-HS256+A128KW", something), notAllowed],
];

/** The header has RS256, and the signature is another one. */
const disguised: readonly RefusedRow[] = [
  ...Object.entries(secrets).map(
    ([name, secret]): RefusedRow => [
      `A03 RS256 over an HMAC keyed with ${name}`,
      signed("RS256", hmac(256, secret)),
      invalid,
    ],
  ),
  ["A06 RS256 over SHA-384", ownSigned("RS256", rsa(own.privateKey, "sha384")), invalid],
  ["A06 RS256 over SHA-512", ownSigned("RS256", rsa(own.privateKey, "sha512")), invalid],
  ["A06 RS256 over SHA-1", ownSigned("RS256", rsa(own.privateKey, "sha1")), invalid],
  ["A06 RS256 over MD5", ownSigned("RS256", rsa(own.privateKey, "md5")), invalid],
  ["A07 RS256 over a signature of PS256", ownSigned("RS256", pss(own.privateKey)), invalid],
  ["A07 RS256 over a signature of PS512", ownSigned("RS256", pss(own.privateKey, "sha512")), invalid],
  ["A07 RS256 over a signature of ES256", signed("RS256", (input) => sign("sha256", input, ec)), invalid],
];

describe("no algorithm", { tags: "algorithm" }, () => itRefuses(fleet, "delegated", unsigned));
describe("misspelled algorithms", { tags: "algorithm" }, () => itRefuses(fleet, "delegated", misspelt));
describe("symmetric algorithms", { tags: "algorithm" }, () => itRefuses(fleet, "delegated", [...confused, ...guessed]));
describe("asymmetric algorithms", { tags: "algorithm" }, () => itRefuses(fleet, "delegated", others));
describe("the network", () => itSendsNoRequests(fleet, "delegated"));
describe("one algorithm under the name of another", { tags: "algorithm" }, () => itRefuses(fleet, "both", disguised));
