import type { Hono } from "hono";

/**
 * Forwards requests for the playground's pages to `entra-gate dev`, which knows the gate.
 *
 * @param playgroundUrl origin of its server; absent if the local Entra runs alone
 */
export function addPlaygroundEndpoints(app: Hono, playgroundUrl: string | undefined): void {
  app.get("/local/playground", (c) => c.redirect("/local/playground/"));
  app.all("/local/playground/*", async (c) => {
    if (playgroundUrl === undefined) return c.text("The playground comes with `entra-gate dev`.\n", 404);
    const { pathname, search, host } = new URL(c.req.url);
    const forwarded = new Request(playgroundUrl + pathname + search, c.req.raw);
    forwarded.headers.set("X-Forwarded-Host", host);
    return fetch(forwarded);
  });
}
