import { createBareLog } from "../app/decision-log.ts";
import { readProcessEnvironment } from "../config/environment.ts";
import { defaultObservation } from "../config/observation.ts";
import type { Environment } from "../config/variables.ts";
import { type Background, type Io, platformIo, withDeadline } from "../io.ts";
import { limits } from "../limits.ts";
import { checkClient, createAdmit } from "../policy/admission.ts";
import { fail, succeed } from "../result.ts";
import type { Authenticate } from "../token/authenticator.ts";
import { readBearer } from "../token/bearer.ts";
import type { Principal } from "../token/principal.ts";
import { checkConfiguration, type EntraConfig, type EntraOptions } from "./configuration.ts";
import { createAdapterRuntimes, createDoorway, type Enter } from "./doorway.ts";

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

/** How a verifier's requests get in. */
export interface Door {
  readonly enter: Enter;
  readonly background: Background;
  readEnvironment(): Environment;
}

const nowhere: Background = () => {};
const noEnvironment: Environment = Object.freeze({});
/** By verifier; those that are not Entra's get theirs when they are first met. */
const doors = new WeakMap<TokenVerifier, Door>();

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
  const readEnvironment = () => given ?? readProcessEnvironment();
  const { revokedAtSeconds } = options;
  const runtimeOf = createAdapterRuntimes(io, options);
  const admit = createAdmit(io, revokedAtSeconds);
  const verifier: EntraVerifier = {
    async verify(token) {
      const runtime = runtimeOf(readEnvironment());
      const admission = await admit(runtime, `Bearer ${token}`, background, (who) => checkClient(runtime, who));
      const { principal, denial } = admission;
      if (principal !== undefined && denial === undefined) return principal;
      io.log({ event: "refused", ...denial, tenant: principal?.tid, client: principal?.azp });
      throw new Error("the access token is refused");
    },
  };
  const enter = createDoorway({ io, runtimeOf, revokedAtSeconds, answersPreflights: false });
  doors.set(verifier, { enter, background, readEnvironment });
  return Object.freeze(verifier);
}

/** The way in of a verifier, Entra's or any other. */
export function findDoor(verifier: TokenVerifier): Door {
  let door = doors.get(verifier);
  if (door === undefined) {
    door = createForeignDoor(verifier, platformIo);
    doors.set(verifier, door);
  }
  return door;
}

/** Whether something can verify at all. */
export function isVerifier(value: unknown): value is TokenVerifier {
  return typeof value === "object" && value !== null && "verify" in value && typeof value.verify === "function";
}

function createForeignDoor(verifier: TokenVerifier, io: Io): Door {
  const runtime = {
    configured: true,
    authorizationUri: "",
    addresses: undefined,
    authenticate: createForeignAuthenticate(verifier, io),
    defaultRequirement: undefined,
    downstream: undefined,
    mode: defaultObservation.mode,
    health: defaultObservation.health,
    record: createBareLog(io),
    isClientAllowed: () => true,
    limiter: undefined,
  };
  const enter = createDoorway({
    io,
    runtimeOf: () => runtime,
    revokedAtSeconds: undefined,
    answersPreflights: false,
  });
  return { enter, background: nowhere, readEnvironment: () => noEnvironment };
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
