import { describeException } from "../cause.ts";
import { readProcessEnvironment } from "../config/environment.ts";
import { createGuard, type Guard, type GuardedCall } from "../guard/guard.ts";
import { recordRefusal } from "../guard/refusal-writer.ts";
import { createBareSetup, type GateSetup } from "../guard/setup.ts";
import { type Background, type Io, platformIo, withDeadline } from "../io.ts";
import * as limits from "../limits.ts";
import { attempt, fail, succeed } from "../result.ts";
import type { Authenticate } from "../token/authenticator.ts";
import { readBearer } from "../token/bearer.ts";
import type { Principal } from "../token/principal.ts";
import { checkConfiguration, type Decisions, type EntraConfig, type EntraOptions } from "./configuration.ts";
import { createEntry } from "./entry.ts";

/** Who calls, as any provider's verifier says it. */
export interface VerifiedCaller {
  readonly sub: string;
  readonly scopes?: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Turns a bearer token into its caller, or throws. The shape that DaloyJS's documentation uses for every provider. */
export interface TokenVerifier {
  verify(token: string): Promise<VerifiedCaller>;
}

/** A verifier of Entra's tokens. */
export interface EntraVerifier extends TokenVerifier {
  /**
   * Authenticates, and no more: which scopes and roles a route wants is for the caller to decide.
   *
   * @param token as it stands behind `Bearer `
   * @returns rejects with an Error that does not say why; the log does
   */
  verify(token: string): Promise<Principal>;
}

/** How the requests of a verifier get in. */
export interface VerifierEntry {
  /** What was given in code; absent for a verifier that is not Entra's. */
  readonly decisions?: Decisions;
  readonly guard: Guard;
  readonly background: Background;
  readSetup(): GateSetup;
}

const nowhere: Background = () => {};
/** By verifier; those that are not Entra's get theirs when they are first met. */
const entries = new WeakMap<TokenVerifier, VerifierEntry>();

/**
 * Makes a verifier of Entra's tokens, with everything that the gate checks of a caller.
 *
 * @param caller name of the function that was called, for the message
 * @param config in code; without it, that of the process
 * @param background keeps a refresh of keys alive past the answer
 * @throws TypeError where configuration or options are faulty
 */
export function createEntraVerifier(
  caller: string,
  config: EntraConfig | undefined,
  options: EntraOptions,
  background: Background,
  io: Io,
): EntraVerifier {
  const given = checkConfiguration(caller, config, options);
  const { guard, setupOf } = createEntry(io, options);
  const readSetup = () => setupOf(given ?? readProcessEnvironment());
  const verifier: EntraVerifier = {
    async verify(token) {
      const setup = readSetup();
      const call = createTokenCall(token, background);
      const admitted = await attempt(
        () => guard(call, setup, { kind: "authenticated" }),
        (error) => fail(describeException(error)),
      );
      if (admitted.ok && admitted.value.principal !== undefined) return admitted.value.principal;
      if (!admitted.ok) recordRefusal(setup.record, admitted.error, call, undefined);
      throw new Error("the access token is refused");
    },
  };
  entries.set(verifier, { decisions: { environment: given, options }, guard, background, readSetup });
  return Object.freeze(verifier);
}

/** A call without a request: there is nothing of its transport to check. */
function createTokenCall(token: string, background: Background): GuardedCall {
  // What no header can hold is no token: the guard refuses the scheme alone as malformed.
  const authorization = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(token) ? `Bearer ${token}` : "Bearer";
  const headers = new Headers({ authorization });
  const request = new Request("https://verifier.invalid/", { headers });
  const target = { method: "", url: request.url, path: "/", fault: undefined, route: "verify" };
  // Whoever asks has no way to hear that a caller was let in by report mode alone.
  const ofNoRoute = { ownsAccessTokenParameter: false, mode: "enforce" } as const;
  return { request, env: undefined, background, ...target, ...ofNoRoute, caller: undefined, admitted: undefined };
}

/** The way in of a verifier, Entra's or any other. */
export function findEntry(verifier: TokenVerifier): VerifierEntry {
  let entry = entries.get(verifier);
  if (entry === undefined) {
    entry = createForeignEntry(verifier, platformIo);
    entries.set(verifier, entry);
  }
  return entry;
}

/** Whether something can verify at all. */
export function isVerifier(value: unknown): value is TokenVerifier {
  return typeof value === "object" && value !== null && "verify" in value && typeof value.verify === "function";
}

function createForeignEntry(verifier: TokenVerifier, io: Io): VerifierEntry {
  const setup = {
    ...createBareSetup(io),
    authenticate: createForeignAuthenticate(verifier, io),
    allowedClients: undefined,
  };
  return { guard: createGuard(io), background: nowhere, readSetup: () => setup };
}

function createForeignAuthenticate(verifier: TokenVerifier, io: Io): Authenticate {
  return async (authorization) => {
    const bearer = readBearer(authorization);
    if (!bearer.ok) return bearer;
    try {
      const work = Promise.resolve(verifier.verify(bearer.value));
      const principal = readCaller(await withDeadline(io, limits.keyWaitMilliseconds, work));
      return principal === undefined ? fail({ reason: "verifier_failed" }) : succeed({ principal, keys: "hit" });
    } catch (error) {
      return fail({ reason: "verifier_refused", error: error instanceof Error ? error.name : typeof error });
    }
  };
}

/**
 * What the policy needs to know of a caller. Scopes make a user; whatever the verifier does not say, such as roles or the
 * tenant, no requirement that names it is met by.
 *
 * @returns `undefined` where it is no caller
 */
function readCaller(value: unknown): Principal | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { sub, claims, kind = "user", scopes = [], roles = [] } = value as Readonly<Record<string, unknown>>;
  if (typeof sub !== "string" || sub === "" || typeof claims !== "object" || claims === null) return undefined;
  if ((kind !== "user" && kind !== "app") || !isTextList(scopes) || !isTextList(roles)) return undefined;
  return Object.freeze({ ...value, kind, sub, claims, scopes, roles }) as Principal;
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
