import { html } from "hono/html";
import type { DirectoryUser } from "../directory/model.ts";

type Html = ReturnType<typeof html>;

/**
 * Renders the sign-in page. Each user has a button, which posts the client's parameters with the choice.
 *
 * @param acrs authentication contexts that the client asks for
 */
export function renderSignInPage(
  acrs: readonly string[],
  accounts: readonly DirectoryUser[],
  parameters: URLSearchParams,
): Html {
  const contexts = html`<p>The client asks for multifactor authentication (${acrs.join(", ")}): your choice counts as one.</p>`;
  return renderPage(
    "Sign in",
    html`${acrs.length > 0 ? contexts : ""}
      <form method="post">
        ${hideParameters(parameters)} ${renderAccounts(accounts)}
        <button name="decision" value="cancel">Cancel</button>
      </form>`,
  );
}

/** Renders the page that Conditional Access asks for. */
export function renderApprovalPage(user: DirectoryUser, parameters: URLSearchParams): Html {
  return renderPage(
    "Approve sign-in request",
    html`<p>Conditional Access requires multifactor authentication of ${user.name}.</p>
      <form method="post">
        ${hideParameters(parameters)}
        <input type="hidden" name="persona" value="${user.shortName}" />
        <button name="approved" value="yes">Approve</button>
        <button name="decision" value="cancel">Deny</button>
      </form>`,
  );
}

/**
 * Renders the page that asks for consent.
 *
 * @param client name of the application
 * @param scopes what it requests
 */
export function renderConsentPage(
  client: string,
  user: DirectoryUser,
  isApproved: boolean,
  scopes: readonly string[],
  parameters: URLSearchParams,
): Html {
  return renderPage(
    "Permissions requested",
    html`<p>${client} would like to act for ${user.name}:</p>
      <ul>${scopes.map((scope) => html`<li><code>${scope}</code></li>`)}</ul>
      <form method="post">
        ${hideParameters(parameters)}
        <input type="hidden" name="persona" value="${user.shortName}" />
        ${isApproved ? html`<input type="hidden" name="approved" value="yes" />` : ""}
        <button name="decision" value="accept">Accept</button>
        <button name="decision" value="cancel">Cancel</button>
      </form>`,
  );
}

/** Renders the page on which an administrator consents for everybody. */
export function renderAdminConsentPage(client: string, tenant: string, parameters: URLSearchParams): Html {
  return renderPage(
    "Permissions requested",
    html`<p>Consent to ${client} for everybody in ${tenant}, as its administrator?</p>
      <form method="post">
        ${hideParameters(parameters)}
        <button name="decision" value="accept">Accept</button>
        <button name="decision" value="cancel">Cancel</button>
      </form>`,
  );
}

/** Renders the page on which the user types the code of a device. */
export function renderDevicePage(message?: string): Html {
  return renderPage(
    "Enter code",
    html`${message === undefined ? "" : html`<p role="alert">${message}</p>`}
      <form method="post">
        <label>Code of your app or device <input name="user_code" autocomplete="off" required /></label>
        <button>Next</button>
      </form>`,
  );
}

/** Renders the page on which the user of a device signs in. */
export function renderDeviceSignInPage(client: string, userCode: string, accounts: readonly DirectoryUser[]): Html {
  return renderPage(
    `Sign in to ${client} on another device`,
    html`<form method="post">
      <input type="hidden" name="user_code" value="${userCode}" />
      ${renderAccounts(accounts)}
      <button name="decision" value="cancel">Cancel</button>
    </form>`,
  );
}

/** Renders a page that only says something. */
export function renderMessagePage(title: string, message: string): Html {
  return renderPage(title, html`<p>${message}</p>`);
}

export function renderErrorPage(description: string): Html {
  return renderPage("Sign-in failed", html`<p role="alert">${description}</p>`);
}

function hideParameters(parameters: URLSearchParams): readonly Html[] {
  return [...parameters].map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`);
}

function renderAccounts(accounts: readonly DirectoryUser[]): Html {
  return html`<ul>
    ${accounts.map(
      ({ shortName, name, username }) =>
        html`<li><button name="persona" value="${shortName}">${name} <small>${username}</small></button></li>`,
    )}
  </ul>`;
}

/** Renders a page. */
export function renderPage(title: string, content: Html): Html {
  return renderBarePage(
    title,
    html`<style>
        body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem; }
        form ul { list-style: none; padding: 0; }
        form li button { width: 100%; padding: 0.75rem; margin-bottom: 0.5rem; text-align: start; }
        button { font: inherit; }
        small { display: block; }
      </style>
      <main>
        <h1>${title}</h1>
        ${content}
      </main>`,
  );
}

/** Renders a page with the banner that every page has, but without style, for content with a policy of its own. */
export function renderBarePage(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
      </head>
      <body>
        <p>This is a local stand-in for Microsoft Entra ID. Nobody here is real and no password is asked.</p>
        ${content}
      </body>
    </html>`;
}
