import { defaultAuthority } from "../base/common/authority-name.ts";
import { type Background, type Io, platformIo, withDeadline } from "../base/common/io.ts";
import * as limits from "../base/common/limits.ts";
import { isObject, isRecord, isTextList } from "../base/common/objects.ts";
import { fail, succeed } from "../base/common/result.ts";
import { readProcessEnvironment } from "../core/config/environment.ts";
import type { EntraConfig } from "../core/config/gate-variables.ts";
import { daloyObstacle } from "../core/config/tls-proxy.ts";
import type { AuthoritySetup } from "../core/guard/authorities.ts";
import type { EntraOptions, SettingsInCode } from "../core/guard/entra-options.ts";
import { createGuard, type Guard } from "../core/guard/guard.ts";
import { createBareSetup, type GateSetup } from "../core/guard/setup.ts";
import type { Tracer } from "../core/guard/trace.ts";
import { verifyToken } from "../core/guard/verify-token.ts";
import { createKeyStore } from "../core/keys/key-store.ts";
import type { Authenticate } from "../core/token/authenticator.ts";
import { readBearer } from "../core/token/bearer.ts";
import { type Caller, isPrincipal } from "../core/token/caller.ts";
import { readTexts } from "../core/token/identity.ts";
import type { Principal } from "../core/token/principal.ts";
import { createAdapterGate } from "./adapter-gate.ts";
import { checkConfiguration } from "./configuration.ts";

/** A caller, as the verifier of any provider describes it. */
export interface VerifiedCaller {
  /** Identity of the caller at the provider; not empty. */
  readonly sub: string;
  /** Delegated permissions. Default: none. */
  readonly scopes?: readonly string[];
  /** Claims of the token. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the hooks begin to refuse the token, in seconds since the epoch. Default: never. */
  readonly expiresAtSeconds?: number | undefined;
}

/** Returns the caller of a bearer token, or throws. DaloyJS's documentation uses this interface for every provider. */
export interface TokenVerifier {
  /**
   * Authenticates the caller. If it takes longer than nine seconds, the guard refuses the request.
   *
   * @param token the text after `Bearer `
   * @returns a promise that rejects if the token is not accepted
   */
  verify(token: string): Promise<VerifiedCaller>;
}

/** A verifier of Entra's tokens. */
export interface EntraVerifier extends TokenVerifier {
  /**
   * Authenticates the caller. It does not check scopes or roles. The token can expire afterwards: code that waits
   * compares `expiresAtSeconds` of the principal with the clock before it acts.
   *
   * @param token the text after `Bearer `
   * @returns a promise that rejects with an Error without the cause, which is only logged
   */
  verify(token: string): Promise<Principal>;
}

/** The gate behind a verifier. */
export interface VerifierGate {
  /** Configuration in code; absent if the verifier is not Entra's. */
  readonly settings?: SettingsInCode;
  readonly guard: Guard;
  readonly io: Pick<Io, "now">;
  /** With the option `trace`. */
  readonly tracer?: Tracer | undefined;
  /** Keeps work alive after the response, for one call. */
  createBackground(): Background;
  readSetup(): GateSetup;
}

/** Gates by verifier. That of another provider's verifier is created when it is first used. */
const gates = new WeakMap<TokenVerifier, VerifierGate>();

/**
 * Creates a verifier of Entra's tokens, with all of the gate's checks.
 *
 * @param caller name of the called function, for the error message
 * @param config in code; without it, that of the process applies
 * @param createBackground what keeps a refresh of keys alive after the response, for one call
 * @throws TypeError if the configuration or an option is invalid
 */
export function createEntraVerifier(
  caller: string,
  config: EntraConfig | undefined,
  options: EntraOptions,
  createBackground: () => Background,
  io: Io,
): EntraVerifier {
  const given = checkConfiguration(caller, config, options, daloyObstacle);
  const { guard, setupOf, tracer } = createAdapterGate(io, options, daloyObstacle);
  const readSetup = () => setupOf(given ?? readProcessEnvironment());
  const verifier: EntraVerifier = {
    verify: async (token) => verifyToken(token, { guard, setup: readSetup(), background: createBackground() }),
  };
  gates.set(verifier, { settings: { environment: given, options }, guard, io, tracer, createBackground, readSetup });
  return Object.freeze(verifier);
}

