import type { Hono } from "hono";
import { html } from "hono/html";
import { entraErrors } from "../common/errors.ts";
import { renderBarePage, renderMessagePage } from "./pages.ts";

/**
 * Explains a code, as `error_uri` of a response names it, and the kinds of request that the local Entra does not have.
 */
export function addErrorEndpoints(app: Hono): void {
  app.get("/error", (c) => {
    const found = Object.values(entraErrors).filter(({ code }) => String(code) === c.req.query("code"));
    if (found.length === 0)
      return c.html(renderMessagePage("Error", "The local Entra does not return this code."), 404);
    return c.html(
      renderBarePage(
        `AADSTS${found[0]!.code}`,
        html`${found.map(({ text, provoke, source }) => html`<p>${text}</p><p>${provoke}</p><p><a href="${source}">${source}</a></p>`)}`,
      ),
    );
  });
  app.all("/metadata/identity/*", (c) =>
    c.json(
      {
        error: "invalid_request",
        error_description:
          "The local Entra has no managed identities: use a secret, a certificate or a federated credential.",
      },
      400,
    ),
  );
}
