import { CompactSign, type CryptoKey, calculateJwkThumbprint, importJWK, type JWK, type JWTPayload } from "jose";
import type { Background, Io } from "../../base/common/io.ts";
import { isLeased, type Leased, underLease } from "../../base/common/lease.ts";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { encodeUtf8 } from "../../base/common/utf8.ts";
import { readSecret } from "../../core/config/secret.ts";
import type { KeyFault } from "../../core/guard/issuer.ts";
import type { KeyConfig } from "./configuration.ts";
import { type KeyMembers, keyKinds, readPrivateKey } from "./key-text.ts";

/** A key that can sign. */
export interface SigningKey {
  /** The variable that has the key. */
  readonly variable: string;
  readonly kid: string;
  readonly alg: string;
  readonly key: CryptoKey;
  /** The public keys of the issuer, as JSON (RFC 7517 section 5). */
  readonly keySet: string;
}

type Found = Result<SigningKey, KeyFault>;

/** The key of one issuer. */
export interface KeyHolder {
  /** @returns a promise only if the key is not in memory */
  find(background: Background): Found | Promise<Found>;
}

/**
 * Creates the holder of a key. It imports the key once, and reads a stored one again from time to time. Requests share
 * only the imported key.
 */
export function createKeyHolder(io: Io, config: KeyConfig): KeyHolder {
  const { variable, secret } = config;
  const renewal: Leased = { lease: undefined };
  let held: { readonly text: string | undefined; readonly found: Found } | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let pauseMs = 0;

  async function load(): Promise<Found> {
    const text = await readSecret(io, secret);
    const unread: Found = fail({ variable, problem: "cannot be read from its store" });
    const found = text === undefined ? unread : held?.text === text ? held.found : await importKey(text, config);
    // A key that worked stays, if its replacement does not.
    if (found.ok || !held?.found.ok) held = { text, found };
    readAtMs = io.now();
    pauseMs = found.ok ? limits.storedKeyMilliseconds : limits.storedKeyRetryMilliseconds;
    return found;
  }

  async function renew(): Promise<void> {
    const found = await load();
    if (!found.ok) io.log({ event: "signing_key_failed", level: "error", ...found.error });
  }

  return {
    find(background) {
      if (held === undefined) return load();
      // A key in a string cannot change.
      if (typeof secret === "string") return held.found;
      const nowMs = io.now();
      // The clock may have been set back.
      if (Math.abs(nowMs - readAtMs) >= pauseMs && !isLeased(renewal, nowMs))
        background(underLease(io, renewal, limits.storedKeyLeaseMilliseconds, renew));
      return held.found;
    },
  };
}

/**
 * Signs a JWT.
 *
 * @param claims may be a promise, whose rejection is a failure to sign
 * @returns the JWT, or the fault of a key that was imported, but with which the platform cannot sign. The fault has the
 * error's name only, because no message is certain to be without a part of the key.
 */
export async function signJwt(
  { variable, kid, alg, key }: SigningKey,
  typ: string,
  claims: JWTPayload | Promise<JWTPayload>,
): Promise<Result<string, KeyFault>> {
  try {
    // `SignJWT` would clone the claims, which takes time on every forwarded request.
    const payload = encodeUtf8(JSON.stringify(await claims));
    return succeed(await new CompactSign(payload).setProtectedHeader({ alg, typ, kid }).sign(key));
  } catch (error) {
    return fail({ variable, problem: `cannot sign: ${error instanceof Error ? error.name : "unknown error"}` });
  }
}

/** Imports a key, and checks that its private and public parts belong together. */
async function importKey(text: string, { variable, kind, other }: KeyConfig): Promise<Found> {
  const { alg } = keyKinds[kind];
  const read = readPrivateKey(text, kind);
  if (!read.ok) return fail({ variable, problem: read.error });
  try {
    const key = (await importJWK(read.value.whole as JWK, alg)) as CryptoKey;
    if (!(await isPair(key, (await importJWK(read.value.public as JWK, alg)) as CryptoKey)))
      return fail({ variable, problem: "has a public part of another key" });
    const own = await describePublic(read.value.public, alg);
    const others = other === undefined ? [] : [await describePublic(other, alg)];
    // After a stored key was replaced, it can be the other key too.
    const keys = [own, ...others.filter(({ kid }) => kid !== own.kid)];
    return succeed({ variable, kid: own.kid, alg, key, keySet: JSON.stringify({ keys }) });
  } catch {
    return fail({ variable, problem: "cannot be imported" });
  }
}

/** @returns the key as it is published, with its RFC 7638 thumbprint as `kid` */
async function describePublic(members: KeyMembers, alg: string): Promise<JWK & { readonly kid: string }> {
  const kid = await calculateJwkThumbprint(members as JWK);
  return { ...members, kid, use: "sig", alg };
}

const probe = new Uint8Array(32);

async function isPair(privateKey: CryptoKey, publicKey: CryptoKey): Promise<boolean> {
  const { name } = privateKey.algorithm as unknown as { readonly name: string };
  const algorithm = { name, hash: "SHA-256" };
  const signature = await crypto.subtle.sign(algorithm, privateKey as never, probe);
  return crypto.subtle.verify(algorithm, publicKey as never, signature, probe);
}
