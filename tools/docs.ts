// `npm run docs`: builds the documentation into docs/site/dist, with search. The script installs VitePress in site/ when it
// is first needed, so the package and `npm ci` do not contain it.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { writePages } from "./site/pages.ts";

const site = path.resolve(import.meta.dirname, "../docs/site");
const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: site, stdio: "inherit", shell: process.platform === "win32" });

if (!existsSync(path.join(site, "node_modules/vitepress"))) run("npm", "ci");
writePages(path.join(site, ".pages"));
run(process.execPath, "node_modules/vitepress/bin/vitepress.js", "build");
console.log(`Built ${path.join(site, "dist")}. Deploy it with: npx wrangler deploy --config docs/site/wrangler.toml`);
