import { keepPrivate } from "./private-response.ts";
import type { RouteAnswer } from "./route.ts";

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
  const headers = new Headers(answer.headers);
  const body = answer.body === undefined ? null : JSON.stringify(answer.body);
  if (body !== null && !headers.has("content-type")) headers.set("content-type", "application/json");
  const response = new Response(body, { status: answer.status, headers });
  return authenticated ? keepPrivate(response) : response;
}
