import { isLoopback } from "../../src/cli-exports/common.ts";

/** Variables of a development server. */
export interface ServerVars {
  /** Port that it listens on. Absent if it is any free port; then it is not compared. */
  readonly PORT?: string;
  /** `true` answers under any host, for tests that replace the internet. */
  readonly ANY_HOST?: string;
}

/**
 * Pages whose requests a server answers. A request that no page sent is always answered: curl, or an address that a
 * user enters.
 */
type Pages =
  /** Pages of the server itself. */
  | "own"
  /** Also pages whose requests come through a server in front, which decides about them. */
  | "forwarded"
  /** Also links from any page, and scripts of pages that sign in: of this machine, or with a redirect URI of a SPA. */
  | "sign-in"
  /** Every page. */
  | "any";

/** What pages may do at one server. The first rule that fits the path counts. */
export type PageRules = readonly { readonly paths: RegExp; readonly pages: Pages }[];

const everything = /^/;
/** Requests below this path control the server, and read what it knows. */
const control = /^\/local(?:\/|$)/;
/** Path at which a local Entra with an ID answers with it. */
export const instancePath = "/local/instance";

/**
 * What pages may do at each server of `entra-gate dev` and `entra-gate entra`. All of them answer only under a host
 * that is this machine, so that a page whose name leads to 127.0.0.1 (DNS rebinding) reads nothing. Wrangler's
 * inspector is not in the
 * list: it does not listen.
 */
export const serverPages = {
  /**
   * It admits callers by their tokens, as it does everywhere. Below `/cdn-cgi/`, Wrangler reads and writes KV, and runs
   * handlers.
   */
  gate: [
    { paths: /^\/+cdn-cgi(?:\/|$)/i, pages: "own" },
    { paths: everything, pages: "any" },
  ],
  /** The page of the directory links to what controls the server. Endpoints of Entra answer as Entra does. */
  entra: [
    { paths: control, pages: "own" },
    { paths: /^\/$/, pages: "own" },
    { paths: everything, pages: "sign-in" },
  ],
  /** The local Entra is in front. */
  playground: [{ paths: everything, pages: "forwarded" }],
  /** The gate is in front. */
  sampleOrigin: [
    { paths: control, pages: "own" },
    { paths: everything, pages: "forwarded" },
  ],
  /** The gate is in front. */
  sampleMcpServer: [{ paths: everything, pages: "forwarded" }],
} as const satisfies Readonly<Record<string, PageRules>>;

/**
 * Refuses a request under another host than this machine, or from a page that may not send it.
 *
 * @param request `url` must be made of the `Host` header
 * @param pageOrigins origins of pages that may sign in, in addition to those of this machine
 * @returns the refusal as plain text; `undefined` if the request is allowed
 */
export function refuseForeign(
  request: Pick<Request, "url" | "headers">,
  vars: ServerVars,
  rules: PageRules,
  pageOrigins: readonly string[] = [],
): Response | undefined {
  if (vars.ANY_HOST === "true") return undefined;
  const { protocol, hostname, port, pathname, origin } = new URL(request.url);
  // The URL parser removes the default port of the scheme.
  const asked = port || (protocol === "https:" ? "443" : "80");
  if (!isLoopback(hostname) || (vars.PORT !== undefined && asked !== vars.PORT)) {
    const own = vars.PORT ?? asked;
    return refuse(421, `Only for this machine. Use ${protocol}//127.0.0.1:${own} or ${protocol}//localhost:${own}`);
  }
  const path = decodePath(pathname);
  const { pages } = rules.find(({ paths }) => paths.test(path))!;
  if (isAllowed(pages, request.headers, origin, pageOrigins)) return undefined;
  return refuse(403, refusals[pages]);
}

function isAllowed(pages: Pages, headers: Headers, ownOrigin: string, pageOrigins: readonly string[]): boolean {
  const origin = headers.get("origin");
  switch (pages) {
    case "any":
      return true;
    case "own":
      return isOwn(headers, ownOrigin);
    case "forwarded":
      // A page can send the header only after a preflight, which has no such header and is refused.
      return headers.has("x-forwarded-host") || isOwn(headers, ownOrigin);
    case "sign-in":
      return origin === null || isLoopback(URL.parse(origin)?.hostname ?? "") || pageOrigins.includes(origin);
  }
}

/** Browsers send no `Origin` with a GET of the same origin, or of a link, an image or a frame. They say which it is. */
function isOwn(headers: Headers, ownOrigin: string): boolean {
  const origin = headers.get("origin");
  if (origin !== null) return origin === ownOrigin;
  return [null, "none", "same-origin"].includes(headers.get("sec-fetch-site"));
}

/** The router decodes paths too. */
function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}

const refusals: Readonly<Record<Pages, string>> = {
  own: "Only for pages of this server, and for programs. Enter the address in the browser, or use curl",
  forwarded: "Only for pages whose requests come through the gate, and for programs. Send the request to the gate",
  "sign-in": "Only for pages of this machine: their origin is on localhost or 127.0.0.1",
  any: "",
};

function refuse(status: number, text: string): Response {
  return new Response(`${text}\n`, { status });
}