/** Returns the gate behind any verifier. */
export function findVerifierGate(verifier: TokenVerifier): VerifierGate {
  let gate = gates.get(verifier);
  if (gate === undefined) {
    gate = createForeignGate(verifier, platformIo);
    gates.set(verifier, gate);
  }
  return gate;
}

/** Whether a value has a `verify` method. */
export function isVerifier(value: unknown): value is TokenVerifier {
  return isObject(value) && "verify" in value && typeof value.verify === "function";
}

function createForeignGate(verifier: TokenVerifier, io: Io): VerifierGate {
  const setup = {
    ...createBareSetup(io),
    authenticate: createForeignAuthenticate(verifier, io),
    authorities: [createForeignAuthority(io)],
  };
  return { guard: createGuard(io), io, createBackground: () => () => {}, readSetup: () => setup };
}

/** The verifier decides about tenants, audiences and clients. */
function createForeignAuthority(io: Io): AuthoritySetup {
  return {
    name: defaultAuthority,
    login: "",
    authorizationUri: "",
    versionOf: () => undefined,
    tenants: { decided: "in-code" },
    audiences: new Set(),
    allowedClients: undefined,
    keys: createKeyStore(io),
    listKeySources: () => [],
  };
}

function createForeignAuthenticate(verifier: TokenVerifier, io: Io): Authenticate {
  return async (authorization) => {
    const bearer = readBearer(authorization);
    if (!bearer.ok) return bearer;
    try {
      const work = Promise.resolve(verifier.verify(bearer.value));
      const caller = readCaller(await withDeadline(io, limits.keyWaitMilliseconds, work));
      return caller === undefined ? fail({ reason: "verifier_failed" }) : succeed(caller);
    } catch (error) {
      return fail({ reason: "verifier_refused", error: error instanceof Error ? error.name : typeof error });
    }
  };
}

/**
 * Reads what a verifier returns. A caller with scopes is a user. A requirement cannot be met by members that the
 * verifier does not return, such as roles or the tenant.
 *
 * @returns `undefined` if the value is not a caller
 */
function readCaller(value: unknown): Caller | undefined {
  if (!isRecord(value)) return undefined;
  const { sub, claims, kind = "user", scopes = [], roles = [], groups } = value;
  if (typeof sub !== "string" || sub === "" || !isRecord(claims)) return undefined;
  if ((kind !== "user" && kind !== "app") || !isTextList(scopes) || !isTextList(roles)) return undefined;
  if (groups !== undefined && !isTextList(groups)) return undefined;
  const { expiresAtSeconds } = value;
  const isTime = typeof expiresAtSeconds === "number" && expiresAtSeconds < limits.secondsMaximum;
  if (expiresAtSeconds !== undefined && !isTime) return undefined;
  // The authority decides about routes, and members can be claims. Only the principal of a gate can have another one.
  const { authority = defaultAuthority } = value;
  if (authority !== defaultAuthority && !isPrincipal(value)) return undefined;
  const members = { authority, kind, sub, claims, scopes, roles, groups: groups ?? [] };
  const principal = Object.freeze({ ...value, ...members }) as Principal;
  const { acrs, xms_cc, iat } = principal.claims as Readonly<Record<string, unknown>> & Record<"iat", number>;
  const identity = {
    ...principal,
    agent: principal.agent,
    groupsLack: groups === undefined ? ("groups_absent" as const) : undefined,
    contexts: readTexts(acrs),
    capabilities: readTexts(xms_cc),
    issuedAtSeconds: iat,
    // Without it, the verifier alone judges the times of its tokens.
    untilSeconds: expiresAtSeconds ?? Number.POSITIVE_INFINITY,
  };
  return { identity, principal, keys: "hit" };
}
