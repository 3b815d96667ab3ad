import { createDownstreamError, describeCause } from "../cause.ts";
import type {
  DownstreamFetch,
  DownstreamRequestInit,
  DownstreamToken,
  OnBehalfOfOptions,
} from "../guard/downstream.ts";
import { isLoopback } from "../http/loopback.ts";
import { type Io, withDeadline } from "../io.ts";
import * as limits from "../limits.ts";
import { readClaimsChallenge } from "./challenge.ts";

type GetToken = (scopes: readonly string[], options?: OnBehalfOfOptions) => Promise<DownstreamToken>;

const redirectStatuses = [301, 302, 303, 307, 308];

/**
 * Makes the `fetch` of one request's handler.
 *
 * @param getToken exchanges the caller's token; throws DownstreamError
 */
export function createDownstreamFetch(io: Pick<Io, "fetch" | "after">, getToken: GetToken): DownstreamFetch {
  /** The time limit covers the wait for the answer's head; its body may stream for longer. */
  async function ask(request: Request): Promise<Response> {
    const sent = io.fetch(request);
    const response = await withDeadline(io, limits.originMilliseconds, sent).catch((cause) => {
      throw createDownstreamError({ reason: "origin_unreachable", cause: describeCause(cause) });
    });
    if (response !== undefined) return response;
    sent.then(({ body }) => body?.cancel()).catch(() => {});
    throw createDownstreamError({ reason: "origin_timeout" });
  }

  async function send(url: URL, init: RequestInit, { accessToken }: DownstreamToken): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${accessToken}`);
    let target = url;
    for (let redirects = 0; ; redirects += 1) {
      const request = new Request(target, { ...init, headers, redirect: "manual", cache: "no-store" });
      const response = await ask(request);
      const next = redirects < limits.downstreamRedirects ? findRedirect(response, request, target) : undefined;
      if (next === undefined) return response;
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

function checkUrl(address: string | URL): URL {
  const url = URL.parse(String(address));
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.hostname));
  if (url === null || !isSafe)
    throw new TypeError("downstreamFetch: the URL must be of https, so that no token is read on its way");
  return url;
}

/** Where a redirect leads, if the token may go there: to the same scheme, host and port, without a body to repeat. */
function findRedirect(response: Response, { method }: Request, from: URL): URL | undefined {
  if (!redirectStatuses.includes(response.status) || (method !== "GET" && method !== "HEAD")) return undefined;
  const to = URL.parse(response.headers.get("location") ?? "", from.href);
  return to !== null && to.origin === from.origin && to.username === "" && to.password === "" ? to : undefined;
}

/** A stream has been read by the time that the challenge is there. */
function isRepeatable({ body }: Omit<DownstreamRequestInit, "scopes">): boolean {
  return !(body instanceof ReadableStream);
}
