import { isObject } from "../../base/common/objects.ts";
import type { KeyLatency } from "../keys/cached-keys.ts";
import { decodeVerifiedClaims, type JsonObject } from "./decode.ts";
import type { Identity } from "./identity.ts";
import type { Principal } from "./principal.ts";
import type { VerifiedToken } from "./verified-tokens.ts";

/** The owner of a valid token, in one request. */
export interface Caller {
  /** What policy, log and origin need. */
  readonly identity: Identity;
  /** What code of the app gets: the same object for all of it. */
  readonly principal: Principal;
  /** Whether the request waited for signing keys. */
  readonly keys: KeyLatency;
}

/** A caller whose principal is created when code reads it. */
export class TokenOwner implements Caller {
  readonly identity: Identity;
  readonly keys: KeyLatency;
  readonly #credential: string;
  readonly #claims: JsonObject | undefined;
  #principal: Principal | undefined;

  /** @param claims of the token, if they were parsed in this request */
  constructor(token: VerifiedToken, keys: KeyLatency, claims?: JsonObject) {
    this.identity = token;
    this.keys = keys;
    this.#credential = token.credential;
    this.#claims = claims;
  }

  get principal(): Principal {
    this.#principal ??= createPrincipal(this.identity, new TokenClaims(this.#credential, this.#claims));
    return this.#principal;
  }
}

/** The claims of a token, which are parsed and frozen when code first reads them. */
class TokenClaims {
  readonly #credential: string;
  readonly #parsed: JsonObject | undefined;
  #claims: JsonObject | undefined;

  constructor(credential: string, parsed: JsonObject | undefined) {
    this.#credential = credential;
    this.#parsed = parsed;
    Object.freeze(this);
  }

  get claims(): JsonObject {
    this.#claims ??= freezeDeep(this.#parsed ?? decodeVerifiedClaims(this.#credential));
    return this.#claims;
  }
}

class RegroupedCaller implements Caller {
  readonly identity: Identity;
  readonly keys: KeyLatency;
  readonly #owner: Caller;
  #principal: Principal | undefined;

  constructor(owner: Caller, identity: Identity) {
    this.identity = identity;
    this.keys = owner.keys;
    this.#owner = owner;
  }

  get principal(): Principal {
    this.#principal ??= createPrincipal(this.identity, this.#owner.principal);
    return this.#principal;
  }
}

/** Returns the same caller with another identity, such as one with other groups than its token lists. */
export function replaceIdentity(caller: Caller, identity: Identity): Caller {
  return new RegroupedCaller(caller, identity);
}

/** All code of a request gets the same claims, so none of it may change them. */
function freezeDeep<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (isObject(member)) freezeDeep(member);
  }
  return Object.freeze(value);
}

/**
 * Key of what has the claims of a principal. It is not enumerable, so that copies of a principal and logs do not show
 * it.
 */
const source = Symbol("claims");

/** What the getters of a principal need. */
interface Sourced {
  readonly [source]: Pick<Principal, "claims">;
}

// All principals share two getters. With getters of its own, each would keep its claims until the next major
// collection.
const sub = {
  enumerable: true,
  get(this: Sourced) {
    return this[source].claims.sub;
  },
};
const claims = {
  enumerable: true,
  get(this: Sourced) {
    return this[source].claims;
  },
};

const principalsName: unique symbol = Symbol.for("entra-gate.principals");
const shared = globalThis as { [principalsName]?: WeakSet<object> };
shared[principalsName] ??= new WeakSet();
/** The principals that all copies of this package in the process have created. */
const principals: WeakSet<object> = shared[principalsName];

/** Whether a value is a principal that {@link createPrincipal} made, of any copy of this package. No member tells. */
export function isPrincipal(value: object): boolean {
  return principals.has(value);
}

/**
 * Creates the principal of one request.
 *
 * @param claimed has the token's claims. Code of the app can reach it, so it must not be changeable.
 */
export function createPrincipal(
  { kind, oid, tid, authority, azp, agent, scopes, roles, groups, untilSeconds: expiresAtSeconds }: Identity,
  claimed: Pick<Principal, "claims">,
): Principal {
  const principal = Object.defineProperty({ kind }, "sub", sub);
  Object.assign(principal, { oid, tid, authority, azp, agent, scopes, roles, groups, expiresAtSeconds });
  Object.defineProperty(principal, "claims", claims);
  Object.defineProperty(principal, source, { value: claimed });
  principals.add(principal);
  return Object.freeze(principal) as Principal;
}
