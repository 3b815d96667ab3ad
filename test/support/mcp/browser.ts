/** Requests of a client with their statuses: `POST gate /mcp 401`. */
export interface Trace {
  readonly fetch: typeof fetch;
  readonly lines: string[];
  /** Forms that were posted to a token endpoint. */
  readonly forms: URLSearchParams[];
  reset(): void;
  note(method: string, url: string | URL, status: number): void;
}

/** @param names of origins, so that tests do not depend on ports */
export function tracing(names: Readonly<Record<string, string>>): Trace {
  const lines: string[] = [];
  const forms: URLSearchParams[] = [];
  function note(method: string, url: string | URL, status: number): void {
    const { origin, pathname } = new URL(url);
    const path = pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, "{tenant}");
    lines.push(`${method} ${names[origin] ?? origin} ${path} ${status}`);
  }
  return {
    lines,
    forms,
    note,
    reset() {
      lines.length = 0;
      forms.length = 0;
    },
    async fetch(input, init) {
      const request = new Request(input as string, init as RequestInit);
      if (new URL(request.url).pathname.endsWith("/token"))
        forms.push(new URLSearchParams(await request.clone().text()));
      const response = await fetch(request);
      note(request.method, request.url, response.status);
      return response;
    },
  };
}

/**
 * Signs in as a browser does: follows redirects, allows the access on the page of a gate that asks for consent, and
 * chooses a persona on the sign-in page.
 *
 * @returns the URL of the client's callback
 */
export async function signIn(trace: Trace, url: URL, persona = "member"): Promise<URL> {
  const gate = createCookies(trace, url.origin);
  const callback = url.searchParams.get("redirect_uri") ?? "";
  const send = (target: URL, form?: URLSearchParams) => {
    const posted = form && { method: "POST", body: form, headers: { origin: target.origin } };
    return gate.fetch(target, { redirect: "manual", ...posted });
  };
  let page = url;
  let response = await send(page);
  for (let count = 0; count < 10; count += 1) {
    const location = response.headers.get("location");
    if (location !== null) {
      page = new URL(location, page);
      if (page.href.startsWith(`${callback}?`)) return page;
      response = await send(page);
      continue;
    }
    const text = await response.text();
    if (response.status !== 200) throw new Error(`sign-in: ${response.status} ${text}`);
    if (page.origin === url.origin && page.origin !== new URL(callback).origin && text.includes('name="request"')) {
      const [, request = ""] = / name="request" value="([^"]+)"/.exec(text) ?? [];
      const [, action = ""] = / action="([^"]+)"/.exec(text) ?? [];
      page = new URL(action, page);
      response = await send(page, new URLSearchParams({ request, decision: "allow" }));
      continue;
    }
    const form = new URLSearchParams([...page.searchParams, ["persona", persona]]);
    if (page.searchParams.get("prompt") === "consent") form.set("decision", "accept");
    page = new URL(page.pathname, page);
    response = await send(page, form);
  }
  throw new Error("sign-in: too many pages");
}

/** Keeps the cookies of one origin. */
function createCookies(trace: Trace, origin: string): Pick<Trace, "fetch"> {
  const cookies = new Map<string, string>();
  return {
    async fetch(input, init = {}) {
      const url = new URL(String(input));
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const isOfOrigin = url.origin === origin && cookie !== "";
      const headers = { ...(init.headers as Record<string, string>), ...(isOfOrigin && { cookie }) };
      const response = await trace.fetch(url, { ...init, headers });
      if (url.origin !== origin) return response;
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (/; Max-Age=0(?:;|$)/.test(line)) cookies.delete(name);
        else cookies.set(name, value);
      }
      return response;
    },
  };
}
