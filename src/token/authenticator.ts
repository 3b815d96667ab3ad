import type { Denial } from "../common/denial.ts";
import type { Background, Io } from "../common/io.ts";
import * as limits from "../common/limits.ts";
import { fail, isPromised, type Result, succeed } from "../common/result.ts";
import type { KeyLatency } from "../keys/cached-keys.ts";
import type { KeyStore } from "../keys/key-store.ts";
import { findBearer, readBearer, spellUsually } from "./bearer.ts";
import { type Caller, TokenOwner } from "./caller.ts";
import { type CheckedClaims, type ClaimRules, checkClaims } from "./claims.ts";
import { decodeUnverifiedToken } from "./decode.ts";
import { checkHeader, createKnownHeaders } from "./header.ts";
import { hasExpired, readIdentity } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import { countNamedGroups } from "./named-groups.ts";
import { createSharedValues } from "./shared-values.ts";
import { checkTenant, type TenantCheck } from "./tenant-check.ts";
import { createVerifiedTokens, type VerifiedToken } from "./verified-tokens.ts";
import { chooseKeys, isTried, verifySignature, vouchForKeys } from "./verify.ts";

export interface TokenCheckOptions {
  readonly io: Io;
  readonly keys: KeyStore;
  readonly rules: ClaimRules;
  readonly isTenantAllowed: TenantCheck | undefined;
  /** How many authorities share the memory for known tokens. */
  readonly authorities?: number;
  /** Whether the claims `sid` and `uti` are kept, which only a list of revocations reads. */
  readonly keepsIds?: boolean;
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
  /** Checks a token. */
  check(credential: string | null, background: Background): Authenticated;
}

/** Creates the authentication of callers whose header may be in an unusual form. */
export function createAuthenticate({ recall, check }: TokenChecks): Authenticate {
  const authenticate: Authenticate = (credential, background, findHold) => {
    if (credential === null) return check(credential, background);
    const known = recall(credential, background);
    if (known !== undefined) return known;
    const usual = spellUsually(credential);
    if (usual !== credential) return authenticate(usual, background, findHold);
    const hold = findHold?.();
    if (hold !== undefined) return fail(hold);
    return check(credential, background);
  };
  return authenticate;
}

/** A token that passed every check except that of its signature. */
interface PresentedToken {
  readonly credential: string;
  readonly token: string;
  readonly headerText: string;
  readonly header: JsonObject;
  readonly kid: string;
  readonly claims: JsonObject;
  readonly checked: CheckedClaims;
}

/** Creates the checks of the tokens of one authority. Nothing that they keep is shared with another authority. */
export function createTokenChecks({
  io,
  keys,
  rules,
  isTenantAllowed,
  authorities = 1,
  keepsIds = false,
}: TokenCheckOptions): TokenChecks {
  const verified = createVerifiedTokens(undefined, (limits.verifiedTokenBytes - limits.sharedValueBytes) / authorities);
  const shared = createSharedValues();
  const knownHeaders = createKnownHeaders();

  function recallOwner(credential: string, background: Background): Caller | undefined {
    const known = verified.get(credential);
    if (known === undefined) return undefined;
    const nowMs = io.now();
    if (nowMs < known.fromSeconds * 1_000 || hasExpired(known, nowMs)) return undefined;
    // A requirement that was created since then may name a group of the token.
    if (known.namedGroups !== countNamedGroups()) return undefined;
    const latency = findVouching(known, nowMs, background);
    return latency && new TokenOwner(known, latency);
  }

  /**
   * Checks that what vouched for a token still does: its key, the issuer of its key set, and the tenant's v2.0 key for a v1.0
   * token. What leaves its set invalidates the tokens that it vouched for.
   *
   * @returns where the keys were, or `undefined`
   */
  function findVouching(
    { source, key, setIssuer, voucher, tid }: VerifiedToken,
    nowMs: number,
    background: Background,
  ): KeyLatency | undefined {
    const found = keys.known(source, key.kid, nowMs, background);
    if (found === undefined || found.set.issuer !== setIssuer || !isTried(found.keys, key)) return undefined;
    if (voucher === undefined) return found.latency;
    const vouching = keys.known(rules.authority.keySource(tid, "2.0"), voucher.kid, nowMs, background);
    return vouching?.keys.includes(voucher) ? found.latency : undefined;
  }

  function present(credential: string | null): Result<PresentedToken, Denial> {
    const bearer = findBearer(credential);
    if (!bearer.ok) return bearer;
    const decoded = decodeUnverifiedToken(bearer.value, knownHeaders);
    if (!decoded.ok) {
      const read = readBearer(credential);
      return read.ok ? decoded : read;
    }
    const { headerText, header, claims } = decoded.value;
    const kid = checkHeader(header);
    if (!kid.ok) return kid;
    const checked = checkClaims(claims, rules, Math.floor(io.now() / 1_000));
    if (!checked.ok) return checked;
    return succeed({
      credential: credential as string,
      token: bearer.value,
      headerText,
      header,
      kid: kid.value,
      claims,
      checked: checked.value,
    });
  }

  async function verify(presented: PresentedToken, background: Background): Promise<Result<Caller, Denial>> {
    const { credential, token, headerText, header, kid, claims, checked } = presented;
    const refused = isTenantAllowed && (await checkTenant(io, checked, isTenantAllowed));
    if (refused !== undefined) return fail(refused);
    const source = rules.authority.keySource(checked.tenant, checked.version);
    const finding = keys.find(source, kid, background);
    const found = isPromised(finding) ? await finding : finding;
    if (!found.ok) return found;
    const chosen = chooseKeys(found.value, checked);
    if (!chosen.ok) return chosen;
    const vouching = vouchForKeys(chosen.value, checked, rules.authority, (of) => keys.find(of, kid, background));
    const vouched = isPromised(vouching) ? await vouching : vouching;
    if (!vouched.ok) return vouched;
    const signer = await verifySignature(token, vouched.value);
    if (!signer.ok) return signer;
    keys.establish(source);
    if (checked.version === "1.0") keys.establish(rules.authority.keySource(checked.tenant, "2.0"));
    const identity = readIdentity(claims, checked, shared, keepsIds);
    const { key, voucher } = signer.value;
    const known = verified.add(identity, {
      credential,
      key,
      voucher,
      source,
      setIssuer: found.value.set.issuer,
      namedGroups: countNamedGroups(),
      fromSeconds: checked.validity.fromSeconds,
    });
    knownHeaders.add(headerText, header);
    return succeed(new TokenOwner(known, found.value.latency, claims));
  }

  async function recheckTenant(caller: Caller, isAllowed: TenantCheck): Promise<Result<Caller, Denial>> {
    const { tid: tenant, authority } = caller.identity;
    const refused = await checkTenant(io, { tenant, authority }, isAllowed);
    return refused === undefined ? succeed(caller) : fail(refused);
  }

  return {
    recall(credential, background) {
      const caller = recallOwner(credential, background);
      if (caller === undefined) return undefined;
      return isTenantAllowed === undefined ? succeed(caller) : recheckTenant(caller, isTenantAllowed);
    },
    check(credential, background) {
      const presented = present(credential);
      return presented.ok ? verify(presented.value, background) : presented;
    },
  };
}
