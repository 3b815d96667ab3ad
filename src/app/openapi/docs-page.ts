import type { GuardFacts } from "../../guard/facts.ts";

/** The parts of the page. */
export interface DocsPage {
  /** Last segment of the page's path. The files are below it. */
  readonly folder: string;
  readonly title: string;
  /** Path of the document. */
  readonly document: string;
  /** Client ID of the page's registration. */
  readonly clientId: string;
}

/** Files of swagger-ui-dist in the static assets that the page uses. */
export const assetNames = ["swagger-ui.css", "swagger-ui-bundle.js", "oauth2-redirect.js"] as const;
/** Replaces the start script of the package, which is for another path and another sign-in. */
export const startName = "start.js";
export const styleName = "page.css";
export const redirectName = "oauth2-redirect.html";

const mediaTypes = { css: "text/css", html: "text/html", js: "text/javascript" };

/** Returns the media type of a file by its name. */
export function findMediaType(name: string): string {
  return `${mediaTypes[name.split(".").pop() as keyof typeof mediaTypes]}; charset=utf-8`;
}

/** @returns HTML that loads everything from files, so that its content security policy needs no exception */
export function writePage({ folder, title }: DocsPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${folder}/swagger-ui.css">
<link rel="stylesheet" href="${folder}/${styleName}">
</head>
<body>
<p id="missing" role="alert" hidden>This page requires swagger-ui.css, swagger-ui-bundle.js and oauth2-redirect.js of the package
swagger-ui-dist. Put them into the folder swagger-ui of the worker's static assets, with the binding ASSETS.</p>
<nav id="bar" aria-label="Sign-in" hidden><button id="sign-in" type="button">Sign in</button></nav>
<main id="ui"></main>
<script src="${folder}/swagger-ui-bundle.js"></script>
<script src="${folder}/${startName}"></script>
</body>
</html>
`;
}

/** The redirect target of the sign-in. Its script passes the code to the window that opened it. */
export const redirectPage = `<!doctype html>
<html lang="en">
<title>Signed in</title>
<script src="oauth2-redirect.js"></script>
</html>
`;

/**
 * A public client has no secret, so its field is hidden. Swagger UI's fields are too short for a GUID. Several of its
 * colors have less contrast than WCAG 2.2 requires (success criterion 1.4.3). Its buttons cover the end of a response,
 * and a keyboard cannot scroll its curl command (2.1.1), so that wraps. The list of servers has no name (4.1.2), and
 * contains only the address of the page.
 */
export const pageStyle = `body { margin: 0; }
#missing { margin: 1.5rem; font: 1rem/1.5 system-ui, sans-serif; }
#bar:not([hidden]) { display: flex; justify-content: flex-end; padding: 0.75rem 1.25rem; }
#sign-in { padding: 0.5rem 1.25rem; border: 0; border-radius: 0.25rem; background: #0a5ab8; color: #fff; font: 600 1rem system-ui, sans-serif; cursor: pointer; }
#sign-in:focus-visible { outline: 3px solid #7ab7ff; outline-offset: 2px; }
@media (max-width: 36rem) { .swagger-ui .response-col_links { display: none; } }
.swagger-ui .servers, .swagger-ui .servers-title { display: none; }
.swagger-ui .info { margin: 24px 0 0; }
.swagger-ui .info .title small { background: #5b6270; }
.swagger-ui .info .title small.version-stamp { background: #3f5c00; }
.swagger-ui .info .url, .swagger-ui .info a { color: #1f5f9e; }
.swagger-ui .btn.authorize { border-color: #14794a; color: #14794a; }
.swagger-ui .btn.authorize svg { fill: #14794a; }
.swagger-ui .parameter__in, .swagger-ui .prop-format, .swagger-ui .parameter__deprecated { color: #5a5a5a; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-get .opblock-summary-method { background: #1f6fbf; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-post .opblock-summary-method { background: #1d7f4f; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-put .opblock-summary-method { background: #96590a; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-patch .opblock-summary-method { background: #0f766e; }
html:not(.dark-mode) .swagger-ui .opblock.opblock-delete .opblock-summary-method { background: #c62020; }
.swagger-ui .opblock.opblock-deprecated { opacity: 1; }
html[lang] body .swagger-ui .opblock.opblock-deprecated .opblock-summary .opblock-summary-method { background: #5b6270; color: #fff; }
html:not(.dark-mode) .swagger-ui .btn.cancel { border-color: #c62020; color: #c62020; }
html:not(.dark-mode) .swagger-ui .btn.execute { border-color: #1f6fbf; background: #1f6fbf; }
.swagger-ui .download-contents, .swagger-ui .copy-to-clipboard { background: #5b6270; }
.swagger-ui .microlight span[style*="211, 99, 99"] { color: #ff9c9c !important; }
.swagger-ui .curl-command .curl, .swagger-ui .curl-command .curl * { white-space: pre-wrap !important; overflow-wrap: anywhere; }
.swagger-ui .curl-command .curl { max-height: none; padding-bottom: 2.5rem !important; }
.swagger-ui .live-responses-table .highlight-code .microlight { padding-bottom: 3.25rem !important; }
html:not(.dark-mode) .swagger-ui .json-schema-2020-12-expand-deep-button { color: #5a5a5a; }
html.dark-mode .swagger-ui .info .url, html.dark-mode .swagger-ui .info a { color: #7ab7ff; }
html.dark-mode .swagger-ui .btn.authorize { border-color: #5fd39a; color: #5fd39a; }
html.dark-mode .swagger-ui .headers .header-col, html.dark-mode .swagger-ui .parameter__in { color: #c8ccd0; }
.swagger-ui .auth-container input[type="text"] { min-width: 25em; }
.swagger-ui .auth-container :has(> label[for="client_secret_authorizationCode"]) { display: none; }
`;

/**
 * Starts Swagger UI with sign-in by authorization code and PKCE (RFC 7636). The button opens Swagger UI's dialog,
 * selects all scopes and confirms it. A second press signs out. The page selects the dark style of Swagger UI.
 */
export function writeStart({ document, clientId }: DocsPage): string {
  const settings = {
    url: document,
    dom_id: "#ui",
    // A keyboard cannot reach a link inside a button.
    deepLinking: false,
    validatorUrl: null,
    // Otherwise a link to the page could select another document, and send the token to another host.
    queryConfigEnabled: false,
  };
  return `const redirect = new URL("${redirectName}", document.currentScript.src).href;
const [bar, button] = [document.querySelector("#bar"), document.querySelector("#sign-in")];
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();
if (typeof SwaggerUIBundle === "undefined") document.querySelector("#missing").hidden = false;
else start();

function start() {
  const ui = SwaggerUIBundle({ ...${JSON.stringify(settings)}, oauth2RedirectUrl: redirect, onComplete });
  const { authActions, authSelectors, specSelectors } = ui.getSystem();
  const signedIn = () => [...(authSelectors.authorized()?.keys() ?? [])];
  const press = (selector) => document.querySelector(selector)?.click();

  function onComplete() {
    const schemes = Object.values(specSelectors.specJson().toJS().components?.securitySchemes ?? {});
    const scopes = schemes.flatMap(({ flows }) => Object.keys(flows?.authorizationCode?.scopes ?? {}));
    ui.initOAuth({ clientId: ${JSON.stringify(clientId)}, usePkceWithAuthorizationCodeGrant: true, scopes: [...new Set(scopes)] });
    bar.hidden = scopes.length === 0;
  }

  ui.getStore().subscribe(() => {
    const isIn = signedIn().length > 0;
    if (isIn && button.textContent === "Sign in") setTimeout(() => press(".modal-ux .close-modal"));
    setTimeout(nameButtons);
    button.textContent = isIn ? "Sign out" : "Sign in";
  });

  // In the dialog, one button has no name and another has a name that differs from its text (WCAG 4.1.2 and 2.5.3).
  function nameButtons() {
    document.querySelector(".modal-ux .close-modal")?.setAttribute("aria-label", "Close");
    document.querySelector(".auth-btn-wrapper [aria-label]")?.removeAttribute("aria-label");
  }

  button.addEventListener("click", () => {
    if (signedIn().length > 0) return authActions.logout(signedIn());
    press(".auth-wrapper .authorize");
    setTimeout(() => press(".modal-ux .auth-btn-wrapper .authorize"));
  });
}
`;
}

/**
 * Returns the headers of the page and its files. Nothing is loaded from other hosts and no inline script runs. The page
 * can only connect to the API and the token endpoint (Content Security Policy Level 3).
 */
export function listHeaders(facts: GuardFacts | undefined): Readonly<Record<string, string>> {
  const connect = ["'self'", ...(facts === undefined ? [] : [facts.login])].join(" ");
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "content-security-policy": policy.join("; "),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    // Entra's redirect opens in its own window, which must reach the page that opened it.
    "cross-origin-opener-policy": "unsafe-none",
    "cache-control": "no-cache",
  };
}

function escapeHtml(text: string): string {
  const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => named[character] as string);
}
