import { cors } from "hono/cors";
import { Hono } from "hono/tiny";

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

type HonoEnvironment = { Bindings: { next(): Response | Promise<Response> } };

/** Whether a request is a browser's question before a cross-origin request (Fetch Standard, "CORS-preflight request"). */
export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}

/**
 * Puts Hono's CORS middleware before a gate.
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
  const hono = new Hono<HonoEnvironment>();
  hono.use(
    cors({
      origin: [...policy.origins],
      allowHeaders: [...(policy.allowHeaders ?? ["authorization", "content-type"])],
      // A client must be able to read the challenge that it has to answer.
      exposeHeaders: ["www-authenticate", "retry-after", ...(policy.exposeHeaders ?? [])],
      ...(policy.allowMethods && { allowMethods: [...policy.allowMethods] }),
      ...(policy.maxAgeSeconds !== undefined && { maxAge: policy.maxAgeSeconds }),
    }),
  );
  hono.all("*", (c) => c.env.next());
  // The middleware takes every OPTIONS for a preflight; others must authenticate.
  return (request, next) =>
    request.method === "OPTIONS" && !isPreflight(request) ? next() : hono.fetch(request, { next });
}
