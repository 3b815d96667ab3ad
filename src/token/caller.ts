import { isObject } from "../common/objects.ts";
import type { KeyLatency } from "../keys/key-store.ts";
import { decodeVerifiedClaims } from "./decode.ts";
import type { Identity } from "./identity.ts";
import type { JsonObject } from "./json.ts";
import { createPrincipal, type Principal } from "./principal.ts";
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
    this.#principal ??= createPrincipal(this.identity, () =>
      freezeDeep(this.#claims ?? decodeVerifiedClaims(this.#credential)),
    );
    return this.#principal;
  }
}

/** Returns the same caller with another identity, such as one with other groups than its token lists. */
export function replaceIdentity(caller: Caller, identity: Identity): Caller {
  let principal: Principal | undefined;
  return {
    identity,
    keys: caller.keys,
    get principal() {
      principal ??= createPrincipal(identity, () => caller.principal.claims);
      return principal;
    },
  };
}

/** All code of a request gets the same claims, so none of it may change them. */
function freezeDeep<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (isObject(member)) freezeDeep(member);
  }
  return Object.freeze(value);
}
