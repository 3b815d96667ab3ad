import type { Denial } from "../../src/base/common/denial.ts";
import type { Result } from "../../src/base/common/result.ts";
import type { OriginConfig } from "../../src/core/config/origin.ts";
import type { Caller } from "../../src/core/token/caller.ts";
import { type ForwardedRequest, forwardToOrigin } from "../../src/forwarding/forward.ts";
import { callerOf } from "./claims.ts";
import { createFakeIo, type FakeIo } from "./io.ts";

export const limitMs = 1_000;
export const member = callerOf("user");

export const toUrl: OriginConfig = configFor("https://origin.contoso.example");
export const toZone: OriginConfig = { target: { kind: "zone" }, authorization: "forward", cookies: "forward" };

/** A configuration with an ORIGIN_URL. */
export function configFor(url: string): OriginConfig {
  return { target: { kind: "url", url: new URL(url) }, authorization: "forward", cookies: "forward" };
}

export interface Passage {
  readonly io?: FakeIo;
  readonly config?: OriginConfig;
  /** `undefined` for a public route. */
  readonly caller?: Caller | undefined;
  readonly path?: string;
  readonly ownAuthorization?: string | undefined;
  readonly assert?: ForwardedRequest["assert"];
  readonly relay?: ForwardedRequest["relay"];
}

/** Forwards a request, by default a member's, to an origin with its own URL. */
export function forward(request: Request, passage: Passage = {}): Promise<Result<Response, Denial>> {
  const { io = createFakeIo({ fetch: () => new Response("ok") }), config = toUrl } = passage;
  const { path = new URL(request.url).pathname } = passage;
  const caller = "caller" in passage ? passage.caller : member;
  const { ownAuthorization, assert, relay } = passage;
  const forwarded = { request, url: request.url, path, caller, ownAuthorization, assert, relay };
  return forwardToOrigin(io, config, forwarded, limitMs);
}

/** The request that the origin gets. */
export async function findOutgoing(request: Request, passage: Omit<Passage, "io"> = {}): Promise<Request> {
  const io = createFakeIo({ fetch: () => new Response("ok") });
  const result = await forward(request, { ...passage, io });
  if (io.requests[0] === undefined) throw new Error(`nothing was sent: ${JSON.stringify(result)}`);
  return io.requests[0];
}

/** A client's request with these headers. */
export function requestWith(headers: HeadersInit, method = "GET"): Request {
  return new Request("https://api.contoso.example/orders", { method, headers });
}

/** The client's response for a response of the origin. */
export async function findAnswer(response: Response, passage: Omit<Passage, "io"> = {}): Promise<Response> {
  const result = await forward(requestWith({}), { ...passage, io: createFakeIo({ fetch: () => response }) });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** Reason of a refusal; `undefined` if there is none. */
export function reasonOf(result: Result<unknown, Denial>): string | undefined {
  return result.ok ? undefined : result.error.reason;
}
