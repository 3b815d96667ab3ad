import type { Refusal } from "../refusal.ts";
import { writeChallenge } from "./challenge.ts";

/**
 * Writes the answer to a refused request: RFC 9457 problem details, never stored by a cache.
 *
 * @param refusal what the caller is told
 * @param requestId names the request's line in the operator's log
 * @param authorizationUri for the challenge
 */
export function writeProblem(refusal: Refusal, requestId: string, authorizationUri: string): Response {
  const { status, title, detail, challenge, retryAfterSeconds } = refusal;
  const headers: Record<string, string> = { "content-type": "application/problem+json", "cache-control": "no-store" };
  if (challenge !== undefined) headers["www-authenticate"] = writeChallenge(authorizationUri, challenge);
  if (retryAfterSeconds !== undefined) headers["retry-after"] = String(retryAfterSeconds);
  const body = { type: "about:blank", title, status, detail, instance: `urn:uuid:${requestId}` };
  return new Response(JSON.stringify(body), { status, headers });
}
