import { hashText } from "../../base/common/digest.ts";
import type { Io } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { andThen, fail, succeed } from "../../base/common/result.ts";
import type { Asserted, AssertedRequest } from "../../core/guard/issuer.ts";
import type { Identity } from "../../core/token/identity.ts";
import { type KeyHolder, signJwt } from "./signing-key.ts";

/** `typ` of assertions for the origin, so that no other JWT passes for one (RFC 8725 section 3.11). */
const assertionType = "entra-gate+jwt";

/** What all assertions of a configuration share. */
export interface AssertionTerms {
  readonly issuer: string;
  /** Whether they have the authority of the caller, which a gate with one does not need. */
  readonly namesAuthority: boolean;
  /** @param to name of the origin @returns `undefined` if there is no such origin */
  audienceOf(to: string | undefined): string | undefined;
}

/**
 * Creates the function that signs an assertion for a forwarded request. For GET and HEAD, it reuses a recent one of the
 * same token, route, method, target and audience.
 *
 * @param keys the key of the origin's issuer
 */
export function createOriginAsserter(
  io: Pick<Io, "now">,
  keys: KeyHolder,
  terms: AssertionTerms,
): (asserted: AssertedRequest) => Asserted | Promise<Asserted> {
  const cache = createAssertionCache(limits.originAssertionCacheBytes);

  return (asserted) => {
    const { method, identity = nobody, background } = asserted;
    const audience = terms.audienceOf(asserted.to);
    if (audience === undefined) return fail({ reason: "misconfigured" });
    const target = describeTarget(asserted.url);
    const isRepeatable = method === "GET" || method === "HEAD";
    const key = isRepeatable ? [method, asserted.route, asserted.reported, target, audience].join("\n") : undefined;
    const nowSeconds = Math.floor(io.now() / 1_000);
    const known = key === undefined ? undefined : cache.find(identity, key, nowSeconds);
    if (known !== undefined) return succeed(known);
    return andThen(keys.find(background), async (found) => {
      const expirySeconds = findExpiry(asserted.identity, nowSeconds);
      const describe = async () => ({
        ...describeCaller(asserted.identity),
        ...(terms.namesAuthority && { authority: asserted.identity?.authority }),
        ...(asserted.reported !== undefined && { reported: asserted.reported }),
        ...(!isRepeatable && { jti: crypto.randomUUID() }),
        iss: terms.issuer,
        aud: audience,
        iat: nowSeconds,
        exp: expirySeconds,
        method,
        target: await hashText(target),
      });
      const signed = found.ok ? await signJwt(found.value, assertionType, describe()) : found;
      if (!signed.ok) return fail({ reason: "signing_key_unusable", ...signed.error });
      if (key !== undefined) cache.keep(identity, key, { assertion: signed.value, nowSeconds, expirySeconds });
      return signed;
    });
  };
}

/** The assertion never outlives the token: the gate would refuse that token from then on. */
function findExpiry(identity: Identity | undefined, nowSeconds: number): number {
  const own = nowSeconds + limits.originAssertionSeconds;
  return identity === undefined ? own : Math.min(own, identity.untilSeconds);
}

/** `sub` is the object ID, which is the same in all APIs of a tenant, as in the identity headers. */
function describeCaller(identity: Identity | undefined): object {
  if (identity === undefined) return { kind: "anonymous" };
  const { kind, oid, tid, azp, scopes, roles, agent } = identity;
  return {
    kind,
    sub: oid,
    tid,
    azp,
    scp: scopes.join(" "),
    roles,
    // RFC 8693 section 4.1. An agent's client ID is that of its identity.
    ...(agent?.acts === "for-user" && { act: { sub: azp } }),
  };
}

/**
 * Path and query as the origin gets them. An empty query counts as none, because many servers cannot tell the two
 * apart.
 */
function describeTarget(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** Stands for the callers of public routes. */
const nobody = Object.freeze({});

interface KeptAssertion {
  readonly assertion: string;
  /** When it was signed. */
  readonly nowSeconds: number;
  readonly expirySeconds: number;
}

/** Recent assertions. The identity of a token is the same object for as long as the gate knows the token. */
interface AssertionCache {
  find(identity: object, key: string, nowSeconds: number): string | undefined;
  keep(identity: object, key: string, kept: KeptAssertion): void;
}

/** Memory of the objects of one entry. */
const entryBytes = 256;

/** Creates an empty cache. When it is full, it is cleared: it has no order by which to remove single entries. */
function createAssertionCache(bytesMaximum: number): AssertionCache {
  let callers = new WeakMap<object, Map<string, KeptAssertion>>();
  let takenBytes = 0;
  return {
    find(identity, key, nowSeconds) {
      const kept = callers.get(identity)?.get(key);
      if (kept === undefined) return undefined;
      const age = nowSeconds - kept.nowSeconds;
      // A clock that was set back makes the age negative.
      const isRecent = age >= 0 && age < limits.originAssertionReuseSeconds && nowSeconds < kept.expirySeconds;
      return isRecent ? kept.assertion : undefined;
    },
    keep(identity, key, kept) {
      const bytes = entryBytes + key.length + kept.assertion.length;
      if (takenBytes + bytes > bytesMaximum) {
        callers = new WeakMap();
        takenBytes = 0;
      }
      const own = callers.get(identity) ?? new Map<string, KeptAssertion>();
      callers.set(identity, own.set(key, kept));
      takenBytes += bytes;
    },
  };
}
