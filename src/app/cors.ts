/** Which browsers may call from other origins. */
export interface CorsPolicy {
  /** Origins, spelt out: `https://app.contoso.com`. */
  readonly origins: readonly string[];
  readonly allowMethods?: readonly string[];
  readonly allowHeaders?: readonly string[];
  readonly exposeHeaders?: readonly string[];
  /** How long a browser may remember a preflight, in seconds. */
  readonly maxAgeSeconds?: number;
}

/** Answers a request under a CORS policy; `next` is not called for a preflight. */
export type AnswerWithCors = (
  request: Request,
  next: () => Response | Promise<Response>,
) => Response | Promise<Response>;

/** Whether a request is a browser's question before a cross-origin request (Fetch Standard, "CORS-preflight request"). */
export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}

/** All that APIs use. */
const everyMethod = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH"];

/**
 * Answers preflights, and lets browsers of some origins read the other answers (Fetch Standard, "CORS protocol").
 *
 * @param policy without one, a preflight is answered without permission and nothing else changes
 * @throws TypeError where an origin is not spelt out
 */
export function createCors(policy: CorsPolicy | undefined): AnswerWithCors {
  if (policy === undefined) {
    return (request, next) => (isPreflight(request) ? new Response(null, { status: 204 }) : next());
  }
  for (const origin of policy.origins) {
    if (URL.parse(origin)?.origin !== origin)
      throw new TypeError(`cors origin ${JSON.stringify(origin)} must look like https://app.contoso.com`);
  }
  const origins = new Set(policy.origins);
  const methods = (policy.allowMethods ?? everyMethod).join(",");
  const sendable = (policy.allowHeaders ?? ["authorization", "content-type"]).join(",");
  // A client must be able to read the challenge that it has to answer.
  const readable = ["www-authenticate", "retry-after", ...(policy.exposeHeaders ?? [])].join(",");
  const { maxAgeSeconds } = policy;

  /** Says whether the origin may; a cache must not give one origin's answer to another. */
  function permit(request: Request, headers: Headers): boolean {
    headers.append("vary", "Origin");
    const origin = request.headers.get("origin");
    if (origin === null || !origins.has(origin)) return false;
    headers.set("access-control-allow-origin", origin);
    return true;
  }

  function answerPreflight(request: Request): Response {
    const headers = new Headers();
    if (permit(request, headers)) {
      headers.set("access-control-allow-methods", methods);
      headers.set("access-control-allow-headers", sendable);
      if (maxAgeSeconds !== undefined) headers.set("access-control-max-age", String(maxAgeSeconds));
    }
    return new Response(null, { status: 204, headers });
  }

  function expose(request: Request, response: Response): Response {
    // The two ends of a WebSocket are in the response itself, which cannot be copied.
    if (response.status === 101) return response;
    const copy = new Response(response.body, response);
    if (permit(request, copy.headers)) copy.headers.set("access-control-expose-headers", readable);
    return copy;
  }

  return (request, next) => {
    if (isPreflight(request)) return answerPreflight(request);
    const response = next();
    return response instanceof Promise
      ? response.then((settled) => expose(request, settled))
      : expose(request, response);
  };
}
