import type { JWTPayload } from "jose";
import { AssertionError } from "./assertion-error.ts";

/** A caller whom the gate has authenticated. */
export interface KnownCaller {
  /** `user` if a user is signed in, `app` if a client calls as itself. */
  readonly kind: "user" | "app";
  /** Object ID of the user or service principal in its tenant. Use it with `tid` as the key for stored data. */
  readonly oid: string;
  /** Tenant, a GUID. */
  readonly tid: string;
  /** Name of the authority that issued the token; `undefined` if the gate has only one. */
  readonly authority: string | undefined;
  /** Client application that acts, a GUID. */
  readonly azp: string;
  /** Delegated permissions; empty for an app. */
  readonly scopes: readonly string[];
  /** App roles of the user or the app. */
  readonly roles: readonly string[];
  /** Client ID of the agent that acts for the user; `undefined` if there is none. */
  readonly agent: string | undefined;
  /** The reason for which policy would have refused the request; only in report mode. */
  readonly reported: string | undefined;
}

/** The caller of a public route, about whom the gate knows nothing. */
export interface AnonymousCaller {
  /** Always `anonymous`. */
  readonly kind: "anonymous";
}

/** The caller of a request, as the gate asserts it. */
export type AssertedCaller = KnownCaller | AnonymousCaller;

/**
 * Reads the caller from verified claims.
 *
 * @throws AssertionError if they do not have the form that the gate writes
 */
export function readCaller(claims: JWTPayload): AssertedCaller {
  const { kind, sub, tid, authority, azp, scp, roles, act, reported } = claims;
  if (kind === "anonymous" && sub === undefined) return Object.freeze({ kind });
  const agent = act === undefined ? undefined : (act as { readonly sub?: unknown } | null)?.sub;
  if (
    (kind !== "user" && kind !== "app") ||
    !isText(sub) ||
    !isText(tid) ||
    !isText(azp) ||
    typeof scp !== "string" ||
    !Array.isArray(roles) ||
    !roles.every(isText) ||
    (authority !== undefined && !isText(authority)) ||
    (act !== undefined && !isText(agent)) ||
    (reported !== undefined && !isText(reported))
  ) {
    throw new AssertionError("claims_invalid");
  }
  const scopes = Object.freeze(scp === "" ? [] : scp.split(" "));
  const ofAgent = agent as string | undefined;
  return Object.freeze({
    kind,
    oid: sub,
    tid,
    authority,
    azp,
    scopes,
    roles: Object.freeze(roles),
    agent: ofAgent,
    reported: reported as string | undefined,
  });
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
