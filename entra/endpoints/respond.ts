import type { Context } from "hono";
import { html, raw } from "hono/html";
import type { Destination } from "./authorize-request.ts";
import { renderBarePage } from "./pages.ts";

/** Headers of a page that no other page may frame: it asks the user for something. */
export const promptHeaders = {
  "X-Frame-Options": "DENY",
  "Content-Security-Policy": "frame-ancestors 'none'",
  "Cache-Control": "no-store",
};

/** Whether no page of another site has sent the form: browsers name the origin of the page that posts. */
export function isOfOwnPage(c: Context): boolean {
  const origin = c.req.header("Origin");
  return origin === undefined || origin === new URL(c.req.url).origin;
}

/** Sends values to the client: in the query or fragment of a redirect, or in a form that submits itself. */
export function respond(
  c: Context,
  { redirectUri, mode, state }: Destination,
  answer: Readonly<Record<string, string>>,
): Response | Promise<Response> {
  const parameters = new URLSearchParams(answer);
  if (state !== undefined) parameters.set("state", state);
  if (mode === "form_post") return respondWithForm(c, redirectUri, parameters);
  const url = new URL(redirectUri);
  if (mode === "fragment") url.hash = parameters.toString();
  else for (const [name, value] of parameters) url.searchParams.set(name, value);
  c.header("Cache-Control", "no-store");
  return c.redirect(url.href, 302);
}

/** The policy allows one script. It has no `form-action`, which would also forbid the client's own redirects. */
function respondWithForm(c: Context, redirectUri: string, parameters: URLSearchParams): Response | Promise<Response> {
  const nonce = crypto.randomUUID();
  return c.html(
    renderBarePage(
      "Signing in",
      html`<form method="post" action="${redirectUri}">
          ${[...parameters].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}
          <noscript><button>Continue</button></noscript>
        </form>
        ${writeScript(nonce)}`,
    ),
    200,
    { "Cache-Control": "no-store", "Content-Security-Policy": `default-src 'none'; script-src 'nonce-${nonce}'` },
  );
}

/** The build replaces the end of a script in a tagged template by a call to a package that users do not have. */
function writeScript(nonce: string) {
  return raw(`<script nonce="${nonce}">document.forms[0].submit();</script>`);
}
