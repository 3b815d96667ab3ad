import { escapeHtml } from "../../base/http/escape-html.ts";
import type { DocumentedGuard } from "./security.ts";
import { swaggerUi } from "./swagger-ui.ts";

/** The parts of the page. */
export interface DocsPage {
  /** Last segment of the page's path. The files are below it. */
  readonly folder: string;
  readonly title: string;
  /** Path of the document. */
  readonly document: string;
  /** Client IDs of the page's registrations, by the names of their authorities. */
  readonly clientIds: Readonly<Record<string, string>>;
  /**
   * Where the browser loads Swagger UI from: a CDN for npm packages. Without it, the page serves these files itself.
   */
  readonly cdn: string | undefined;
}

/** Files of swagger-ui-dist that the page uses. */
export const assetNames = ["swagger-ui.css", "swagger-ui-bundle.js"] as const;
/** Replaces the start script of the package, which is for another path and another sign-in. */
export const startName = "start.js";
export const styleName = "page.css";

const mediaTypes = { css: "text/css", html: "text/html", js: "text/javascript" };

/** Returns the media type of a file by its name. */
export function findMediaType(name: string): string {
  return `${mediaTypes[name.split(".").pop() as keyof typeof mediaTypes]}; charset=utf-8`;
}

/** @returns HTML that loads everything from files, so that its content security policy needs no exception */
export function writePage(page: DocsPage): string {
  const { folder, title, cdn } = page;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" ${writeSource(page, "href", "swagger-ui.css")}>
<link rel="stylesheet" href="${folder}/${styleName}">
</head>
<body>
<p id="missing" role="alert" hidden>${cdn === undefined ? missingAssets : missingFromCdn}</p>
<nav id="bar" aria-label="Sign-in" hidden><p id="failure" role="alert" hidden></p>${writeButtons(page)}</nav>
<main id="ui"></main>
<script ${writeSource(page, "src", "swagger-ui-bundle.js")}></script>
<script src="${folder}/${startName}"></script>
</body>
</html>
`;
}

/** The names of authorities need no escape. */
function writeButtons({ clientIds }: DocsPage): string {
  const names = Object.keys(clientIds);
  const write = (name: string) => `Sign in${names.length > 1 ? `: ${name}` : ""}`;
  return names.map((name) => `<button type="button" value="${name}">${write(name)}</button>`).join("");
}

const missingAssets = `This page requires swagger-ui.css and swagger-ui-bundle.js of the package swagger-ui-dist in the
worker's static assets, with the binding ASSETS.`;
const missingFromCdn = `The browser could not load swagger-ui-dist ${swaggerUi.version} from the CDN, or its content is not that
of the package.`;

/** The browser refuses a file of the CDN that differs from that of the package (Subresource Integrity). */
function writeSource({ folder, cdn }: DocsPage, attribute: string, name: (typeof assetNames)[number]): string {
  if (cdn === undefined) return `${attribute}="${folder}/${name}"`;
  return `${attribute}="${addressOnCdn(cdn, name)}" integrity="${swaggerUi.integrity[name]}" crossorigin="anonymous"`;
}

function addressOnCdn(cdn: string, name: string): string {
  return `${cdn}/swagger-ui-dist@${swaggerUi.version}/${name}`;
}

/**
 * Returns the headers of the page and its files. Only two files of the CDN, if there is one, are loaded from another
 * host, and no inline script runs. The page can only connect to the API and the token endpoints of its authorities
 * (Content Security Policy Level 3).
 */
export function listHeaders(
  { clientIds, cdn }: Pick<DocsPage, "clientIds" | "cdn">,
  { authorities }: DocumentedGuard,
): Readonly<Record<string, string>> {
  const allow = (name: string) => ["'self'", ...(cdn === undefined ? [] : [addressOnCdn(cdn, name)])].join(" ");
  const logins = authorities.flatMap(({ name, login }) => (Object.hasOwn(clientIds, name) ? login : []));
  const connect = [...new Set(["'self'", ...logins])].join(" ");
  const policy = [
    "default-src 'none'",
    `script-src ${allow("swagger-ui-bundle.js")}`,
    `style-src ${allow("swagger-ui.css")}`,
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
    // The window of the sign-in belongs to the page that opened it. Otherwise it could not close itself.
    "cross-origin-opener-policy": "unsafe-none",
    "cache-control": "no-cache",
  };
}
