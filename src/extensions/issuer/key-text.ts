import { base64url } from "jose";
import { readJson } from "../../base/common/json.ts";
import * as limits from "../../base/common/limits.ts";
import { isRecord } from "../../base/common/objects.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { toHex } from "../../base/http/hex.ts";
import { readPemBlock } from "../../core/config/pem.ts";
import { derTags, readDer, takeDer } from "./der.ts";

/** Keys of an issuer: ES256 for the origin, RS256 for Entra, which supports no other algorithm. */
export type KeyKind = "EC" | "RSA";

/** Algorithm, size and variables of each kind of key. */
export const keyKinds = {
  EC: { alg: "ES256", described: "an EC key on P-256", command: "npx entra-gate keygen" },
  RSA: {
    alg: "RS256",
    described: `an RSA key of at least ${limits.keyBitsMinimum} bits`,
    command: "npx entra-gate keygen --rsa",
  },
} as const;

/** Members of a public key (RFC 7518 section 6), in the order of RFC 7638. */
const publicMembers = { EC: ["crv", "kty", "x", "y"], RSA: ["e", "kty", "n"] } as const;
/** Members of a private key, beside the public ones. */
const privateMembers = { EC: ["d"], RSA: ["d", "p", "q", "dp", "dq", "qi"] } as const;

/** A key as a JWK (RFC 7517), with only the members of its kind. */
export type KeyMembers = Readonly<Record<string, string>>;

/** A private key and its public part. */
export interface PrivateKeyMembers {
  readonly whole: KeyMembers;
  readonly public: KeyMembers;
}

/**
 * Reads a private key from the text of a secret: a PEM block PRIVATE KEY (PKCS #8), or a JWK. It neither imports the
 * key nor checks that its parts belong together.
 *
 * @returns the key, or its fault as a predicate without a part of the text
 */
export function readPrivateKey(text: string, kind: KeyKind): Result<PrivateKeyMembers, string> {
  const members = text.trim().startsWith("{") ? readJson(text) : readPem(text);
  if (!isRecord(members)) return fail("is not a private key: a PEM block PRIVATE KEY, or a JWK");
  if (members.d === undefined) return fail("is a public key. The gate signs with a private one");
  const key = readKind(members, kind);
  if (!key.ok) return key;
  const secret = pickTexts(members, privateMembers[kind]);
  if (secret === undefined) return fail("lacks parts of a private key");
  return succeed({ whole: { ...key.value, ...secret }, public: key.value });
}

/**
 * Reads a public key that is only published.
 *
 * @returns the key, or its fault as a predicate without a part of the text
 */
export function readPublicKey(text: string, kind: KeyKind): Result<KeyMembers, string> {
  return /PRIVATE KEY/.test(text) ? fail(privateProblem) : readPublicMembers(readJson(text), kind);
}

/**
 * Reads a public key from a parsed JWK.
 *
 * @returns the key, or its fault as a predicate without a part of the key
 */
export function readPublicMembers(value: unknown, kind: KeyKind): Result<KeyMembers, string> {
  if (!isRecord(value)) return fail("is not a public JWK");
  if ([...privateMembers.RSA, "k"].some((name) => name in value)) return fail(privateProblem);
  return readKind(value, kind);
}

const privateProblem = "contains a private key, and only a public one may be published. Replace that key everywhere";

/** Whether two keys of one kind are the same. */
export function isSameKey(one: KeyMembers, other: KeyMembers): boolean {
  return ["n", "x", "y"].every((name) => one[name] === other[name]);
}

/** Checks kind and size, and returns the public members alone. */
function readKind(members: Readonly<Record<string, unknown>>, kind: KeyKind): Result<KeyMembers, string> {
  const { alg, described } = keyKinds[kind];
  const wrong = fail(`is not ${described}`);
  if (members.kty !== kind || (members.alg !== undefined && members.alg !== alg)) return wrong;
  if (members.use !== undefined && members.use !== "sig") return wrong;
  const shown = pickTexts(members, publicMembers[kind]);
  if (shown === undefined) return fail("lacks its public part");
  if (kind === "EC" && (members.crv !== "P-256" || countBytes(shown.x) !== 32 || countBytes(shown.y) !== 32))
    return wrong;
  const bits = kind === "RSA" ? countBytes(shown.n) * 8 : limits.keyBitsMinimum;
  return bits < limits.keyBitsMinimum || bits > limits.keyBitsMaximum || (kind === "RSA" && shown.e !== "AQAB")
    ? wrong
    : succeed(shown);
}

/** Number of bytes of a canonical base64url text; 0 for another text. */
function countBytes(text: string | undefined): number {
  try {
    const bytes = base64url.decode(text ?? "");
    return base64url.encode(bytes) === text ? bytes.length : 0;
  } catch {
    return 0;
  }
}

function pickTexts(members: Readonly<Record<string, unknown>>, names: readonly string[]): KeyMembers | undefined {
  const picked = names.map((name) => [name, members[name]] as const);
  const isWhole = picked.every(([, value]) => typeof value === "string" && value !== "");
  return isWhole ? (Object.fromEntries(picked) as KeyMembers) : undefined;
}

/** Object identifiers in hexadecimal: `id-ecPublicKey`, `secp256r1` (RFC 5480) and `rsaEncryption` (RFC 8017). */
const oids = { ec: "2a8648ce3d0201", p256: "2a8648ce3d030107", rsa: "2a864886f70d010101" };

/** Reads PKCS #8 (RFC 5958) synchronously, so that a faulty key is a fault at start. Web Crypto only imports. */
function readPem(text: string): Readonly<Record<string, unknown>> | undefined {
  const der = readPemBlock(text, "PRIVATE KEY");
  if (der === undefined) return undefined;
  try {
    const info = readDer(takeDer(readDer(der), 0, derTags.sequence));
    const algorithm = readDer(takeDer(info, 1, derTags.sequence));
    const oid = toHex(takeDer(algorithm, 0, derTags.oid));
    const isP256 = oid === oids.ec && toHex(takeDer(algorithm, 1, derTags.oid)) === oids.p256;
    if (oid !== oids.rsa && !isP256) return { kty: "other", d: "" };
    const key = readDer(takeDer(readDer(takeDer(info, 2, derTags.bytes)), 0, derTags.sequence));
    if (oid === oids.rsa) {
      // RFC 8017 appendix A.1.2.
      const numbers = ["", "n", "e", "d", "p", "q", "dp", "dq", "qi"].map((name, index) => [
        name,
        base64url.encode(withoutZeros(takeDer(key, index, derTags.integer))),
      ]);
      return { kty: "RSA", ...Object.fromEntries(numbers.slice(1)) };
    }
    const d = base64url.encode(takeDer(key, 1, derTags.bytes));
    // RFC 5915: the public point follows in [1], uncompressed. Some programs omit it.
    const point = key.find(({ tag }) => tag === derTags.publicKey);
    const bits = point && takeDer(readDer(point.content), 0, derTags.bits);
    if (bits?.length !== 66 || bits[0] !== 0 || bits[1] !== 4) return { kty: "EC", crv: "P-256", d };
    const [x, y] = [bits.subarray(2, 34), bits.subarray(34)].map((part) => base64url.encode(part));
    return { kty: "EC", crv: "P-256", d, x, y };
  } catch {
    return undefined;
  }
}

/** DER puts a zero before a number whose first bit is set. */
function withoutZeros(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1 ? bytes.subarray(0, 0) : bytes.subarray(start);
}
