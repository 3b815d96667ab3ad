import { expect } from "vitest";
import type { Reason } from "../../src/base/common/denial.ts";
import { scanJson } from "../../src/base/common/json.ts";
import type { Fleet, LogLine } from "./fleet.ts";
import { gateRuntime } from "./gate-runtime.ts";
import { type GateDefinition, publicCloud } from "./gates.ts";
import { type HttpAnswer, type HttpRequest, readHeader } from "./http.ts";
import { expectSameVerdict } from "./verdict.ts";

/** A refusal as its caller and the log get it. Written out here, so that tests do not depend on the gate's code. */
export interface Refusal {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  /** The challenge after `authorization_uri`; absent if there is no challenge. */
  readonly challenge?: string;
  readonly retryAfter?: true;
  readonly log: { readonly reason: Reason } & LogLine;
}

export function unauthenticated(reason: Reason): Refusal {
  const detail = "This resource requires a bearer access token in the Authorization header.";
  return { status: 401, title: "Unauthorized", detail, challenge: "", log: { reason } };
}

export function badCredential(reason: Reason): Refusal {
  const detail = "Send exactly one bearer access token, in the Authorization header.";
  return { status: 400, title: "Bad Request", detail, challenge: ', error="invalid_request"', log: { reason } };
}

/** @param members other members of the log line */
export function badToken(reason: Reason, members: LogLine = {}): Refusal {
  const detail = "The access token is not valid for this API. Request a new one.";
  const log = { reason, ...members };
  return { status: 401, title: "Unauthorized", detail, challenge: ', error="invalid_token"', log };
}

/** @param scope of the challenge. @param members of the log line, beside the reason */
export function forbidden(reason: Reason, scope?: string, members: LogLine = {}): Refusal {
  const detail = "The access token does not permit this request.";
  const challenge = `, error="insufficient_scope"${scope === undefined ? "" : `, scope="${scope}"`}`;
  return { status: 403, title: "Forbidden", detail, challenge, log: { reason, ...members } };
}

/** @param claims JSON of the claims request */
export function claimsWanted(reason: Reason, claims: string): Refusal {
  const detail = "Request a new access token with the claims in the WWW-Authenticate header.";
  const challenge = `, error="insufficient_claims", claims="${btoa(claims)}"`;
  return { status: 401, title: "Unauthorized", detail, challenge, log: { reason } };
}

export function notFound(reason: Reason): Refusal {
  return { status: 404, title: "Not Found", detail: "The resource was not found.", log: { reason } };
}

export const plaintext: Refusal = {
  status: 403,
  title: "Forbidden",
  detail: "This resource requires HTTPS.",
  log: { reason: "plaintext_transport" },
};

export function internalError(reason: Reason): Refusal {
  const detail = "An internal error occurred. Contact the operator.";
  return { status: 500, title: "Internal Server Error", detail, log: { reason } };
}

export const misconfigured: Refusal = {
  status: 500,
  title: "Internal Server Error",
  detail: "The server is misconfigured. Contact the operator.",
  log: { reason: "misconfigured" },
};

/**
 * Sends a request that must be refused, and checks everything about the refusal: status, challenge, problem
 * details, caching, the log, no part of the token anywhere, the same result of `explain`, and no request to the origin
 * or an unknown host.
 */
export async function expectRefusal<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  request: HttpRequest,
  refusal: Refusal,
): Promise<void> {
  if (gateRuntime !== "workerd" && isTooMuchElsewhere(request)) return expectRefusedByServer(fleet, gate, request);
  const before = await fleet.ledger();
  const sentAtMs = Date.now();
  const answer = await fleet.send(gate, request);
  await expectRefused(fleet, gate, answer, refusal, listSecrets(request));
  await expectSameVerdict(fleet, gate, request, sentAtMs, await fleet.lineOf(JSON.parse(answer.body).instance));
  const after = await fleet.ledger();
  expect(after.origin.count, "requests at the origin").toBe(before.origin.count);
  expect(after.calls.filter(({ to }) => to === "nowhere")).toEqual([]);
}

