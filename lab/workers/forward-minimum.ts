interface Variables {
  readonly ORIGIN_URL: string;
}

/** Keeps Cloudflare from caching the origin's response to one caller. */
const cf = { cacheTtl: -1, cacheLevel: "bypass" } as const;

/** The least that a gateway must do with a request that it forwards: no check, constant values. */
export default {
  async fetch(request: Request, { ORIGIN_URL }: Variables): Promise<Response> {
    if (!request.headers.get("authorization")?.startsWith("Bearer ")) return new Response(null, { status: 401 });
    const headers = new Headers(request.headers);
    for (let index = 0; index < 9; index += 1)
      headers.set(`x-identity-${index}`, "c0c0c0c0-0000-4000-8000-000000000001");
    headers.set("x-forwarded-host", "api.contoso.com");
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 30_000);
    const { method, body, url } = request;
    const path = url.slice(url.indexOf("/", 8));
    try {
      const response = await fetch(ORIGIN_URL + path, { cf, method, headers, body, redirect: "manual" });
      const copy = new Response(response.body, response);
      copy.headers.set("cache-control", "no-store");
      copy.headers.append("vary", "Authorization");
      return copy;
    } finally {
      clearTimeout(timer);
    }
  },
};
