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
  // VitePress copies the files that a page shows, and none that a page links to.
  for (const linked of ["dashboard.json", "verify-assertions"])
    cpSync(path.join(root, "docs/how-to", linked), path.join(target, "public/how-to", linked), { recursive: true });
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

/** The home page: texts of the README, the way of a request as a picture, and output of `explain` from a guide. */
function renderHome(): string {
  const readme = read(root, "README.md");
  const [, commands] = /^## In a project of your own\n[\s\S]*?(```sh\n[\s\S]*?```)/m.exec(readme) ?? [];
  const route = /```ts\n[\s\S]*?```/.exec(readme)?.[0];
  const steps = [...readme.matchAll(/ \d\. (.+)$/gm)].map(([, step]) => `<li>${step}</li>`);
  const [, fits = ""] = /^## Is this for you\?\n([\s\S]*?)^## /m.exec(fitLinks("README.md", readme)) ?? [];
  const rows = [...fits.matchAll(/^\| (.+?) \| (yes|no)\b[:,]? ?(.*) \|$/gm)];
  const list = (answer: string) =>
    rows
      .filter(([, , given]) => given === answer)
      .map(([, task, , text]) => (text ? `- ${task}: ${text}` : `- ${task}`));
  const [explained = ""] =
    /```text\nRefused {2}expired[\s\S]*?```/.exec(read(root, "docs/how-to/troubleshoot.md")) ?? [];
  return `---
layout: home
hero:
  name: entra-gate
  text: Only valid tokens reach your API
  tagline: A gate in front of your API, or inside your app, that checks each access token of Microsoft Entra ID.
  actions:
    - { theme: brand, text: The first hour, link: /tutorials/first-hour }
    - { theme: alt, text: Is this for you?, link: '#is-this-for-you' }
    - { theme: alt, text: Why was I refused?, link: /${refusedPage}, target: _self }
picture:
  description: A client sends a token to the gate. The gate forwards the request to your API, or answers 401, 403 or 404.
  html: |
    <div class="party"><b>Client</b><code>Authorization: Bearer eyJ…</code></div>
    <div class="arrow">↓</div>
    <div class="party gate"><b>entra-gate</b><ol>${steps.join("")}</ol></div>
    <div class="exits">
    <div><div class="arrow">↓ yes</div><div class="party"><b>Your API</b>gets the request, with the caller’s identity in headers</div></div>
    <div><div class="arrow">↓ no</div><div class="party refused"><b>401, 403 or 404</b>does not say which check failed; only your log does</div></div>
    </div>
features:
  - { title: Cloudflare Workers, details: The first hour with the package, link: /tutorials/first-hour }
  - { title: Node, details: A server in two files, link: /how-to/run-on-node }
  - { title: Deno, details: A worker for deno serve, link: /how-to/run-on-deno }
  - { title: Bun, details: A server in two files, link: /how-to/run-on-bun }
  - { title: A container, details: 'Compose and Kubernetes, and notes about clouds where nobody has tried it', link: /how-to/run-in-a-container }
  - { title: An app that you have, details: 'init adds the gate to a worker or a Hono app, and shows a diff first', link: /how-to/add-to-an-existing-app }
  - { title: Hono, details: 'Middleware that you write yourself, for a new app or full control', link: /how-to/protect-a-hono-app }
  - { title: DaloyJS, details: 'Hooks that you write yourself, in a DaloyJS app', link: /how-to/protect-a-daloyjs-app }
  - { title: 'MCP servers (Claude, ChatGPT, …)', details: 'Requirements for tools, and sign-in for clients that register themselves', link: /tutorials/mcp-server-in-five-minutes }
---

::: warning Not tried in production
There is no release yet. Nobody has tried the gate with a tenant of Entra, with Cloudflare's network, or with an Azure account: the project has none
([what was seen where](./explanation/what-was-seen-where.md)).
:::

A route says who may call it:

${route}

New words are in the [glossary](./reference/glossary.md).

## Start it

The package is not on npm yet, and its repository has no public address. The first line packs it, in a clone of the repository:

${commands}

The last line starts the gate with a local Entra, so you need no Azure account. [The first hour](./tutorials/first-hour.md) explains each step.

Next: [test](./how-to/test-your-gate.md), [deploy](./how-to/deploy.md), [speed](./explanation/speed.md), migrate from
[a library](./how-to/migrate-from-a-library.md) or [a gateway](./how-to/migrate-from-a-gateway.md), [status and license](./about.md#status).

## Why 401?

\`npx entra-gate explain\` makes the checks of the gate, and says which one failed and what to do:

${explained}

[Troubleshoot](./how-to/troubleshoot.md) leads from a symptom to its fix. Callers without an installation paste their token into
<a href="/${refusedPage}" target="_self">Why was I refused?</a>, which sends it nowhere.

## Is this for you?

### Yes, if you want to

${list("yes").join("\n")}

### No, if you want to

${list("no").join("\n")}

[Security model](./explanation/security.md) says what the gate promises, and [what it does not
promise](./explanation/security.md#what-it-does-not-promise). To stop a stolen token, use the [list of revocations](./how-to/stop-a-caller.md).
[All pages](./all-pages.md) lists the rest.
`;
}
