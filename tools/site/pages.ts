import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { besideDocs, rewriteLinks, toSitePath } from "../../cli/docs/site-paths.ts";
import { siteAddress } from "./addresses.ts";
import { refusedPage } from "./refused/name.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** A link of the sidebar. */
export interface Item {
  readonly text: string;
  readonly link: string;
}

/** A heading of the sidebar, with links and groups of links below it. */
export interface Section {
  readonly text: string;
  readonly items: readonly (Item | Section)[];
}

/**
 * Writes the pages of the site: the pages of docs/, the other pages with new names and adapted links, and the sidebar.
 *
 * @param target folder, which is emptied first
 */
export function writePages(target: string): void {
  rmSync(target, { recursive: true, force: true });
  for (const file of [
    ...Object.keys(besideDocs),
    ...globSync("docs/**/*.md", { cwd: root, exclude: ["docs/site/**"] }),
  ]) {
    const place = path.join(target, toSitePath(file));
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, describePage(fitLinks(file, readFileSync(path.join(root, file), "utf8"))));
  }
  for (const folder of ["explanation", "how-to"]) {
    const filter = (file: string) => !file.endsWith(".md");
    cpSync(path.join(root, "docs", folder), path.join(target, folder), { recursive: true, filter });
  }
  cpSync(path.join(root, "docs/site/public"), path.join(target, "public"), { recursive: true });
  writeFileSync(path.join(target, "sidebar.json"), JSON.stringify(listSections(), null, 2));
  writeFileSync(path.join(target, "index.md"), renderHome());
}

/**
 * Writes each page as Markdown beside its HTML, and `llms.txt`, which lists them for programs that read.
 *
 * @param pages folder that `writePages` and TypeDoc filled
 * @param site folder of the built site
 */
export function writeMarkdown(pages: string, site: string): void {
  const texts = new Map(
    globSync("**/*.md", { cwd: pages, exclude: ["index.md", "public/**"] })
      .sort()
      .map((file) => {
        const [, head = "", text = ""] = /^(?:---\n([\s\S]*?)\n---\n+)?([\s\S]*)$/.exec(read(pages, file)) ?? [];
        return [file.replaceAll(path.sep, "/"), { head, text }] as const;
      }),
  );
  for (const [file, { text }] of texts) {
    mkdirSync(path.dirname(path.join(site, file)), { recursive: true });
    writeFileSync(path.join(site, file), text);
  }
  const describe = ({ text, link }: Item): string => {
    const description = /^description: (".*")$/m.exec(texts.get(`${link.slice(1)}.md`)?.head ?? "")?.[1];
    return `- [${text}](${siteAddress === undefined ? link.slice(1) : `${siteAddress}${link}`}.md)${description === undefined ? "" : `: ${JSON.parse(description)}`}`;
  };
  const listAll = (part: Item | Section): readonly Item[] => ("items" in part ? part.items.flatMap(listAll) : [part]);
  const sections = [
    { text: "Start", items: [{ text: "About entra-gate", link: "/about" }] },
    ...listSections(),
    { text: "API", items: [{ text: "Each function, class and type", link: "/api/index" }] },
  ].map((section) => [`## ${section.text}`, "", ...listAll(section).map(describe), ""].join("\n"));
  const introduction = "> A Cloudflare Worker that protects your API with Microsoft Entra ID. Each page is Markdown.";
  writeFileSync(path.join(site, "llms.txt"), `# entra-gate\n\n${introduction}\n\n${sections.join("\n")}`);
}

function read(folder: string, file: string): string {
  return readFileSync(path.join(folder, file), "utf8");
}

/** Sections of the index, docs/README.md, with their groups and links. */
export function listSections(): readonly Section[] {
  const index = readFileSync(path.join(root, "docs/README.md"), "utf8");
  return splitAt("## ", index)
    .filter(({ text }) => text !== "Next")
    .map(({ text, content }) => {
      const groups = splitAt("### ", content).map((group) => ({ text: group.text, items: listItems(group.content) }));
      return { text, items: groups.length > 0 ? groups : listItems(content) };
    });
}

function splitAt(mark: string, text: string): readonly { readonly text: string; readonly content: string }[] {
  return text
    .split(new RegExp(`^${mark}`, "m"))
    .slice(1)
    .map((part) => ({ text: part.split("\n")[0] ?? "", content: part }));
}

function listItems(part: string): readonly Item[] {
  return [...part.matchAll(/\[([^\]]+)\]\(([^)]+\.md)\)/g)].map(([, text = "", link = ""]) => ({
    text,
    link: `/${toSitePath(path.posix.join("docs", link)).replace(/\.md$/, "")}`,
  }));
}

/** Rewrites links between pages for their new places. A link to a page that the site does not have becomes text. */
function fitLinks(file: string, text: string): string {
  return rewriteLinks(file, text, (words, linked, anchor) => {
    if (!linked.endsWith(".md") && !linked.startsWith("docs/")) return words;
    const relative = path.posix.relative(path.posix.dirname(toSitePath(file)), toSitePath(linked));
    return `[${words}](${relative.startsWith(".") ? relative : `./${relative}`}${anchor})`;
  });
}

/** Adds the first sentence of a page as the description that search engines and other sites show. */
function describePage(text: string): string {
  const [, , introduction = ""] = text.split("\n");
  const [sentence] = introduction.replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1").split(/(?<=[.:]) /);
  return `---\ndescription: ${JSON.stringify(sentence)}\n---\n\n${text}`;
}

/** The home page begins as the README: with the way from an empty folder to a gate. */
function renderHome(): string {
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  const beginning = readme.slice(readme.indexOf("\nFrom an empty folder"), readme.indexOf("\n## Status"));
  return `---
layout: home
hero:
  name: entra-gate
  text: Only valid tokens reach your API
  tagline: A Cloudflare Worker that protects your API with Microsoft Entra ID.
  actions:
    - { theme: brand, text: The first hour, link: /tutorials/first-hour }
    - { theme: alt, text: Is this for you?, link: '/about#is-this-for-you' }
    - { theme: alt, text: Troubleshoot, link: /how-to/troubleshoot }
---
${fitLinks("README.md", beginning)}
## Read on

- <a href="/${refusedPage}" target="_self">Why was I refused?</a> Paste a token, and your browser explains it.
- [Tutorials](./all-pages.md#tutorials): run a gate locally, then put it on your zone.
- [How-to guides](./all-pages.md#how-to-guides): one task for each page, and troubleshooting by symptom.
- [Reference](./all-pages.md#reference): variables, routes, reason codes, headers, log, command line and limits.
- [API](./api/index.md): each function, class and type of the package.
- [Explanation](./all-pages.md#explanation): how the gate decides, and what it promises.
`;
}