/** The part of {@link expectRefusal} about the response and its log line. */
export async function expectRefused<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  answer: HttpAnswer,
  { status, title, detail, challenge, retryAfter, log }: Refusal,
  secrets: readonly string[] = [],
): Promise<void> {
  const shown = `${answer.status} ${answer.body.slice(0, 200)}`;
  expect(readHeader(answer, "content-type"), shown).toEqual(["application/problem+json"]);
  const { instance } = JSON.parse(answer.body);
  // The reason comes first, because it is the most helpful difference.
  const line = await fleet.lineOf(instance);
  expect(line).toMatchObject({ event: "refused", status, ...log });
  expect(answer.status).toBe(status);
  expect(JSON.parse(answer.body)).toEqual({ type: "about:blank", title, status, detail, instance });
  expect(instance).toMatch(/^urn:uuid:[0-9a-f-]{36}$/);
  expect(readHeader(answer, "cache-control")).toEqual(["no-store"]);
  expect(readHeader(answer, "retry-after").length).toBe(retryAfter ? 1 : 0);
  const prefix = `Bearer realm="", authorization_uri="${findSignIn(fleet.definitionOf(gate))}/common/oauth2/authorize"`;
  expect(readHeader(answer, "www-authenticate")).toEqual(challenge === undefined ? [] : [prefix + challenge]);
  const said = [JSON.stringify(answer.headers), answer.body, JSON.stringify(line)].join("\n");
  // The authenticated caller, and the required scopes or roles.
  const { tenant, client, agent, scopes, roles, anyRole } = line;
  const sayable = JSON.stringify([tenant, client, agent, scopes, roles, anyRole]);
  expect(secrets.filter((secret) => said.includes(secret) && !sayable.includes(secret))).toEqual([]);
}

/** Sends a request that the runtime's own server refuses, or whose connection it closes, before the gate. */
export async function expectRefusedByServer<Name extends string>(
  fleet: Fleet<Name>,
  gate: Name,
  request: HttpRequest,
): Promise<void> {
  const before = await fleet.ledger();
  const status = await fleet.send(gate, request).then(
    (answer) => answer.status,
    (error: NodeJS.ErrnoException) => error.code,
  );
  expect([400, 431, "ECONNRESET", "EPIPE"]).toContain(status);
  expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
}

/**
 * The servers of Deno and Node refuse a vertical tab or a form feed in a header. Deno refuses headers of more than 64
 * KiB, and so does Node in a fleet.
 */
function isTooMuchElsewhere({ headers = [] }: HttpRequest): boolean {
  const text = headers.map(([, value]) => value).join("");
  return text.length >= 64 * 1024 || text.includes("\u000b") || text.includes("\u000c");
}

function findSignIn({ signIn, issuer }: GateDefinition): string {
  return signIn ?? issuer ?? publicCloud;
}

/** Text that looks like a token or a part of one, and the text in it. */
export function listSecrets({ headers = [], path = "", body = "" }: HttpRequest): readonly string[] {
  const sent = [...headers.map(([, value]) => value), path, body].join(" ");
  const parts = sent.match(/[A-Za-z0-9_+/-]{20,}/g) ?? [];
  return parts.flatMap((part) => [part, ...listTexts(Buffer.from(part, "base64url").toString())]);
}

/** The strings in a JSON text that are long enough to recognize. */
function listTexts(text: string): readonly string[] {
  // Node 26 would end with some texts.
  if (scanJson(text).excess !== -1) return [];
  const texts: string[] = [];
  try {
    JSON.parse(text, (_name, value) => {
      if (typeof value === "string" && value.length > 8) texts.push(value);
      return value;
    });
  } catch {
    // Text other than JSON has no strings.
  }
  return texts;
}
