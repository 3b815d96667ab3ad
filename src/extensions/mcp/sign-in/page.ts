import { base64url } from "jose";
import { escapeHtml } from "../../../base/http/escape-html.ts";
import { isLoopback } from "../../../base/http/loopback.ts";
import { readHostName } from "./host-name.ts";

/** What a person decides about. */
export interface ConsentRequest {
  /** The name that the application gives itself; `undefined` if it has none. */
  readonly name: string | undefined;
  /** Host of the application's metadata document; `undefined` if it registered itself. */
  readonly host: string | undefined;
  readonly redirectUri: string;
  /** What the application wants to use. */
  readonly target: string;
  readonly scopes: readonly ScopeWords[];
  /** Path to which the form is sent. */
  readonly action: string;
  /** The sealed request, which the form sends back. */
  readonly sealed: string;
}

/** A scope, and what routes say about it. */
export interface ScopeWords {
  readonly scope: string;
  readonly words: readonly string[];
}

/** Asks a person whether an application may sign in. The page has no script and loads nothing. */
export function writeConsentPage(request: ConsentRequest): Response {
  const { name, host, redirectUri, target, scopes, action, sealed } = request;
  const application = name === undefined ? "An application without a name" : `<bdi>${escapeHtml(name)}</bdi>`;
  const origin =
    host === undefined
      ? "The application registered itself. Nobody has checked its name."
      : `The application is described at <b><bdi>${escapeHtml(host)}</bdi></b>.`;
  const listed = scopes.map(
    ({ scope, words }) =>
      `<li><code>${escapeHtml(scope)}</code>${words.map((each) => `<br><bdi>${escapeHtml(each)}</bdi>`).join("")}</li>`,
  );
  return respond(
    200,
    "Allow access?",
    `<h1>${application} wants to use <bdi>${escapeHtml(target)}</bdi> as you</h1>
<p>${origin}</p>
<h2>Where your sign-in goes</h2>
${describeTarget(redirectUri)}
<h2>What it may do</h2>
<ul>${listed.join("")}</ul>
<p>It also gets what you or your administrator have allowed before, for any application that signs in here.</p>
<p>Allow this only if you have just started it in this application yourself.</p>
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="request" value="${escapeHtml(sealed)}">
<button name="decision" value="allow">Allow</button>
<button name="decision" value="deny" class="plain">Deny</button>
</form>`,
  );
}

/** Says why a sign-in cannot go on. */
export function writeFaultPage(status: number, text: string, requestId: string | undefined): Response {
  const reference = requestId === undefined ? "" : `<p>Reference: <code>${escapeHtml(requestId)}</code></p>`;
  return respond(
    status,
    "Sign-in stopped",
    `<h1>The sign-in cannot go on</h1>
<p>${escapeHtml(text)}</p>
<p>Go back to the application and start the sign-in again.</p>
${reference}`,
  );
}

function describeTarget(redirectUri: string): string {
  const url = new URL(redirectUri);
  const { protocol, host } = url;
  const shown = (text: string) => `<b><bdi>${escapeHtml(text)}</bdi></b>`;
  if (/^https?:$/.test(protocol) && isLoopback(readHostName(url))) {
    return `<p>To a program on this computer: ${shown(host)}</p>
<p class="warning" role="note"><b>Warning:</b> any program on this computer can receive it.</p>`;
  }
  if (protocol === "https:") return `<p>To ${shown(host)}</p>`;
  return `<p>To an app on this device: ${shown(`${protocol}//${host}`)}</p>
<p class="warning" role="note"><b>Warning:</b> any app that opens such addresses can receive it.</p>`;
}

const style = `:root{color-scheme:light dark;--text:#1b1b1b;--back:#fff;--line:#767676;--act:#0a5ab8;--on:#fff;--warn:#fff4ce}
@media(prefers-color-scheme:dark){:root{--text:#f2f2f2;--back:#1b1b1b;--line:#8a8a8a;--act:#7ab7ff;--on:#10243a;--warn:#433519}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;padding:1.5rem 1rem 2.5rem;overflow:clip;overflow-wrap:anywhere}
h1{margin:0 0 1rem;font-size:1.375rem;line-height:1.3}
h2{margin:1.5rem 0 .25rem;font-size:1rem}
p{margin:.5rem 0}
ul{margin:.5rem 0;padding-left:1.25rem}
li{margin:.25rem 0}
.warning{padding:.5rem .75rem;border-left:4px solid var(--line);background:var(--warn)}
form{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}
button{flex:1 1 8rem;min-height:2.75rem;padding:.5rem 1rem;border:1px solid var(--act);border-radius:.25rem;background:var(--act);color:var(--on);font:600 1rem system-ui,sans-serif;cursor:pointer}
button.plain{background:var(--back);color:var(--act)}
button:focus-visible{outline:3px solid var(--text);outline-offset:2px}`;

/**
 * There is no `form-action`: Chromium applies it to the redirects after the form too. The opener may be a page of the
 * client that waits for its callback in this window, so the page stays in its group. With `no-referrer`, Chromium would
 * send the form with `Origin: null`.
 */
function respond(status: number, title: string, main: string): Response {
  const nonce = base64url.encode(crypto.getRandomValues(new Uint8Array(16)));
  const html = `<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${style}</style>
</head>
<body><main>
${main}
</main></body>
</html>
`;
  return new Response(html, {
    status,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": `default-src 'none'; img-src data:; style-src 'nonce-${nonce}'; base-uri 'none'; frame-ancestors 'none'`,
      "x-frame-options": "DENY",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cross-origin-opener-policy": "unsafe-none",
      "cache-control": "no-store",
    },
  });
}
