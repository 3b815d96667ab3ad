import { copyHeaders } from "../io.ts";
import type { Refusal } from "../refusal.ts";

/** What all answers of one refusal have in common. */
interface Form {
  readonly authorizationUri: string;
  readonly headers: Headers;
  /** Problem details up to the id. */
  readonly bodyStart: string;
}

/** Most refusals are the same object each time: the classes are few. */
const forms = new WeakMap<Refusal, Form>();

/**
 * Writes the answer to a refused request: RFC 9457 problem details, never stored by a cache.
 *
 * @param refusal what the caller is told
 * @param requestId a UUID that names the request's line in the operator's log
 * @param authorizationUri for the challenge
 */
export function writeProblem(refusal: Refusal, requestId: string, authorizationUri: string): Response {
  const { headers, bodyStart } = formOf(refusal, authorizationUri);
  return new Response(`${bodyStart}${requestId}"}`, { status: refusal.status, headers: copyHeaders(headers) });
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
 * challenge). Clients split it at commas and equal signs, so nothing that is written here holds one but `claims`; a scope
 * that does is its route's own.
 *
 * @param authorizationUri sign-in page of the authority; on `/common`, where the realm is empty. Empty: no page is known
 * @param challenge from a refusal
 */
export function writeChallenge(authorizationUri: string, challenge: NonNullable<Refusal["challenge"]>): string {
  const { error, scopes, claims } = challenge;
  let value = 'Bearer realm=""';
  if (authorizationUri !== "") value += `, authorization_uri="${authorizationUri}"`;
  if (error !== undefined) value += `, error="${error}"`;
  if (scopes !== undefined) value += `, scope="${scopes.join(" ")}"`;
  // Plain base64: Microsoft's clients do not expect the URL-safe alphabet here.
  if (claims !== undefined) value += `, claims="${btoa(claims)}"`;
  return value;
}
