import { keepPrivate } from "../app/private-response.ts";
import { isLoopback } from "../config/loopback.ts";
import type { OriginConfig } from "../config/origin.ts";
import type { Denial } from "../denial.ts";
import type { Io } from "../io.ts";
import { fail, type Result, succeed } from "../result.ts";
import type { Principal } from "../token/principal.ts";
import { identityHeaders } from "./identity.ts";
import { setAuthorization, setForwardedHeaders, stripRequestHeaders } from "./request-headers.ts";

/** A request that was let through. */
export interface ForwardedRequest {
  readonly request: Request;
  /** In the form that was matched. */
  readonly path: string;
  /** `undefined` on public routes. */
  readonly principal: Principal | undefined;
}

/**
 * Sends a request on to the origin and its answer back. Bodies stream both ways, redirects are passed on unfollowed, a
 * client that goes away takes the origin's request with it, and the time limit covers the wait for the answer's head.
 *
 * @param io network and timers
 * @param config where to
 * @param limitMs how long the origin may take to begin its answer, in milliseconds
 * @returns the origin's answer, or why there is none; never throws
 */
export async function forwardToOrigin(
  io: Pick<Io, "fetch" | "after">,
  config: OriginConfig,
  { request, path, principal }: ForwardedRequest,
  limitMs: number,
): Promise<Result<Response, Denial>> {
  if (config.target.kind === "zone" && isLoopback(new URL(request.url).hostname)) {
    // The request would come back to this worker, for ever.
    return fail({ reason: "origin_unreachable", cause: "ORIGIN_URL is missing, and on loopback there is no zone" });
  }
  const deadline = new AbortController();
  const cancel = io.after(limitMs, () => deadline.abort());
  try {
    const outgoing = createRequest(config, request, path, principal, deadline.signal);
    const { target } = config;
    const response = await (target.kind === "service" ? target.service.fetch(outgoing) : io.fetch(outgoing));
    return succeed(principal === undefined ? response : keepPrivate(response));
  } catch (cause) {
    if (deadline.signal.aborted) return fail({ reason: "origin_timeout" });
    if (request.signal.aborted) return fail({ reason: "client_gone" });
    return fail({
      reason: "origin_unreachable",
      cause: cause instanceof Error ? cause.message.slice(0, 200) : "unknown",
    });
  } finally {
    cancel();
  }
}

function createRequest(
  config: OriginConfig,
  request: Request,
  path: string,
  principal: Principal | undefined,
  deadline: AbortSignal,
): Request {
  const url = new URL(request.url);
  const headers = new Headers(request.headers);
  stripRequestHeaders(headers, request.headers.get("upgrade")?.toLowerCase() === "websocket");
  setAuthorization(headers, config.authorization);
  for (const [name, value] of principal ? identityHeaders(principal) : []) headers.set(name, value);
  if (config.target.kind === "url") setForwardedHeaders(headers, url);
  const address = locate(config, url, path);
  return new Request(address, {
    method: request.method,
    headers,
    body: request.body,
    redirect: "manual",
    signal: AbortSignal.any([request.signal, deadline]),
    // Streaming a body needs it said wherever it is not the default.
    ...(request.body !== null && { duplex: "half" }),
  });
}

function locate(config: OriginConfig, url: URL, path: string): string {
  if (config.target.kind !== "url") return `${url.origin}${path}${url.search}`;
  const { origin, pathname } = config.target.url;
  return `${origin}${pathname.replace(/\/$/, "")}${path}${url.search}`;
}
