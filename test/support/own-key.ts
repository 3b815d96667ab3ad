import { constants, generateKeyPairSync, type KeyObject, privateEncrypt, sign } from "node:crypto";

/** Text and bytes are used unchanged; an object becomes JSON. */
export type Part = string | Buffer | object;

/** An RSA key whose private half the test has. It is published like Entra's own keys, and can sign any content. */
export interface OwnKey {
  readonly kid: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** Public, as in a key set. */
  readonly jwk: { readonly kty: string; readonly n: string; readonly e: string; readonly kid: string };
  /** Signs with RS256, for any header. */
  sign(header: Part, payload: Part): string;
  /** Signs any bytes with RS256. */
  signBytes(bytes: Buffer | string): Buffer;
}

/** Creates a signature from the signing input. */
export type Signature = (input: Buffer) => Buffer;

export function createOwnKey(kid = "Own_Key-whose_private-half1"): OwnKey {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { n, e } = publicKey.export({ format: "jwk" });
  const jwk = { kty: "RSA", use: "sig", kid, n: n as string, e: e as string };
  return {
    kid,
    publicKey,
    privateKey,
    jwk,
    sign: (header, payload) => assemble(header, payload, rsa(privateKey)),
    signBytes: (bytes) => rsa(privateKey)(Buffer.from(bytes as string)),
  };
}

/** Compact serialization (RFC 7515 section 7.1), with any signature. */
export function assemble(header: Part, payload: Part, signature: Signature): string {
  const input = `${encodePart(header)}.${encodePart(payload)}`;
  return `${input}.${signature(Buffer.from(input)).toString("base64url")}`;
}

export function encodePart(part: Part): string {
  const bytes = typeof part === "string" || Buffer.isBuffer(part) ? part : JSON.stringify(part);
  return Buffer.from(bytes as string).toString("base64url");
}

/** RSASSA-PKCS1-v1_5. */
export function rsa(key: KeyObject, hash = "sha256"): Signature {
  return (input) => sign(hash, input, key);
}

/** RSASSA-PSS. */
export function pss(key: KeyObject, hash = "sha256"): Signature {
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  return (input) => sign(hash, input, { key, padding, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
}

/** The plain RSA operation on a padded block. */
export function rawRsa(key: KeyObject, block: Buffer): Buffer {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, block);
}
