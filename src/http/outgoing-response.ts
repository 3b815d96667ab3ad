import { andThen } from "../common/result.ts";
import { addHeaders } from "./add-headers.ts";
import { makePrivate } from "./private-response.ts";
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
   * Returns the response for the caller.
   *
   * @param isForOneCaller whether shared caches must not store it, whatever its headers say
   * @throws TypeError if it must be copied and its body was already read, or has a reader
   */
  finish(method: string, isForOneCaller: boolean): Response {
    if (isForOneCaller && this.#holder !== "private") {
      this.#own();
      makePrivate(this.#response.headers, this.#response.status);
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
