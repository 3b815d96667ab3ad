import type { Denial } from "../../base/common/denial.ts";
import type { Background, Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { keepValue } from "../../base/common/recent.ts";
import { fail, isPromised, type Result, succeed } from "../../base/common/result.ts";
import type { KeyLatency } from "../keys/cached-keys.ts";
import type { KeyStore } from "../keys/key-store.ts";
import { findBearer } from "./bearer.ts";
import { type Caller, TokenOwner } from "./caller.ts";
import { type CheckedClaims, type ClaimRules, checkClaims } from "./claims.ts";
import { checkHeader, type DecodedToken, decodeCredential, type JsonObject } from "./decode.ts";
import { createSharedValues, hasExpired, namedGroups, readIdentity } from "./identity.ts";
import { checkTenant, type TenantCheck } from "./tenant-check.ts";
import { createVerifiedTokens, type VerifiedToken } from "./verified-tokens.ts";
import { chooseKeys, verifySignature, vouchForKeys } from "./verify.ts";

export interface TokenCheckOptions {
  readonly io: Io;
  readonly keys: KeyStore;
  readonly rules: ClaimRules;
  readonly isTenantAllowed: TenantCheck | undefined;
  /** How many authorities share the memory for known tokens. */
  readonly authorities: number;
  /** Whether the claims `sid` and `uti` are kept, which only a list of revocations reads. */
  readonly keepsIds: boolean;
}

/** The owner of a token, or why it is refused. */
type Authenticated = Result<Caller, Denial> | Promise<Result<Caller, Denial>>;

/**
 * Authenticates a caller.
 *
 * @param authorization value of the `Authorization` header
 * @param background keeps a refresh of keys alive after the response
 * @param findHold returns a denial if unknown tokens must not be checked now
 * @returns the caller, or the denial; a promise only if the token is unknown and not
 * rejected before its keys are needed
 */
export type Authenticate = (
  authorization: string | null,
  background: Background,
  findHold?: () => Denial | undefined,
) => Authenticated;

/** The checks of the tokens of one authority. */
export interface TokenChecks {
  /** Finds the owner of a token that was verified before. @returns `undefined` if the token must be checked */
  recall(credential: string, background: Background): Authenticated | undefined;
  /**
   * Checks a token.
   *
   * @param read the token, if it was read to find its authority
   */
  check(credential: string | null, background: Background, read?: Result<DecodedToken, Denial>): Authenticated;
}

/** Creates the authentication of callers, whose header is brought to its usual form: `Bearer` and one space. */
export function createAuthenticate({ recall, check }: TokenChecks): Authenticate {
  const authenticate: Authenticate = (credential, background, findHold) => {
    if (credential === null) return check(credential, background);
    const known = recall(credential, background);
    if (known !== undefined) return known;
    // Each token has one spelling where it is remembered.
    const bearer = findBearer(credential);
    const usual = bearer.ok ? `Bearer ${bearer.value}` : credential;
    if (usual !== credential) return authenticate(usual, background, findHold);
    const hold = findHold?.();
    if (hold !== undefined) return fail(hold);
    return check(credential, background);
  };
  return authenticate;
}

/** Creates the checks of the tokens of one authority. Nothing that they keep is shared with another authority. */
export function createTokenChecks({
  io,
  keys,
  rules,
  isTenantAllowed,
  authorities,
  keepsIds,
}: TokenCheckOptions): TokenChecks {
  const verified = createVerifiedTokens(undefined, (limits.verifiedTokenBytes - limits.sharedValueBytes) / authorities);
  const shared = createSharedValues();
  /** Decoded headers of verified tokens, by their text. All tokens of a signing key have the same header. */
  const knownHeaders = new Map<string, JsonObject>();

  /**
   * Checks that what vouched for a token still does: its key, the issuer of its key set, and the tenant's v2.0 key for
   * a v1.0 token. What leaves its set invalidates the tokens that it vouched for.
   *
   * @returns where the keys were, or `undefined`
   */
  function findVouching(
    { source, key, setIssuer, voucher }: VerifiedToken,
    nowMs: number,
    background: Background,
  ): KeyLatency | undefined {
    const found = keys.known(source, key.kid, nowMs, background);
    if (found === undefined || found.set.issuer !== setIssuer) return undefined;
    const index = found.keys.indexOf(key);
    // Of several keys with one key ID, a token is tried with the first ones.
    if (index < 0 || index >= limits.signatureTries) return undefined;
    if (voucher === undefined) return found.latency;
    const vouching = source.vouching && keys.known(source.vouching, voucher.kid, nowMs, background);
    return vouching?.keys.includes(voucher) ? found.latency : undefined;
  }

  /** Verifies a token that passed every other check. */
  async function verify(
    credential: string,
    { token, headerText, header, claims }: DecodedToken,
    kid: string,
    checked: CheckedClaims,
    background: Background,
  ): Promise<Result<Caller, Denial>> {
    const refused = isTenantAllowed && (await checkTenant(io, checked, isTenantAllowed));
    if (refused !== undefined) return fail(refused);
    const source = rules.authority.keySource(checked.tenant, checked.version);
    const finding = keys.find(source, kid, background);
    const found = isPromised(finding) ? await finding : finding;
    if (!found.ok) return found;
    const chosen = chooseKeys(found.value, checked);
    if (!chosen.ok) return chosen;
    const { vouching } = source;
    const vouched =
      vouching === undefined
        ? chosen
        : vouchForKeys(chosen.value, checked, rules.authority, await keys.find(vouching, kid, background));
    if (!vouched.ok) return vouched;
    const signer = await verifySignature(token, vouched.value);
    if (!signer.ok) return signer;
    keys.establish(source);
    if (vouching !== undefined) keys.establish(vouching);
    const identity = readIdentity(claims, checked, shared, keepsIds);
    const { key, voucher } = signer.value;
    const known = verified.add(identity, {
      credential,
      key,
      voucher,
      source,
      setIssuer: found.value.set.issuer,
      namedGroups: namedGroups.size,
      fromSeconds: checked.validity.fromSeconds,
    });
    // Only now, so that invented headers take no memory.
    if (!knownHeaders.has(headerText)) keepValue(knownHeaders, limits.knownHeaders, headerText, header);
    return succeed(new TokenOwner(known, found.value.latency, claims));
  }

  async function recheckTenant(caller: Caller, isAllowed: TenantCheck): Promise<Result<Caller, Denial>> {
    const { tid: tenant, authority } = caller.identity;
    const refused = await checkTenant(io, { tenant, authority }, isAllowed);
    return refused === undefined ? succeed(caller) : fail(refused);
  }

  return {
    recall(credential, background) {
      const known = verified.get(credential);
      if (known === undefined) return undefined;
      const nowMs = io.now();
      if (nowMs < known.fromSeconds * 1_000 || hasExpired(known, nowMs)) return undefined;
      // A requirement that was created since then may name a group of the token.
      if (known.namedGroups !== namedGroups.size) return undefined;
      const latency = findVouching(known, nowMs, background);
      if (latency === undefined) return undefined;
      const caller = new TokenOwner(known, latency);
      return isTenantAllowed === undefined ? succeed(caller) : recheckTenant(caller, isTenantAllowed);
    },
    check(credential, background, read = decodeCredential(credential, knownHeaders)) {
      if (!read.ok) return read;
      const { header, claims } = read.value;
      const kid = checkHeader(header);
      if (!kid.ok) return kid;
      const checked = checkClaims(claims, rules, Math.floor(io.now() / 1_000));
      if (!checked.ok) return checked;
      return verify(credential as string, read.value, kid.value, checked.value, background);
    },
  };
}
