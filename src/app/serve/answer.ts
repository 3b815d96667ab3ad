import { copyHeaders } from "../../http/platform.ts";
import { makePrivate } from "../../http/private-response.ts";
import type { RouteAnswer, RouteContext } from "../contract/types.ts";
import type { RequestContext } from "./context.ts";

/** What a route's definition gives as its handler. */
export type Handler = (context: RouteContext) => RouteAnswer | Response | Promise<RouteAnswer | Response>;

/** The same, as a pipeline runs it. */
export type ContextHandler = (context: RequestContext) => RouteAnswer | Response | PromiseLike<RouteAnswer | Response>;

/**
 * Checks that what a handler returned is an answer at all.
 *
 * @throws TypeError where it is not
 */
export function checkAnswer(answer: unknown): RouteAnswer | Response {
  if (answer instanceof Response) return answer;
  if (typeof answer === "object" && answer !== null && "status" in answer && typeof answer.status === "number") {
    return answer as RouteAnswer;
  }
  throw new TypeError("a handler must return { status, body?, headers? } or a Response");
}

// A platform copies headers of its own faster than it reads an object's.
const json = new Headers({ "content-type": "application/json" });
/** What `makePrivate` makes of {@link json}: the common case costs no look at each header. */
const privateJson = new Headers({
  "content-type": "application/json",
  "cache-control": "no-store",
  vary: "Authorization",
});

/**
 * Writes what a handler returned as JSON.
 *
 * @param authenticated whether the response is for one caller, and must not be shared
 */
export function writeAnswer(answer: RouteAnswer, authenticated: boolean): Response {
  const body = answer.body === undefined ? null : JSON.stringify(answer.body);
  return new Response(body, { status: answer.status, headers: chooseHeaders(answer, body, authenticated) });
}

function chooseHeaders({ headers: own }: RouteAnswer, body: string | null, isPrivate: boolean): Headers {
  if (own === undefined && body !== null) return copyHeaders(isPrivate ? privateJson : json);
  const headers = new Headers(own);
  if (body !== null && !headers.has("content-type")) headers.set("content-type", "application/json");
  if (isPrivate) makePrivate(headers);
  return headers;
}

/**
 * Adds what hooks and handlers set beside their answer; what the answer says itself wins.
 *
 * @returns a copy
 */
export function addHeaders(response: Response, set: Iterable<[string, string]>): Response {
  // The two ends of a WebSocket are in the response itself, which cannot be copied.
  if (response.status === 101) return response;
  const copy = new Response(response.body, response);
  for (const [name, value] of set) {
    if (name === "vary" || name === "set-cookie") copy.headers.append(name, value);
    else if (!copy.headers.has(name)) copy.headers.set(name, value);
  }
  return copy;
}
