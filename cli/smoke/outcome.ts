import type { Received } from "./ask.ts";

/** Result of one request. */
export interface Outcome {
  readonly title: string;
  readonly state: "refused" | "admitted" | "preflight" | "let-in" | "elsewhere" | "unreachable" | "denied" | "not-sent";
  readonly text: string;
}

/** Judges the answer to a request that the gate must refuse. */
export function judgeRefusal(title: string, answer: Received, refusals: readonly number[]): Outcome {
  const { status } = answer;
  if (status < 400) return { title, state: "let-in", text: `${status}, ${typeOf(answer)}` };
  const stranger = findStranger(answer);
  if (stranger !== undefined) return { title, state: "elsewhere", text: `${status}, ${stranger}` };
  if (!refusals.includes(status) && status !== 429)
    return { title, state: "elsewhere", text: `${status}: ${adviceFor(status)}` };
  return { title, state: "refused", text: String(status) };
}

/**
 * Judges the answer to a request with a token that the gate must admit. Only a success shows that: an error can be one
 * of a firewall or of another server. The text contains nothing of the answer's own text, in which a server can repeat
 * the token or a part of it in any form.
 */
export function judgeAdmission(title: string, answer: Received): Outcome {
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return { title, state: "admitted", text: String(status) };
  if (status < 400)
    return { title, state: "denied", text: `${status} to another address, where the token was not sent` };
  if (findStranger(answer) !== undefined) {
    const text = `${status} is not the gate's answer and no success: name a path that the API answers with 2xx`;
    return { title, state: "denied", text };
  }
  const error = /error="(invalid_request|invalid_token|insufficient_scope)"/.exec(
    headers.get("www-authenticate") ?? "",
  )?.[1];
  const advice = status < 500 && status !== 421 ? "npx entra-gate explain - says why" : adviceFor(status);
  return { title, state: "denied", text: `${status}${error === undefined ? "" : ` ${error}`}: ${advice}` };
}

/**
 * Tells whether an app answers every OPTIONS request as a preflight, before its guard: `hono/cors` does. A real
 * preflight then gets the same answer, which shows nothing of the API.
 *
 * @param answer to OPTIONS without the headers of a preflight
 * @param preflight answer to a preflight
 */
export function isPreflightAnswer(answer: Received, preflight: Received | string): boolean {
  if (typeof preflight === "string") return false;
  const methods = answer.headers.get("access-control-allow-methods");
  return (
    [answer, preflight].every(({ status, body }) => status === 204 && body === "") &&
    methods !== null &&
    methods === preflight.headers.get("access-control-allow-methods")
  );
}

/** Finds what shows that a response is not the gate's; see docs/reference/responses.md. */
function findStranger(answer: Received): string | undefined {
  const { status, headers, body } = answer;
  if (typeOf(answer) !== "application/problem+json") return `${typeOf(answer)} is not what the gate answers`;
  if (!/"instance":"urn:uuid:[0-9a-f-]{36}"/.test(body)) return "problem details that are not the gate's";
  if (headers.get("cache-control")?.includes("no-store") !== true) return "caches may store it";
  const hasChallenge = headers.get("www-authenticate")?.startsWith("Bearer ") === true;
  return status === 401 && !hasChallenge ? "it has no Bearer challenge" : undefined;
}

function typeOf({ headers }: Received): string {
  return headers.get("content-type") ?? "no content type";
}

function adviceFor(status: number): string {
  if (status === 421) return "GATE_URL does not list this address";
  if (status === 500) return "the gate is misconfigured and refuses every request; its log says why";
  return "not the expected refusal";
}
