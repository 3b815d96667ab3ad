import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "../..");
/** Pages outside docs/ that the site includes, and their names there. */
const besideDocs: Readonly<Record<string, string>> = {
  "README.md": "about.md",
  "SECURITY.md": "explanation/security.md",
  "CHANGELOG.md": "changelog.md",
  "CONTRIBUTING.md": "contributing.md",
  "AGENTS.md": "source.md",
  "examples/README.md": "examples.md",
};

interface Section {
  readonly text: string;
  readonly items: readonly { readonly text: string; readonly link: string }[];
}

/**
 * Writes the pages of the site: the pages of docs/, the other pages with new names and adapted links, and the sidebar.
 *
 * @param target folder, which is emptied first
 */
export function writePages(target: string): void {
  rmSync(target, { recursive: true, force: true });
  for (const file of [...Object.keys(besideDocs), ...globSync("docs/**/*.md", { cwd: root })]) {
    const place = path.join(target, placeOf(file));
    mkdirSync(path.dirname(place), { recursive: true });
    writeFileSync(place, fitLinks(file, readFileSync(path.join(root, file), "utf8")));
  }
  cpSync(path.join(root, "docs/explanation"), path.join(target, "explanation"), {
    recursive: true,
    filter: (file) => !file.endsWith(".md"),
  });
  const sections = listSections();
  writeFileSync(path.join(target, "sidebar.json"), JSON.stringify(sections, null, 2));
  writeFileSync(path.join(target, "index.md"), renderHome(sections));
}

/** Sections of the index, docs/README.md, with the links of each. */
export function listSections(): readonly Section[] {
  const index = readFileSync(path.join(root, "docs/README.md"), "utf8");
  return index
    .split(/^## /m)
    .slice(1)
    .map((part) => ({ text: part.split("\n")[0] ?? "", items: listItems(part) }))
    .filter(({ text }) => text !== "Next");
}

function listItems(part: string): Section["items"] {
  return [...part.matchAll(/\[([^\]]+)\]\(([^)]+\.md)\)/g)].map(([, text = "", link = ""]) => ({
    text,
    link: `/${placeOf(path.posix.join("docs", link)).replace(/\.md$/, "")}`,
  }));
}

function placeOf(file: string): string {
  return besideDocs[file] ?? file.replace(/^docs\//, "").replace(/^README\.md$/, "all-pages.md");
}

/** Rewrites links between pages for their new places. A link to a page that the site does not have becomes text. */
function fitLinks(file: string, text: string): string {
  return text.replaceAll(
    /\[([^\]]*)\]\((?!\w+:|#)([^)\s#]+)(#[^)\s]*)?\)/g,
    (_whole, name: string, link: string, anchor = "") => {
      const linked = path.posix.join(path.posix.dirname(file), link);
      if (!linked.endsWith(".md") && !linked.startsWith("docs/")) return name;
      const relative = path.posix.relative(path.posix.dirname(placeOf(file)), placeOf(linked));
      return `[${name}](${relative.startsWith(".") ? relative : `./${relative}`}${anchor})`;
    },
  );
}

function renderHome(sections: readonly Section[]): string {
  const features = sections.map(({ text, items: [first] }) => ({ title: text, link: first?.link ?? "/" }));
  const details: Readonly<Record<string, string>> = {
    Tutorials: "Run a gate locally, then put it on your zone.",
    "How-to guides": "One task for each page, and troubleshooting by symptom.",
    Reference: "Variables, routes, reason codes, headers, log, command line and limits.",
    Explanation: "How the gate decides, and what it promises.",
  };
  return [
    "---",
    "layout: home",
    "hero:",
    "  name: entra-gate",
    "  text: Only valid tokens reach your API",
    "  tagline: A Cloudflare Worker that protects your API with Microsoft Entra ID.",
    "  actions:",
    "    - { theme: brand, text: Your first gate, link: /tutorials/first-gate }",
    "    - { theme: alt, text: Is this for you?, link: '/about#is-this-for-you' }",
    "    - { theme: alt, text: Troubleshoot, link: /how-to/troubleshoot }",
    "features:",
    ...features.map(({ title, link }) => `  - { title: ${title}, details: '${details[title] ?? ""}', link: ${link} }`),
    "---",
    "",
  ].join("\n");
}
