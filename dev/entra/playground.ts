import type { Hono } from "hono";

/**
 * The playground's pages. They are made by the launcher of `npm run dev`, which knows the gate; this passes them on.
 *
 * @param playgroundUrl origin of the launcher's server; absent where the local Entra runs alone
 */
export function addPlaygroundEndpoints(app: Hono, playgroundUrl: string | undefined): void {
  app.get("/local/playground", (c) => c.redirect("/local/playground/"));
  app.all("/local/playground/*", async (c) => {
    if (playgroundUrl === undefined) return c.text("The playground comes with `npm run dev`.\n", 404);
    const { pathname, search } = new URL(c.req.url);
    return fetch(new Request(playgroundUrl + pathname + search, c.req.raw));
  });
}
