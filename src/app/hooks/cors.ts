import { checkOptionsOf, isFieldName, type Rule, type Rules } from "../../base/common/options.ts";
import { declareOwnCode } from "../../base/http/outgoing-response.ts";
import { shareBody } from "../../base/http/response-copy.ts";
import { checkHooks } from "../types/check-hooks.ts";
import type { CorsHandler } from "../types/hooks.ts";

/** Which other origins may call from a browser. */
export interface CorsOptions {
  /** Exact origins, for example `https://app.contoso.com`. */
  readonly origin: string | readonly string[];
  /** Methods in upper case. Default: GET, HEAD, PUT, POST, DELETE, PATCH and QUERY. */
  readonly methods?: readonly string[];
  /** Headers that a page may send. Default: `authorization` and `content-type`. */
  readonly allowedHeaders?: readonly string[];
  /** Headers that a page may read, in addition to `www-authenticate` and `retry-after`. */
  readonly exposedHeaders?: readonly string[];
  /** How long a browser may cache a preflight, in seconds. Default: the browser decides. */
  readonly maxAgeSeconds?: number;
}

/** The result of `cors(…)`: hooks for an app that serves itself, and an option of `createGate`. */
export interface CorsHook {
  /** Adds the headers to a response, and answers preflights. */
  readonly cors: CorsHandler;
}

const methodsByDefault = ["GET", "HEAD", "PUT", "POST", "DELETE", "PATCH", "QUERY"];

/**
 * Allows browsers of other origins to call, and answers their preflights before any route or other hook. In a gate,
 * pass it to `createGate`. In an app that serves itself, use it as a hook; the outermost policy applies.
 *
 * @throws TypeError if an option is unknown, or an origin is not exact
 *
 * @example
 * createGate({ cors: cors({ origin: "https://app.contoso.com" }) });
 * app.use(cors({ origin: "https://app.contoso.com" }));
 */
export function cors(options: CorsOptions): CorsHook {
  const optional: Rules = {
    methods: isListOf((method) => typeof method === "string" && /^[A-Z]+$/.test(method), "GET"),
    allowedHeaders: isListOf(isFieldName, "authorization"),
    exposedHeaders: isListOf(isFieldName, "x-request-id"),
    maxAgeSeconds: (age) =>
      (Number.isSafeInteger(age) && (age as number) >= 0) || "must be a whole number of at least 0",
  };
  checkOptionsOf("cors", options, optional, { origin: isOrigins });
  return checkHooks({ cors: createHandler(options) }) as CorsHook;
}

const isOrigins: Rule = (given) => {
  const origins = typeof given === "string" ? [given] : given;
  if (!Array.isArray(origins)) return "must be an origin or a list of origins";
  const inexact = origins.find((origin) => typeof origin !== "string" || URL.parse(origin)?.origin !== origin);
  return inexact === undefined || `${JSON.stringify(inexact)} must look like https://app.contoso.com`;
};

/** An empty list is an error. To use the default, omit the option. */
function isListOf(isItem: (item: unknown) => boolean, example: string): Rule {
  return (list) =>
    (Array.isArray(list) && list.length > 0 && list.every(isItem)) ||
    `must be a non-empty list of names, for example ${example}`;
}

function createHandler(options: CorsOptions): CorsHandler {
  const { methods = methodsByDefault, allowedHeaders = ["authorization", "content-type"], maxAgeSeconds } = options;
  const origins = [options.origin].flat();
  // Clients must be able to read the challenge.
  const exposed = ["www-authenticate", "retry-after", ...(options.exposedHeaders ?? [])].join(",");
  const permission: readonly (readonly [name: string, value: string])[] = [
    ["access-control-allow-methods", methods.join(",")],
    ["access-control-allow-headers", allowedHeaders.join(",")],
    ...(maxAgeSeconds === undefined ? [] : [["access-control-max-age", String(maxAgeSeconds)] as const]),
  ];

  function share(request: Request, response: Response): Response {
    const origin = request.headers.get("origin") ?? "";
    if (origins.includes(origin)) response.headers.set("access-control-allow-origin", origin);
    response.headers.set("access-control-expose-headers", exposed);
    response.headers.append("vary", "Origin");
    return response;
  }

  return declareOwnCode((request: Request, response?: Response) => {
    if (response === undefined) {
      const response = share(request, new Response(null, { status: 204, statusText: "No Content" }));
      for (const [name, value] of permission) response.headers.set(name, value);
      response.headers.append("vary", "Access-Control-Request-Headers");
      return response;
    }
    // A WebSocket response cannot be copied, and OPTIONS without a preflight needs no CORS headers.
    if (request.method === "OPTIONS" || response.status === 101) return response;
    return share(request, shareBody(response));
  });
}
