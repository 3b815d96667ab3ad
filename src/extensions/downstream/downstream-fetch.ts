import { nameNetworkError } from "../../base/common/cause.ts";
import { type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { runtime } from "../../base/common/runtime.ts";
import type { CallTrace } from "../../base/http/call.ts";
import { isLoopback } from "../../base/http/loopback.ts";
import { copyDecoded, hideBodyErrors, shareBody } from "../../base/http/response-copy.ts";
import type {
  DownstreamFetch,
  DownstreamRequestInit,
  DownstreamToken,
  OnBehalfOfOptions,
} from "../../core/guard/downstream.ts";
import { createDownstreamError } from "../../core/guard/exception.ts";
import { readClaimsChallenge } from "./challenge.ts";

type GetToken = (scopes: readonly string[], options?: OnBehalfOfOptions) => Promise<DownstreamToken>;

const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * Creates `downstreamFetch` for one request.
 *
 * @param getToken exchanges the caller's token; throws DownstreamError
 * @param trace of the request
 */
export function createDownstreamFetch(
  io: Pick<Io, "fetch" | "after">,
  getToken: GetToken,
  trace?: Pick<CallTrace, "add">,
): DownstreamFetch {
  /** The time limit applies until the response headers arrive. The body may be streamed for longer. */
  async function ask(request: Request): Promise<Response> {
    const sent = io.fetch(request);
    const response = await withDeadline(io, limits.originMilliseconds, sent).catch((cause) => {
      throw createDownstreamError({ reason: "origin_unreachable", cause: nameNetworkError(cause) });
    });
    if (response !== undefined) return response;
    sent.then(({ body }) => body?.cancel()).catch(() => {});
    throw createDownstreamError({ reason: "origin_timeout" });
  }

  async function send(url: URL, init: RequestInit, { accessToken }: DownstreamToken): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${accessToken}`);
    trace?.add(headers);
    let target = url;
    for (let redirects = 0; ; redirects += 1) {
      const request = new Request(target, { ...init, headers, redirect: "manual", cache: "no-store" });
      const response = await ask(request);
      const next = redirects < limits.downstreamRedirects ? findRedirect(response, request, target) : undefined;
      if (next === undefined) {
        const isDecoded = headers.has("accept-encoding")
          ? runtime.decodesRequestedBodies
          : !runtime.passesEncodedBodies;
        return toReadable(response, isDecoded);
      }
      response.body?.cancel().catch(() => {});
      target = next;
    }
  }

  return async (address, { scopes, ...init }) => {
    const url = checkUrl(address);
    const response = await send(url, init, await getToken(scopes));
    const claims = readClaimsChallenge(response);
    if (claims === undefined || !isRepeatable(init)) return response;
    response.body?.cancel().catch(() => {});
    return send(url, init, await getToken(scopes, { claims }));
  };
}

/** Describes the body as the runtime passes it on. A handler may read the URL, which a copy does not have. */
function toReadable(response: Response, isDecoded: boolean): Response {
  const body = hideBodyErrors(response);
  const hasCoding = isDecoded && response.headers.has("content-encoding");
  if (!hasCoding && body === response.body) return response;
  const copy = hasCoding ? copyDecoded(response, body) : shareBody(response, response, body);
  return Object.defineProperty(copy, "url", { value: response.url });
}

function checkUrl(address: string | URL): URL {
  const url = URL.parse(String(address));
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (url === null || !isSafe) throw new TypeError("downstreamFetch: the URL must be an https URL");
  return url;
}

/**
 * Returns the target of a redirect if the token may be sent there: same scheme, host and port, and no body to repeat.
 */
function findRedirect(response: Response, { method }: Request, from: URL): URL | undefined {
  if (!redirectStatuses.includes(response.status) || (method !== "GET" && method !== "HEAD")) return undefined;
  const to = URL.parse(response.headers.get("location") ?? "", from.href);
  return to !== null && to.origin === from.origin && to.username === "" && to.password === "" ? to : undefined;
}

/** A stream is already read when the challenge arrives, so it cannot be sent again. */
function isRepeatable({ body }: Omit<DownstreamRequestInit, "scopes">): boolean {
  return !(body instanceof ReadableStream);
}
