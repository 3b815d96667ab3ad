import { keepPrivate, makePrivate } from "./private-response.ts";
import type { RouteAnswer } from "./route.ts";

const json = { "content-type": "application/json" };
/** What `makePrivate` makes of {@link json}: the common case costs no look at each header. */
const privateJson = { ...json, "cache-control": "no-store", vary: "Authorization" };

/**
 * Turns what a handler returned into a response: plain data becomes JSON, a Response is taken as it is.
 *
 * @param authenticated whether the answer is for one caller, and must not be shared
 * @throws TypeError where it is neither
 */
export function writeAnswer(answer: RouteAnswer | Response, authenticated: boolean): Response {
  if (answer instanceof Response) return authenticated ? keepPrivate(answer) : answer;
  if (typeof answer !== "object" || answer === null || typeof answer.status !== "number") {
    throw new TypeError("a handler must return { status, body?, headers? } or a Response");
  }
  const body = answer.body === undefined ? null : JSON.stringify(answer.body);
  if (answer.headers === undefined && body !== null) {
    return new Response(body, { status: answer.status, headers: authenticated ? privateJson : json });
  }
  const headers = new Headers(answer.headers);
  if (body !== null && !headers.has("content-type")) headers.set("content-type", "application/json");
  if (authenticated) makePrivate(headers);
  return new Response(body, { status: answer.status, headers });
}
