import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * Finds links of a built site to a page, a heading or a file that it does not have. VitePress checks only pages.
 *
 * @param site folder of the HTML files
 * @returns a line for each link
 */
export function findBrokenLinks(site: string): readonly string[] {
  const pages = new Map(globSync("**/*.html", { cwd: site }).map((file) => [toAddress(file), readPage(site, file)]));
  return [...pages].flatMap(([address, { links }]) =>
    links.flatMap((link) => {
      const { origin, pathname, hash } = new URL(link, `${base}${address}`);
      if (origin !== base) return [];
      if (/\.\w+$/.test(pathname)) {
        return existsSync(path.join(site, pathname)) ? [] : [`${address}: ${link} leads to no file`];
      }
      const target = pages.get(pathname);
      if (target === undefined) return [`${address}: ${link} leads to no page`];
      const isFound = hash === "" || target.ids.has(decodeURIComponent(hash.slice(1)));
      return isFound ? [] : [`${address}: ${link} leads to no heading`];
    }),
  );
}

/** Stands for the address of the site. Links to other hosts differ from it. */
const base = "https://site.invalid";

interface BuiltPage {
  readonly links: readonly string[];
  readonly ids: ReadonlySet<string>;
}

function toAddress(file: string): string {
  return `/${file.replaceAll(path.sep, "/").replace(/(?:(?<=^|\/)index)?\.html$/, "")}`;
}

function readPage(site: string, file: string): BuiltPage {
  const html = readFileSync(path.join(site, file), "utf8");
  const valuesOf = (attribute: string) =>
    [...html.matchAll(new RegExp(`\\s${attribute}="([^"]*)"`, "g"))].map(([, value = ""]) =>
      value.replaceAll("&amp;", "&"),
    );
  const links = [...html.matchAll(/<a\s[^>]*?href="([^"]*)"/g)].map(([, link = ""]) => link.replaceAll("&amp;", "&"));
  return { links, ids: new Set(valuesOf("id")) };
}
