// `npm run docs`: builds the documentation into docs/site/dist, with search and the API pages. The script installs
// VitePress and TypeDoc in docs/site/ when they are first needed, so the package and `npm ci` do not contain them.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { finishApiPages } from "./site/api-pages.ts";
import { findBrokenLinks } from "./site/links.ts";
import { writeMarkdown, writePages } from "./site/pages.ts";
import { refusedPage } from "./site/refused/name.ts";
import { renderRefusedPage } from "./site/refused/page.ts";

const root = path.resolve(import.meta.dirname, "..");
const site = path.join(root, "docs/site");
const pages = path.join(site, ".pages");
const run = (cwd: string, command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd, stdio: "inherit", shell: process.platform === "win32" });

if (!existsSync(path.join(site, "node_modules/typedoc"))) run(site, "npm", "ci");
writePages(pages);
if (!existsSync(path.join(root, "worker-types.d.ts"))) run(root, "npm", "run", "types");
run(site, process.execPath, "node_modules/typedoc/bin/typedoc", "--treatWarningsAsErrors");
finishApiPages(pages);
run(site, process.execPath, "node_modules/vitepress/bin/vitepress.js", "build");
const font = path.join(site, "node_modules/vitepress/dist/client/theme-default/fonts/inter-roman-latin.woff2");
writeFileSync(path.join(site, "dist", `${refusedPage}.html`), await renderRefusedPage(readFileSync(font)));
writeMarkdown(pages, path.join(site, "dist"));
const broken = findBrokenLinks(path.join(site, "dist"));
if (broken.length > 0) {
  console.error(broken.join("\n"));
  process.exit(1);
}
console.log(`Built ${path.join(site, "dist")}. Deploy it with: npx wrangler deploy --config docs/site/wrangler.toml`);
