import { decodeProtectedHeader } from "jose";
import { type LoopbackServer, serveFetch } from "../../cli/common/loopback.ts";
import { createEntra, type Entra } from "../../entra/entra.ts";

/** A local Entra over HTTP that keeps the documents of issuers for as long as they say. */
export interface Authority extends LoopbackServer {
  readonly entra: Entra;
  /** Calls a function with the key of each client assertion that arrives. */
  onAssertion(note: (kid: string) => void): void;
}

/** @param now in milliseconds */
export async function startAuthority(now: () => number): Promise<Authority> {
  const kept = new Map<string, { readonly text: string; readonly untilMs: number }>();
  let note = (_kid: string) => {};

  async function fetchDocument(url: string): Promise<Response> {
    const known = kept.get(url);
    if (known !== undefined && now() < known.untilMs) return new Response(known.text);
    const response = await fetch(url);
    if (response.status !== 200) return response;
    const text = await response.text();
    const [, maxAge = 0] = /max-age=(\d+)/.exec(response.headers.get("cache-control") ?? "") ?? [];
    kept.set(url, { text, untilMs: now() + Number(maxAge) * 1_000 });
    return new Response(text);
  }

  const entra = createEntra({ nowSeconds: () => Math.floor(now() / 1_000), fetchDocument });
  const server = await serveFetch(async (request) => {
    if (request.method !== "POST") return entra.fetch(request);
    const body = await request.text();
    const assertion = new URLSearchParams(body).get("client_assertion");
    if (assertion !== null) note(decodeProtectedHeader(assertion).kid ?? "none");
    const { url, method, headers } = request;
    return entra.fetch(new Request(url, { method, headers, body }));
  });
  return {
    ...server,
    entra,
    onAssertion(next) {
      note = next;
    },
  };
}
