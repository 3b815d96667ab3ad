import { html } from "hono/html";
import { type Tenant, tenants } from "../directory/directory.ts";
import { personas } from "../directory/personas.ts";

type Html = ReturnType<typeof html>;

/**
 * Renders the sign-in page of a tenant. Each persona has a button, which posts the client's parameters with the choice.
 */
export function renderSignInPage(tenant: Tenant, parameters: URLSearchParams): Html {
  const choices = Object.entries(personas).filter(
    // An agent does not sign in with a browser.
    ([, persona]) => tenants[persona.tenant].id === tenant.id && !("isOfAgent" in persona),
  );
  const names = [...parameters.keys()].filter((name) => name !== "persona");
  return renderPage(
    `Sign in to ${tenant.name}`,
    html`<p>This is a local stand-in for Microsoft Entra ID. Nobody here is real and no password is asked.</p>
      <form method="post">
        ${names.map((name) => html`<input type="hidden" name="${name}" value="${parameters.get(name)!}" />`)}
        <ul>
          ${choices.map(
            ([key, { name, username }]) =>
              html`<li><button name="persona" value="${key}">${name} <small>${username}</small></button></li>`,
          )}
        </ul>
      </form>`,
  );
}

export function renderErrorPage(description: string): Html {
  return renderPage("Sign-in failed", html`<p role="alert">${description}</p>`);
}

/** @param origin origin of this worker, which is the authority of its tenants */
export function renderIndexPage(origin: string): Html {
  const sample = `${origin}/local/token?persona=member&client=spa&scope=access_as_user`;
  return renderPage(
    "Local Entra",
    html`<p>A local stand-in for Microsoft Entra ID, for development and tests. Never put it on a network.</p>
      <p><a href="/local/playground/">The playground</a> sends requests to the gate and explains the answers.</p>
      <h2>Tenants</h2>
      <ul>
        ${Object.values(tenants).map(
          ({ id, name }) =>
            html`<li><a href="/${id}/v2.0/.well-known/openid-configuration">${name}</a> <code>${id}</code></li>`,
        )}
      </ul>
      <h2>Tokens</h2>
      <p>Personas: ${Object.keys(personas).join(", ")}. For example <a href="${sample}">a token of member</a>, or <a href="${sample}&fault=expired">one that has expired</a>.</p>
      <h2>State</h2>
      <p>
        <a href="/local/keys">Keys</a>, <a href="/local/weather">weather</a> and
        <a href="/local/counts">counts of requests</a>.
      </p>`,
  );
}

function renderPage(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
          form ul { list-style: none; padding: 0; }
          button { font: inherit; width: 100%; padding: 0.75rem; margin-bottom: 0.5rem; text-align: start; }
          small { display: block; }
        </style>
      </head>
      <body>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`;
}
