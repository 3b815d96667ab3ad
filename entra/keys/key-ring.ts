import type { JWK } from "jose";
import { base64url, exportJWK } from "jose";
import { maxSigningKeys } from "../common/limits.ts";

/** A kid, or the current role of a key. */
export type KeyReference = "current" | "next" | "msa" | "weak" | (string & {});

export interface RingKey {
  /**
   * base64url of the SHA-1 of the certificate, or of the public key if there is no certificate, unless a test chose it.
   * `x5t` has the same value.
   */
  readonly kid: string;
  /** `msa` signs only for personal accounts. `weak` has 1024 bits, which RFC 7518 section 3.3 forbids. */
  readonly kind: "ordinary" | "msa" | "weak";
  readonly privateKey: CryptoKey;
  /** `kty`, `n` and `e`, and `x5c` if the key has a certificate. Entra does not publish `alg`. */
  readonly publicJwk: JWK;
}

export interface KeyDescription {
  readonly kid: string;
  readonly kind: RingKey["kind"];
  readonly published: boolean;
  readonly signing: boolean;
  readonly publicJwk: JWK;
}

export interface KeyRing {
  find(reference: KeyReference): Promise<RingKey>;
  listPublished(): Promise<readonly RingKey[]>;
  describe(): Promise<readonly KeyDescription[]>;
  rollOver(kind: "planned" | "emergency"): Promise<string>;
  switchKey(): Promise<string>;
  remove(kid: string): Promise<boolean>;
}

interface RingState {
  readonly made: RingKey[];
  readonly published: Set<string>;
  current: string;
  next: string | undefined;
}

const ordinaryKeyCount = 3;

/** Creates an extractable RSA key pair for RS256. */
export type MakeKeyPair = (modulusBits: number) => Promise<CryptoKeyPair>;

/** Creates the certificate of a key pair, in DER. */
export type MakeCertificate = (keys: CryptoKeyPair, notBeforeSeconds: number) => Promise<Uint8Array<ArrayBuffer>>;

/**
 * Signing keys as Entra has them: several are published at a time, one signs, and one is next. Keys are generated on
 * first use. Only settled values are stored, because a Worker may not await another request's promise.
 *
 * @param nowSeconds time for the certificates' validity
 * @param makeKeyPair creates the keys
 * @param makeCertificate creates their certificates; without it, the key set has none
 * @param keyIds of the first keys; without one, it is the SHA-1 of a key
 */
export function createKeyRing(
  nowSeconds: () => number,
  makeKeyPair: MakeKeyPair = generateKeyPair,
  makeCertificate?: MakeCertificate,
  keyIds: readonly string[] = [],
): KeyRing {
  let settled: RingState | undefined;
  let created = 0;

  function create(kind: RingKey["kind"]): Promise<RingKey> {
    const kid = keyIds[created];
    created += 1;
    return createKey(kind, kid, nowSeconds(), makeKeyPair, makeCertificate);
  }

  async function load(): Promise<RingState> {
    if (settled) return settled;
    const made = await Promise.all([
      ...Array.from({ length: ordinaryKeyCount }, () => create("ordinary")),
      create("msa"),
    ]);
    settled ??= { made, published: new Set(made.map((key) => key.kid)), current: made[1]!.kid, next: undefined };
    return settled;
  }

  async function add(state: RingState, kind: RingKey["kind"]): Promise<RingKey> {
    const key = await create(kind);
    state.made.push(key);
    if (state.made.length > maxSigningKeys) forgetOldest(state);
    return key;
  }

  function forgetOldest({ made, published, current, next }: RingState): void {
    const oldest = made.findIndex(({ kid, kind }) => kind === "ordinary" && kid !== current && kid !== next);
    for (const { kid } of made.splice(oldest, 1)) published.delete(kid);
  }

  async function findNext(state: RingState): Promise<RingKey> {
    const known = state.made.find((key) => key.kid === state.next);
    if (known) return known;
    const key = await add(state, "ordinary");
    state.next = key.kid;
    return key;
  }

  async function findWeak(state: RingState): Promise<RingKey> {
    const known = state.made.find((key) => key.kind === "weak");
    if (known) return known;
    const key = await add(state, "weak");
    state.published.add(key.kid);
    return key;
  }

  function findByKid(state: RingState, kid: string | undefined): RingKey {
    const key = state.made.find((candidate) => candidate.kid === kid);
    if (!key) throw new RangeError(`no key ${kid} in the ring`);
    return key;
  }

  async function switchKey(): Promise<string> {
    const state = await load();
    const next = await findNext(state);
    state.published.add(next.kid);
    state.current = next.kid;
    state.next = undefined;
    return next.kid;
  }

  return {
    switchKey,
    async find(reference) {
      const state = await load();
      if (reference === "current") return findByKid(state, state.current);
      if (reference === "next") return findNext(state);
      if (reference === "weak") return findWeak(state);
      if (reference === "msa") return state.made.find((key) => key.kind === "msa")!;
      return findByKid(state, reference);
    },
    async listPublished() {
      const state = await load();
      return state.made.filter((key) => state.published.has(key.kid));
    },
    async describe() {
      const state = await load();
      return state.made.map(({ kid, kind, publicJwk }) => ({
        kid,
        kind,
        publicJwk,
        published: state.published.has(kid),
        signing: kid === state.current,
      }));
    },
    async rollOver(kind) {
      if (kind === "emergency") return switchKey();
      const state = await load();
      const next = await findNext(state);
      state.published.add(next.kid);
      return next.kid;
    },
    async remove(kid) {
      const state = await load();
      return state.published.delete(kid);
    },
  };
}

/** Creates a new key pair (RFC 7518 section 3.3). */
export const generateKeyPair: MakeKeyPair = async (modulusBits) => {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: modulusBits,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
};

async function createKey(
  kind: RingKey["kind"],
  chosenKid: string | undefined,
  nowSeconds: number,
  makeKeyPair: MakeKeyPair,
  makeCertificate: MakeCertificate | undefined,
): Promise<RingKey> {
  const pair = await makeKeyPair(kind === "weak" ? 1024 : 2048);
  const certificate = await makeCertificate?.(pair, nowSeconds);
  const named = certificate ?? ((await crypto.subtle.exportKey("spki", pair.publicKey)) as ArrayBuffer);
  const kid = chosenKid ?? base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-1", named)));
  const { kty, n, e } = await exportJWK(pair.publicKey);
  const x5c = certificate && [btoa(String.fromCharCode(...certificate))];
  return { kid, kind, privateKey: pair.privateKey, publicJwk: { kty: kty!, n: n!, e: e!, ...(x5c && { x5c }) } };
}
