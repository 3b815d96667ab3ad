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
 * Signs in as a browser does: follows redirects to the sign-in page, and chooses a persona there.
 *
 * @returns the URL of the client's callback
 */
export async function signIn(trace: Trace, url: URL, persona = "member"): Promise<URL> {
  let response = await trace.fetch(url, { redirect: "manual" });
  let page = url;
  for (let count = 0; response.status === 302 && count < 5; count += 1) {
    page = new URL(response.headers.get("location") as string, page);
    if (page.searchParams.has("code") || page.searchParams.has("error")) return page;
    response = await trace.fetch(page, { redirect: "manual" });
  }
  if (response.status !== 200) throw new Error(`sign-in: ${response.status} ${await response.text()}`);
  const form = new URLSearchParams([...page.searchParams, ["persona", persona]]);
  if (page.searchParams.get("prompt") === "consent") form.set("decision", "accept");
  const answered = await trace.fetch(`${page.origin}${page.pathname}`, {
    method: "POST",
    body: form,
    redirect: "manual",
  });
  return new URL(answered.headers.get("location") as string);
}
