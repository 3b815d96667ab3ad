import { andThen } from "../common/result.ts";
import { addHeaders } from "./add-headers.ts";
import { type HeaderValues, removeHeaders } from "./remove-headers.ts";
import { copyDecoded, copyResponse, isDecoded } from "./response-copy.ts";

/**
 * Who can still change a response.
 *
 * - `app`: code of the app created it. That code may still hold it, and its headers can be immutable.
 * - `both`: the gate created it, and code of the app may hold it.
 * - `gate`: only the gate holds it.
 * - `private`: the same, and shared caches do not store it.
 */
type Holder = "app" | "both" | "gate" | "private";

/** What code of the gate returns for a response: another one, or nothing if it has only changed the headers. */
type Edited = Response | OutgoingResponse | undefined;

/** Hooks and policies of this package. */
const ownCode = new WeakSet<object>();

/**
 * Declares that a hook or a policy keeps no response, and sets no header that allows a cache to store one. A response
 * that it has changed is not copied.
 *
 * @returns the same function
 */
export function declareOwnCode<Code extends object>(code: Code): Code {
  ownCode.add(code);
  return code;
}

/**
 * The response of a request on its way to the caller. Code of the app gets the response only through this object, which
 * therefore knows whether that code could still change it. The last step then sends a copy.
 */
export class OutgoingResponse {
  #response: Response;
  #holder: Holder;

  private constructor(response: Response, holder: Holder) {
    this.#response = response;
    this.#holder = holder;
  }

  /** A response that code of the app has created. */
  static ofApp(response: Response): OutgoingResponse {
    return isDecoded(response)
      ? new OutgoingResponse(copyDecoded(response), "gate")
      : new OutgoingResponse(response, "app");
  }

  /** A response that the gate has just created, with headers that can be changed. */
  static ofGate(response: Response): OutgoingResponse {
    return new OutgoingResponse(response, "gate");
  }

  /** The same, if its headers keep it out of shared caches. */
  static privateOfGate(response: Response): OutgoingResponse {
    return new OutgoingResponse(response, "private");
  }

