import type { CorsHandler } from "../../../app/part.ts";
import { shareBody } from "../../../base/http/response-copy.ts";

/** Headers that an MCP client in a browser sends. */
const requestHeaders = ["accept", "authorization", "content-type", "last-event-id"];
/** Headers that an MCP client in a browser reads. */
const responseHeaders = "WWW-Authenticate, Mcp-Session-Id, MCP-Protocol-Version, Retry-After";
/** One day. The policy changes only with the code. */
const preflightSeconds = "86400";

/** Policy for documents that are the same for every caller, and for requests that carry their own credentials. */
export const anyOrigin: CorsHandler = (request, response) => permit(request, response, "*");

/**
 * Creates the CORS policy of an MCP route.
 *
 * @param isAllowed whether pages of an origin may call the route
 */
export function createMcpCors(isAllowed: (origin: string) => boolean): CorsHandler {
  return (request, response) => {
    const origin = request.headers.get("origin");
    if (origin !== null && isAllowed(origin)) return permit(request, response, origin);
    return response ?? new Response(null, { status: 204 });
  };
}

function permit(request: Request, response: Response | undefined, origin: string): Response {
  const permitted = response === undefined ? new Response(null, { status: 204 }) : shareBody(response);
  const { headers } = permitted;
  headers.set("access-control-allow-origin", origin);
  if (origin !== "*") headers.append("vary", "Origin");
  if (response === undefined) writePreflight(request, headers);
  else headers.set("access-control-expose-headers", responseHeaders);
  return permitted;
}

function writePreflight(request: Request, headers: Headers): void {
  const wanted = (request.headers.get("access-control-request-headers") ?? "").toLowerCase().split(/[\s,]+/);
  const allowed = wanted.filter((name) => requestHeaders.includes(name) || /^mcp-[\w-]+$/.test(name));
  if (allowed.length > 0) headers.set("access-control-allow-headers", allowed.join(", "));
  headers.set("access-control-allow-methods", "GET, POST, DELETE");
  headers.set("access-control-max-age", preflightSeconds);
}
