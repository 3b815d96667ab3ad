/**
 * For origins: verifies the assertions of the gate in front.
 *
 * @module
 */
import { type JWTPayload, jwtVerify } from "jose";
import { hashText } from "../base/common/digest.ts";
import { type Background, type Io, platformIo } from "../base/common/io.ts";
import * as limits from "../base/common/limits.ts";
import { checkOptionsOf, isFunction, isText } from "../base/common/options.ts";
import { isLoopback } from "../base/http/loopback.ts";
import { AssertionError } from "./assertion-error.ts";
import { type AssertedCaller, readCaller } from "./caller.ts";
import { readHeader } from "./header.ts";
import { type NodeMessage, removeIdentity, withoutIdentity } from "./identity-headers.ts";
import { createKeyCache } from "./key-cache.ts";

export type { Background, Io } from "../base/common/io.ts";
export { AssertionError, type AssertionReason } from "./assertion-error.ts";
export type { AnonymousCaller, AssertedCaller, KnownCaller } from "./caller.ts";
export type { NodeMessage } from "./identity-headers.ts";

/** Options of {@link createAssertionVerifier}. */
export interface AssertionVerifierOptions {
  /** The gate's issuer: its GATE_ISSUER and `/.well-known/entra-gate/origin`. */
  readonly issuer: string;
  /** ORIGIN_AUDIENCE of the gate, or its ORIGIN_URL without the path. */
  readonly audience: string;
  /** Fetches the keys of the gate, for example through a service binding. Default: `fetch` of the platform. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** A verified request. */
export interface VerifiedRequest {
  /** The caller, or that there is none. */
  readonly caller: AssertedCaller;
  /** The same request without headers about the caller, which are not signed. */
  readonly request: Request;
}

/** The execution context of Workers. */
export interface VerifierContext {
  /** Keeps a renewal of the keys alive after the response. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
}

/** Verifies that requests come from the gate. */
export interface AssertionVerifier {
  /**
   * Verifies a request of a fetch handler.
   *
   * @param request as the platform passes it, before anything changes its URL
   * @throws AssertionError if the gate did not send exactly this request
   *
   * @example
   * const { caller, request } = await gate.verify(received, ctx);
   */
  verify(request: Request, context?: VerifierContext): Promise<VerifiedRequest>;
  /**
   * Verifies a request of Node's server, and removes headers about the caller from it, which are not signed.
   *
   * @param message Node's `IncomingMessage`: `req` in Express, `request.raw` in Fastify
   * @throws AssertionError if the gate did not send exactly this request
   *
   * @example
   * const caller = await gate.verifyMessage(req);
   */
  verifyMessage(message: NodeMessage): Promise<AssertedCaller>;
}

/**
 * Creates a verifier of the assertions that a gate with ORIGIN_ASSERTION sends. It fetches the public keys of the gate
 * with the first request.
 *
 * @throws TypeError that names an invalid option
 *
 * @example
 * const gate = createAssertionVerifier({
 *   issuer: "https://api.contoso.com/.well-known/entra-gate/origin",
 *   audience: "https://origin.contoso.com",
 * });
 */
export function createAssertionVerifier(options: AssertionVerifierOptions, io: Io = platformIo): AssertionVerifier {
  checkOptionsOf("createAssertionVerifier", options, { fetch: isFunction }, { issuer: isIssuer, audience: isAudience });
  const { issuer, audience, fetch = io.fetch } = options;
  const keys = createKeyCache({ ...io, fetch: (url, init = {}) => fetch(url as string, init) }, `${issuer}/jwks.json`);

  async function verify(
    assertion: string | null | undefined,
    method: string,
    target: string,
    background: Background,
  ): Promise<AssertedCaller> {
    if (!assertion) throw new AssertionError("assertion_missing");
    const { kid } = readHeader(assertion);
    const key = await keys.find(kid, background);
    if (key === "unknown") throw new AssertionError("key_unknown");
    if (key === "unavailable") throw new AssertionError("keys_unavailable");
    const nowSeconds = Math.floor(io.now() / 1_000);
    const { payload } = await jwtVerify(assertion, key, {
      algorithms: ["ES256"],
      issuer,
      audience,
      currentDate: new Date(nowSeconds * 1_000),
      clockTolerance: limits.assertionLeewaySeconds,
    }).catch((error: unknown) => {
      throw describe(error);
    });
    checkTimes(payload, nowSeconds);
    if (payload.aud !== audience) throw new AssertionError("audience_mismatch");
    if (payload.method !== method) throw new AssertionError("method_mismatch");
    if (payload.target !== (await hashText(target))) throw new AssertionError("target_mismatch");
    return readCaller(payload);
  }

  return {
    async verify(request, context) {
      const background: Background = (work) => context?.waitUntil?.(work);
      const assertion = request.headers.get(assertionHeader);
      const caller = await verify(assertion, request.method, receivedTarget(request.url), background);
      return { caller, request: withoutIdentity(request) };
    },
    async verifyMessage(message) {
      const { method = "", url = "", originalUrl = url, headers } = message;
      const assertion = headers[assertionHeader];
      // Node joins repeated headers. Other servers may keep a list.
      if (Array.isArray(assertion)) throw new AssertionError("assertion_malformed");
      const caller = await verify(assertion, method, withoutEmptyQuery(originalUrl), () => {});
      removeIdentity(message);
      return caller;
    },
  };
}

const assertionHeader = "x-entra-assertion";

/**
 * Reads path and query as received. workerd and Deno pass the request line unchanged. A URL parser would resolve
 * `/admin/../a` to `/a`, but routers match the path that was received.
 */
function receivedTarget(url: string): string {
  return withoutEmptyQuery(url.replace(/^[^:]+:\/\/[^/?#\\]*/, ""));
}

function withoutEmptyQuery(target: string): string {
  return target.replace(/^([^?]*)\?$/, "$1");
}

/** The library does not check that the times are integers, or that `iat` is not in the future. */
function checkTimes({ iat, exp }: JWTPayload, nowSeconds: number): void {
  if (!Number.isSafeInteger(iat) || !Number.isSafeInteger(exp)) throw new AssertionError("claims_invalid");
  if ((iat as number) > nowSeconds + limits.assertionLeewaySeconds) throw new AssertionError("not_yet_valid");
}

/** Converts an error of jose, whose message could contain claims. */
function describe(error: unknown): AssertionError {
  const { code, claim } = error as { readonly code?: unknown; readonly claim?: unknown };
  if (code === "ERR_JWT_EXPIRED") return new AssertionError("expired");
  if (code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED") return new AssertionError("signature_invalid");
  if (code !== "ERR_JWT_CLAIM_VALIDATION_FAILED") return new AssertionError("assertion_malformed");
  if (claim === "iss") return new AssertionError("issuer_mismatch");
  if (claim === "aud") return new AssertionError("audience_mismatch");
  return new AssertionError(claim === "nbf" ? "not_yet_valid" : "claims_invalid");
}

/** The client issuer is for Entra, and its key set has no key for an origin. */
function isIssuer(value: unknown): true | string {
  const url = typeof value === "string" ? URL.parse(value) : null;
  const isSecure = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  const isOfGate = url?.href === value && url?.href === `${url?.origin}/.well-known/entra-gate/origin`;
  return (isSecure && isOfGate) || "must look like https://api.contoso.com/.well-known/entra-gate/origin";
}

function isAudience(value: unknown): true | string {
  if (isText(value) !== true) return isText(value);
  return !/^api:\/\/AzureADTokenExchange/i.test(value as string) || "is the audience of Entra's federated credentials";
}
