/** Headers about the caller that the gate sets. Only the assertion is signed, so an origin must not read the others. */
const identityName = /^x-(?:ms-(?:client-principal|token-)|entra-)/;

/**
 * Whether a header describes the caller. All characters except letters and digits count as `-`, because servers that
 * pass headers to programs as variables (RFC 3875 section 4.1.18) cannot distinguish them.
 */
function isIdentityHeader(name: string): boolean {
  return identityName.test(name.toLowerCase().replace(/[^a-z0-9]/g, "-"));
}

/** Returns the same request without headers about the caller. */
export function withoutIdentity(request: Request): Request {
  const headers = new Headers(request.headers);
  for (const name of [...headers.keys()].filter(isIdentityHeader)) headers.delete(name);
  const { url, method, body, redirect, signal } = request;
  // Cloudflare's facts about the connection.
  const { cf } = request as { readonly cf?: unknown };
  // Servers may pass an object of their own class, which `new Request` does not copy. Node requires `duplex` for a
  // body.
  const init = { method, headers, body, redirect, signal, duplex: "half", ...(cf !== undefined && { cf }) };
  return new Request(url, init as unknown as RequestInit);
}

/** The parts of Node's `IncomingMessage` that are read here. */
export interface NodeMessage {
  /** Method of the request. */
  readonly method?: string | undefined;
  /** Path and query. */
  readonly url?: string | undefined;
  /** Express changes `url` in routers, and keeps the original here. */
  readonly originalUrl?: string | undefined;
  /** Headers by lower-case name. */
  readonly headers: Record<string, string | string[] | undefined>;
  /** Names and values in turn, as received. */
  readonly rawHeaders?: string[] | undefined;
  /** All values by lower-case name. */
  readonly headersDistinct?: Record<string, string[] | undefined> | undefined;
}

/** Removes headers about the caller from a message, in all of its lists. */
export function removeIdentity({ headers, headersDistinct, rawHeaders }: NodeMessage): void {
  // Node makes the first two from the third when they are first read.
  for (const list of [headers, headersDistinct ?? {}]) {
    for (const name of Object.keys(list).filter(isIdentityHeader)) delete list[name];
  }
  const kept = (rawHeaders ?? []).filter((_, index, raw) => !isIdentityHeader(raw[index - (index % 2)] ?? ""));
  rawHeaders?.splice(0, rawHeaders.length, ...kept);
}
