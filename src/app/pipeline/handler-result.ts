import { isObject } from "../../common/objects.ts";
import { isPromised } from "../../common/result.ts";
import { copyHeaders } from "../../common/runtime.ts";
import { OutgoingResponse } from "../../http/outgoing-response.ts";
import { makePrivate } from "../../http/private-response.ts";
import type { RouteResult } from "../types/types.ts";
import type { RequestContext } from "./context.ts";

/** The result of a handler. */
export type Handled = RouteResult | Response | OutgoingResponse;

/**
 * Checks that a handler returned a response.
 *
 * @throws TypeError if it did not
 */
export function checkResult(result: unknown): RouteResult | OutgoingResponse {
  if (result instanceof OutgoingResponse) return result;
  if (result instanceof Response) return OutgoingResponse.ofApp(result);
  if (isObject(result) && "status" in result && typeof result.status === "number") {
    return result as RouteResult;
  }
  throw new TypeError("a handler must return { status, body?, headers? } or a Response");
}

/** Converts the result of a handler to the response. */
export function writeHandled(result: RouteResult | OutgoingResponse, context: RequestContext): OutgoingResponse {
  if (result instanceof OutgoingResponse) return result;
  // If hooks have set headers, the last step makes the response private instead.
  const isPrivate = context.caller !== undefined && context.headersSet === undefined;
  const response = writeResult(result, isPrivate);
  return isPrivate ? OutgoingResponse.privateOfGate(response) : OutgoingResponse.ofGate(response);
}

// A platform copies `Headers` faster than it reads an object.
const json = new Headers({ "content-type": "application/json" });
/** The result of `makePrivate` for {@link json}, so that the common case needs no iteration. */
const privateJson = new Headers({
  "content-type": "application/json",
  "cache-control": "no-store",
  vary: "Authorization",
});

/**
 * Writes the result of a handler as JSON.
 *
 * @param authenticated whether the response is for one caller and must not be shared
 */
export function writeResult({ status, headers: own, body: value }: RouteResult, authenticated: boolean): Response {
  const body = value === undefined ? null : JSON.stringify(value);
  if (body === "{}" && isPromised(value)) throw new TypeError("the body of a response is a promise. Await it");
  if (own === undefined && body !== null)
    return new Response(body, { status, headers: copyHeaders(authenticated ? privateJson : json) });
  const headers = new Headers(own);
  if (body !== null && !headers.has("content-type")) headers.set("content-type", "application/json");
  if (authenticated) makePrivate(headers, status);
  return new Response(body, { status, headers });
}
