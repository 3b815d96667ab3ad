import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Item, Section } from "./pages.ts";

/** Titles of the sidebar, and the folders of an entry whose pages are below each. */
const groups: readonly (readonly [string, readonly string[]])[] = [
  ["Functions", ["functions"]],
  ["Classes and values", ["classes", "variables"]],
  ["Types", ["interfaces", "type-aliases"]],
];

/**
 * Completes the API pages that TypeDoc wrote: links to pages of the documentation, names of modules, and a sidebar.
 *
 * @param pages folder of the site's pages, with the folder `api`
 */
export function finishApiPages(pages: string): void {
  const files = globSync("api/**/*.md", { cwd: pages }).map((file) => file.replaceAll(path.sep, "/"));
  for (const file of files) {
    const place = path.join(pages, file);
    writeFileSync(place, markModules(linkPages(readFileSync(place, "utf8"))));
  }
  writeFileSync(path.join(pages, "api-sidebar.json"), JSON.stringify(listEntries(files), null, 2));
}

/** Marks the names of modules as code, which stays whole in a table. */
export function markModules(text: string): string {
  return text.replaceAll(/\[(entra-gate(?:\/[\w-]+)?)\]\(/g, "[`$1`](");
}

/** Doc comments name pages by their files, which an editor can open. */
export function linkPages(text: string): string {
  return text.replaceAll(/(?<![\w/(])docs\/([\w/-]+)\.md/g, (_whole, page: string) => `[${page}](/${page})`);
}

/**
 * Lists the pages of each entry of the package.
 *
 * @param files such as `api/entra-gate/hono/functions/entra.md`
 * @returns a sidebar for each path; the longest path that a page begins with applies
 */
export function listEntries(files: readonly string[]): Readonly<Record<string, readonly Section[]>> {
  const entries = files.filter((file) => /^api\/.+\/index\.md$/.test(file)).map((file) => path.posix.dirname(file));
  const links = entries.sort().map((entry) => ({ text: entry.replace("api/", ""), link: `/${entry}/` }));
  const all = { text: "API", items: links };
  const sidebars = entries.map((entry) => {
    const pagesOf = (folder: string): readonly Item[] =>
      files
        .filter((file) => path.posix.dirname(file) === `${entry}/${folder}`)
        .sort()
        .map((file) => ({ text: path.posix.basename(file, ".md"), link: `/${file.replace(/\.md$/, "")}` }));
    const sections = groups.map(([text, folders]) => ({ text, items: folders.flatMap(pagesOf) }));
    return [`/${entry}/`, [all, ...sections.filter(({ items }) => items.length > 0)]] as const;
  });
  return Object.fromEntries([["/api/", [all]], ...sidebars]);
}