  /** Passes the response to code of the app, which only reads it, but may keep and change it. */
  show<Result>(read: (response: Response) => Result): Result {
    if (this.#holder !== "app") this.#holder = "both";
    return read(this.#response);
  }

  /**
   * Passes the response to a hook or a policy, which may change its headers or return another one.
   *
   * @param code the hook or the policy
   * @param call calls it
   * @throws TypeError if it returns anything else
   */
  change(code: object, call: (response: Response) => unknown): OutgoingResponse | Promise<OutgoingResponse> {
    if (ownCode.has(code)) return this.edit(call as (response: Response) => Edited);
    if (this.#holder === "app") this.#copy();
    return andThen(this.show(call), (returned) => {
      if (returned === undefined || returned === this.#response) return this;
      if (!(returned instanceof Response)) throw new TypeError("it must return a Response or nothing");
      return OutgoingResponse.ofApp(returned);
    });
  }

  /** Adds headers that code of the app has set. */
  add(headers: Iterable<[string, string]>): void {
    this.#own();
    this.#holder = "gate";
    addHeaders(this.#response, headers);
  }

  /**
   * Lets code of the gate change or replace the response. That code does not keep it, and sets no header that allows a
   * cache to store it.
   */
  edit(code: (response: Response) => Edited | Promise<Edited>): OutgoingResponse | Promise<OutgoingResponse> {
    this.#own();
    return andThen(code(this.#response), (edited) => {
      if (edited instanceof OutgoingResponse) return edited;
      if (edited !== undefined) this.#response = edited;
      return this;
    });
  }

  /**
   * Returns the response for the caller, which is private if {@link isForOneCaller} says so.
   *
   * @param isPublic whether the guard admits any caller
   * @throws TypeError if it must be copied and its body was already read, or has a reader
   */
  finish(method: string, isJudged: boolean, hasCredential: boolean, isPublic: boolean): Response {
    if (this.#holder !== "private" && (isJudged || hasCredential)) {
      // Otherwise, code of the app could still change what decides.
      this.#own();
      const { headers, status } = this.#response;
      if (isForOneCaller(isJudged, hasCredential, isPublic ? headers : undefined)) makePrivate(headers, status);
    }
    return method === "HEAD" ? withoutBody(this.#response) : this.#response;
  }

  /** Ensures that only the gate holds the response. */
  #own(): void {
    if (this.#holder === "app" || this.#holder === "both") this.#copy();
  }

  #copy(): void {
    this.#response = copyResponse(this.#response);
    this.#holder = "gate";
  }
}

/** Not every platform removes the body of a response to HEAD (RFC 9110 section 9.3.2). */
function withoutBody(response: Response): Response {
  if (response.body === null) return response;
  // Tells the source that the body is not read.
  response.body.cancel().catch(() => {});
  return new Response(null, response);
}

/**
 * Says whether shared caches must not store a response, whoever made it: that for a judged caller, and that to a
 * request with a credential. On a public route, the app may say `Cache-Control: public` for the latter.
 *
 * @param isJudged whether the guard has verified or refused the caller
 * @param hasCredential whether the request came with `Authorization`, whatever its value
 * @param ofPublicRoute headers of the response, if the guard admits any caller
 */
export function isForOneCaller(isJudged: boolean, hasCredential: boolean, ofPublicRoute?: Headers): boolean {
  return isJudged || (hasCredential && !publicDirective.test(ofPublicRoute?.get("cache-control") ?? ""));
}

/** `public` before any quote, because other readers may parse quotes differently. */
const publicDirective = /^(?:[^",]*,)*\s*public\s*(?:,|$)/i;

/**
 * Headers with caching rules for shared caches only. There they override `Cache-Control` (RFC 9213, and older ones).
 */
export const sharedCacheRule = /(?:-cache-control|^surrogate-control|^edge-control|^x-accel-expires)$/;

/** Directives that cannot make a response public. */
const harmlessDirective =
  /^(?:(?:no-cache|no-transform|must-revalidate|proxy-revalidate|immutable)$|(?:max-age|stale-while-revalidate|stale-if-error)="?\d+"?$)/;

/**
 * Prevents shared caches from storing the response to an authenticated request (RFC 9111 section 3.5).
 *
 * @param response its body is passed on unread
 * @returns a copy, which code of the app that still holds the response cannot change
 * @throws TypeError if the body was already read, or has a reader
 */
export function copyPrivate(response: Response): Response {
  const copy = copyResponse(response);
  makePrivate(copy.headers, copy.status);
  return copy;
}

/**
 * Does the same with the headers of a response. The platform sets those of a WebSocket response.
 *
 * @param headers are changed
 * @param status of the response
 */
export function makePrivate(headers: Headers, status: number): void {
  if (status === 101) return;
  const values = removeHeaders(headers, (name) => sharedCacheRule.test(name));
  setPrivate(headers, status, values);
}

/**
 * Sets `Cache-Control` and `Vary` on headers that contain no {@link sharedCacheRule}.
 *
 * @param headers are changed
 * @param status of the response
 * @param values of the headers
 */
export function setPrivate(headers: Headers, status: number, values: HeaderValues): void {
  const cacheControl = values.get("cache-control");
  // The headers of a 304 replace those that a cache has stored with the 200, which was private (RFC 9111 section 3.2).
  const kept = privatize(cacheControl);
  if (status === 304 && !cacheControl) headers.delete("cache-control");
  else if (kept !== cacheControl) headers.set("cache-control", kept);
  const varies = /(?:^|,)\s*(?:\*|authorization)\s*(?:,|$)/i.test(values.get("vary") ?? "");
  if (!varies) headers.append("vary", "Authorization");
}

/**
 * Keeps only known private directives. `public`, `s-maxage`, `private` for some headers, and unknown directives become
 * `private`. An absent or empty header becomes `no-store`.
 */
function privatize(cacheControl: string | undefined): string {
  if (!cacheControl) return "no-store";
  // In any position, because other readers may parse quotes differently.
  const forbidden = /no-store/i.test(cacheControl);
  const directives = cacheControl.toLowerCase().replace(/\s/g, "").split(",");
  const kept = directives
    .map((directive) => (directive.startsWith("no-cache=") ? "no-cache" : directive))
    .filter((directive) => harmlessDirective.test(directive));
  return [forbidden ? "no-store" : "private", ...kept].join(", ");
}
