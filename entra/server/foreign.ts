import { isLoopback } from "../../src/http/loopback.ts";

/** Variables of a development server. */
export interface ServerVars {
  /** Port that it listens on. Absent if it is any free port; then it is not compared. */
  readonly PORT?: string;
  /** `true` answers under any host, for tests that replace the internet. */
  readonly ANY_HOST?: string;
}

/**
 * Refuses a request that may come from a page of another site. The servers of `entra-gate dev` trust every caller on
 * loopback. A browser reaches them for any page: under a foreign host (DNS rebinding), or across origins.
 *
 * @param keepsPagesOut whether to refuse requests from a page of another origin too
 * @param pageOrigins origins of pages that may call all but the page of the directory and what is below `/local/`
 * @returns the refusal as plain text; `undefined` if the request is allowed
 */
export function refuseForeign(
  request: Request,
  vars: ServerVars,
  keepsPagesOut: boolean,
  pageOrigins: readonly string[] = [],
): Response | undefined {
  if (vars.ANY_HOST === "true") return undefined;
  const { protocol, hostname, port, pathname } = new URL(request.url);
  // The URL parser removes the default port of the scheme.
  const asked = port || (protocol === "https:" ? "443" : "80");
  if (!isLoopback(hostname) || (vars.PORT !== undefined && asked !== vars.PORT)) {
    const own = vars.PORT ?? asked;
    const text = `Only for this machine. Use ${protocol}//127.0.0.1:${own} or ${protocol}//localhost:${own}\n`;
    return new Response(text, { status: 421 });
  }
  const origin = request.headers.get("origin");
  if (!keepsPagesOut || origin === null || isLoopback(URL.parse(origin)?.hostname ?? "")) return undefined;
  // The router decodes paths, and no path of Entra is encoded.
  if (pageOrigins.includes(origin) && !/^\/(?:$|local\/)|%/.test(pathname)) return undefined;
  return new Response("Only for pages of this machine: their origin is on localhost or 127.0.0.1\n", { status: 403 });
}
