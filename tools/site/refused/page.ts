import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { navigation } from "../navigation.ts";
import { refusedPage } from "./name.ts";
import { fields } from "./subject.ts";

/**
 * Builds the page "Why was I refused?" as one file. Its policy allows its own script and style, by their hashes, and no
 * request.
 *
 * @param font of the site, as WOFF2; without it, the page has the font of the system
 */
export async function renderRefusedPage(font?: Buffer): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, "script.ts")],
    ...{ bundle: true, minify: true, format: "iife", target: "es2024", platform: "browser", write: false },
    // Names of files that a message leads to depend on no folder.
    absWorkingDir: path.resolve(import.meta.dirname, "../../.."),
  });
  const script = outputFiles[0]?.text ?? "";
  const face =
    font &&
    `@font-face{font-family:Inter;font-weight:100 900;src:url(data:font/woff2;base64,${font.toString("base64")})}`;
  const style = `${face ?? ""}${readFileSync(path.join(import.meta.dirname, "style.css"), "utf8")}`;
  const links = navigation.map(
    ({ text, link }) => `<a href="${link}"${link === `/${refusedPage}` ? ' aria-current="page"' : ""}>${text}</a>`,
  );
  const policy = [
    ...["default-src 'none'", `script-src ${hash(script)}`, `style-src ${hash(style)}`],
    ...["base-uri 'none'", "form-action 'none'", "img-src data:", "font-src data:"],
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="description" content="Explains in the browser why a gate refuses an access token. The token leaves no trace and is sent nowhere.">
<link rel="icon" href="data:,">
<title>Why was I refused? | entra-gate</title>
<style>${style}</style>
</head>
<body>
<header>
<a href="/">entra-gate</a>
<nav aria-label="Site">${links.join("\n")}</nav>
</header>
<main>
<h1>Why was I refused?</h1>
<p>This page reads an access token with the code of <code>entra-gate explain</code>, in your browser. It sends the token nowhere and keeps it nowhere: its
policy allows no connection. It does not check the signature, so use it to find a fault, and never to decide whether a caller is who it says.</p>
<form autocomplete="off">
<label for="token">Access token, <code>Authorization</code> header or curl command; or the response, its <code>instance</code>, a reason or an
<code>AADSTS</code> error</label>
<textarea id="token" rows="6" autocomplete="off" autocapitalize="off" spellcheck="false" required></textarea>
<details>
<summary>What the API expects</summary>
<p>The operator of the API knows these variables of the gate. With an empty field, the page does not compare that value.</p>
${Object.entries(fields).map(showField).join("\n")}
</details>
<button>Explain</button>
</form>
<section id="result" aria-label="Explanation"></section>
</main>
<script>${script}</script>
</body>
</html>
`;
}

function showField([name, label]: readonly string[]): string {
  return `<label for="${name}">${label} <code>${name}</code></label>\n<input id="${name}" name="${name}" spellcheck="false">`;
}

/** A source of a policy: the hash of an element's content. */
function hash(content: string): string {
  return `'sha256-${createHash("sha256").update(content).digest("base64")}'`;
}
