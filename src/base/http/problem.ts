import type { Refusal } from "../common/refusal.ts";
import { runtime } from "../common/runtime.ts";

/** The common part of all responses for one refusal. */
interface Form {
  readonly authorizationUri: string;
  readonly headers: Headers;
  /** JSON of the problem details, up to the ID. */
  readonly bodyStart: string;
}

/** Most refusals are shared objects, so their forms are created once. */
const forms = new WeakMap<Refusal, Form>();

/**
 * Writes the response to a refused request: RFC 9457 problem details that no cache stores.
 *
 * @param refusal status, text and challenge
 * @param requestId UUID of the request in the log
 * @param authorizationUri sign-in page for the challenge
 */
export function writeProblem(refusal: Refusal, requestId: string, authorizationUri: string): Response {
  const { headers: shared, bodyStart } = formOf(refusal, authorizationUri);
  const headers = runtime.copiesHeaders ? shared : new Headers(shared);
  return new Response(`${bodyStart}${requestId}"}`, { status: refusal.status, headers });
}

function formOf(refusal: Refusal, authorizationUri: string): Form {
  const known = forms.get(refusal);
  if (known?.authorizationUri === authorizationUri) return known;
  const form = createForm(refusal, authorizationUri);
  forms.set(refusal, form);
  return form;
}

function createForm({ status, title, detail, challenge, retryAfterSeconds }: Refusal, authorizationUri: string): Form {
  const headers = new Headers({ "content-type": "application/problem+json", "cache-control": "no-store" });
  if (challenge !== undefined) headers.set("www-authenticate", writeChallenge(authorizationUri, challenge));
  if (retryAfterSeconds !== undefined) headers.set("retry-after", String(retryAfterSeconds));
  const members = JSON.stringify({ type: "about:blank", title, status, detail });
  return { authorizationUri, headers, bodyStart: `${members.slice(0, -1)},"instance":"urn:uuid:` };
}

/**
 * Writes a `WWW-Authenticate` value (RFC 6750 section 3; `authorization_uri` and `claims` as in Microsoft's claims
 * challenge). Some clients split it at commas and equal signs, so only `claims` contains them, and scopes of routes
 * that do.
 *
 * @param authorizationUri sign-in page of the authority; empty if it is unknown. The path is `/common`, because the
 * realm is empty.
 * @param challenge from a refusal
 */
export function writeChallenge(authorizationUri: string, challenge: NonNullable<Refusal["challenge"]>): string {
  const { error, scopes, claims } = challenge;
  let value = 'Bearer realm=""';
  if (authorizationUri !== "") value += `, authorization_uri="${authorizationUri}"`;
  if (error !== undefined) value += `, error="${error}"`;
  if (scopes !== undefined) value += `, scope="${scopes.join(" ")}"`;
  // Microsoft's clients expect plain base64 here, not base64url.
  if (claims !== undefined) value += `, claims="${btoa(claims)}"`;
  return value;
}
