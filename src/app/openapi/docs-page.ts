import type { GuardFacts } from "../../guard/facts.ts";

/** What the page is made of. */
export interface DocsPage {
  /** Last segment of the page's path: the files are below it. */
  readonly folder: string;
  readonly title: string;
  /** Path of the document. */
  readonly document: string;
  /** Client ID of the page's own registration. */
  readonly clientId: string;
}

/** Files of swagger-ui-dist that the page needs, as they are among the static assets. */
export const assetNames = ["swagger-ui.css", "swagger-ui-bundle.js", "oauth2-redirect.js"] as const;
/** Written here, because the files of the package are for another place and another sign-in. */
export const startName = "start.js";
export const styleName = "page.css";
export const redirectName = "oauth2-redirect.html";

const mediaTypes = { css: "text/css", html: "text/html", js: "text/javascript" };

/** Media type of a page's file, by its name. */
export function findMediaType(name: string): string {
  return `${mediaTypes[name.split(".").pop() as keyof typeof mediaTypes]}; charset=utf-8`;
}

/** @returns HTML; everything that it loads is a file of its own, so that its policy needs no exception */
export function writePage({ folder, title }: DocsPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${folder}/swagger-ui.css">
<link rel="stylesheet" href="${folder}/${styleName}">
</head>
<body>
<div id="ui"></div>
<script src="${folder}/swagger-ui-bundle.js"></script>
<script src="${folder}/${startName}"></script>
</body>
</html>
`;
}

/** Where Entra sends the browser back to; the script hands the code over to the window that opened it. */
export const redirectPage = `<!doctype html>
<html lang="en">
<title>Signed in</title>
<script src="oauth2-redirect.js"></script>
</html>
`;

/** A public client has no secret to type in; a GUID is longer than Swagger UI's fields. */
export const pageStyle = `body { margin: 0; }
.swagger-ui .info { margin: 24px 0 0; }
.swagger-ui .auth-container input[type="text"] { min-width: 25em; }
.swagger-ui .auth-container :has(> label[for="client_secret_authorizationCode"]) { display: none; }
`;

/** Starts Swagger UI, with sign-in by authorization code and PKCE (RFC 7636). */
export function writeStart({ document, clientId }: DocsPage): string {
  const settings = {
    url: document,
    dom_id: "#ui",
    deepLinking: true,
    validatorUrl: null,
    // A page that somebody else links to must not choose what is shown, or where a token goes.
    queryConfigEnabled: false,
  };
  return `const redirect = new URL("${redirectName}", document.currentScript.src).href;
const ui = SwaggerUIBundle({ ...${JSON.stringify(settings)}, oauth2RedirectUrl: redirect });
ui.initOAuth({ clientId: ${JSON.stringify(clientId)}, usePkceWithAuthorizationCodeGrant: true });
`;
}

/**
 * Headers of the page and its files: nothing is loaded from elsewhere, nothing inline runs, and the page talks to the API and
 * to the token endpoint alone (Content Security Policy Level 3).
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
    // Entra sends the browser back in a window of its own, which must reach the page that opened it.
    "cross-origin-opener-policy": "unsafe-none",
    "cache-control": "no-cache",
  };
}

function escapeHtml(text: string): string {
  const named: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => named[character] as string);
}
