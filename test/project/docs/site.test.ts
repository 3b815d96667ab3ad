import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse } from "smol-toml";
import { afterAll, describe, expect, it } from "vitest";
import { siteAddress } from "../../../tools/site/addresses.ts";
import { linkPages, listEntries, markModules } from "../../../tools/site/api-pages.ts";
import { findBrokenLinks } from "../../../tools/site/links.ts";
import { type Item, listSections, type Section, writeMarkdown, writePages } from "../../../tools/site/pages.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const target = mkdtempSync(path.join(os.tmpdir(), "entra-gate-site-"));
writePages(target);
afterAll(() => rmSync(target, { recursive: true }));

/** VitePress checks the same when it builds the site, but only once it is installed. */
describe("the pages of the site", () => {
  const files = globSync("**/*.md", { cwd: target });

  it("are those of the documentation, and the other pages", () => {
    const sources = globSync("docs/**/*.md", { cwd: root, exclude: ["docs/site/**"] }).filter(
      (file) => file !== "docs/README.md",
    );
    expect(files).toEqual(expect.arrayContaining(sources.map((file) => file.replace(/^docs\//, ""))));
    expect(files).toEqual(expect.arrayContaining(["index.md", "about.md", "explanation/security.md", "changelog.md"]));
  });

  it("come with security.txt at its place of RFC 9116", () => {
    const file = path.join(target, "public/.well-known/security.txt");
    expect(readFileSync(file, "utf8")).toMatch(/^Contact:.*\nExpires:.*\n/m);
  });

  it("link to files of the site", () => {
    const links = files.flatMap((file) =>
      [...readFileSync(path.join(target, file), "utf8").matchAll(/\]\((\.(?!\/api\/)[^)\s#]+)/g)].map(([, link = ""]) =>
        path.join(path.dirname(file), link),
      ),
    );
    expect(links.length).toBeGreaterThan(150);
    expect(links.filter((link) => !existsSync(path.join(target, link)))).toEqual([]);
  });

  it("are in the sidebar", () => {
    const linksOf = (part: Item | Section): readonly string[] =>
      "items" in part ? part.items.flatMap(linksOf) : [`${part.link.slice(1)}.md`];
    const listed = listSections().flatMap(linksOf);
    const beside = [
      "index.md",
      "about.md",
      "all-pages.md",
      "changelog.md",
      "contributing.md",
      "source.md",
      "style.md",
      "examples.md",
    ];
    expect(files.filter((file) => !beside.includes(file) && !listed.includes(file))).toEqual([]);
  });
});

describe("the home page", () => {
  it("shows the first command, the steps of a request, output of explain, and who the gate is not for", () => {
    const home = readFileSync(path.join(target, "index.md"), "utf8");
    expect(home).toContain("npx -y file:../entra-gate-");
    expect(home).toMatch(/<ol>(?:<li>[^<]+<\/li>){4}<\/ol>/);
    expect(home).toMatch(/^Refused {2}expired\n[\s\S]+^ {2}1\. /m);
    const [, yes = "", no = ""] = home.split(/^### .*$/m);
    expect([yes, no].map((part) => part.match(/^- /gm)?.length)).toEqual([expect.any(Number), expect.any(Number)]);
  });
});

describe("the sidebar", () => {
  it("lists the how-to guides in groups", () => {
    const guides = listSections().find(({ text }) => text === "How-to guides");
    expect(guides?.items.length).toBeGreaterThan(3);
    expect(guides?.items.filter((part) => !("items" in part))).toEqual([]);
  });

  it("lists the names of the entry that the reader looks at", () => {
    const files = [
      "api/index.md",
      "api/a/index.md",
      "api/a/interfaces/I.md",
      "api/a/functions/f.md",
      "api/a/b/index.md",
    ];
    const all = {
      text: "API",
      items: [
        { text: "a", link: "/api/a/" },
        { text: "a/b", link: "/api/a/b/" },
      ],
    };
    expect(listEntries(files)).toEqual({
      "/api/": [all],
      "/api/a/": [
        all,
        { text: "Functions", items: [{ text: "f", link: "/api/a/functions/f" }] },
        { text: "Types", items: [{ text: "I", link: "/api/a/interfaces/I" }] },
      ],
      "/api/a/b/": [all],
    });
  });
});

describe("the API pages", () => {
  it("show names of modules as code", () => {
    expect(markModules("| [entra-gate/hono](entra-gate/hono/index.md) |")).toBe(
      "| [`entra-gate/hono`](entra-gate/hono/index.md) |",
    );
  });

  it("link to the pages that doc comments name", () => {
    expect(linkPages("see docs/how-to/protect-a-hono-app.md.")).toBe(
      "see [how-to/protect-a-hono-app](/how-to/protect-a-hono-app).",
    );
  });
});

describe("what programs read", () => {
  const site = mkdtempSync(path.join(os.tmpdir(), "entra-gate-markdown-"));
  afterAll(() => rmSync(site, { recursive: true }));
  mkdirSync(path.join(target, "api"));
  writeFileSync(path.join(target, "api/index.md"), "# API\n");
  writeMarkdown(target, site);
  const files = globSync("**/*.md", { cwd: site });
  const list = readFileSync(path.join(site, "llms.txt"), "utf8");
  const listed = [...list.matchAll(/\]\((\S+)\)/g)].map(([, link = ""]) => link);

  it("is each page as Markdown, with links that lead to Markdown", () => {
    expect(files).toEqual(expect.arrayContaining(["about.md", "reference/variables.md", "explanation/security.md"]));
    const texts = files.map((file) => [file, readFileSync(path.join(site, file), "utf8")] as const);
    expect(texts.filter(([, text]) => !text.startsWith("# ")).map(([file]) => file)).toEqual([]);
    const broken = texts.flatMap(([file, text]) =>
      [...text.matchAll(/\]\((\.[^)\s#]+\.md)/g)].filter(
        ([, link = ""]) => !existsSync(path.join(site, path.dirname(file), link)),
      ),
    );
    expect(broken).toEqual([]);
  });

  it("has a list of all pages in llms.txt, each with its description", () => {
    expect(list).toMatch(/^# entra-gate\n\n> .+\n\n## Start\n\n- /);
    const own = listed.map((link) => (siteAddress === undefined ? link : link.slice(siteAddress.length + 1)));
    expect(own.filter((file) => !files.includes(file))).toEqual([]);
    const pages = globSync("docs/*/*.md", { cwd: root, exclude: ["docs/site/**"] }).map((file) => file.slice(5));
    expect(pages.filter((file) => !own.includes(file))).toEqual([]);
    expect(list).toMatch(/^- \[Variables\]\((?:\S+\/)?reference\/variables\.md\): This page is for .+\.$/m);
  });
});

describe("a link of the built site", () => {
  const built = mkdtempSync(path.join(os.tmpdir(), "entra-gate-built-"));
  afterAll(() => rmSync(built, { recursive: true }));
  mkdirSync(path.join(built, "guide"));
  writeFileSync(path.join(built, "guide/one.svg"), "");
  writeFileSync(path.join(built, "index.html"), '<h2 id="a&amp;b">A</h2><a class="x" href="#a&amp;b">');

  it.each([
    ["/guide/one#503", undefined],
    ["./one.svg", undefined],
    ["./none.json", "leads to no file"],
    ["https://elsewhere.example/none", undefined],
    ["/guide/one#none", "leads to no heading"],
    ["/guide/one#facade-options", "leads to no heading"],
    ["#none", "leads to no heading"],
    ["/none", "leads to no page"],
  ])("is checked with its heading: %s", (link, fault) => {
    const html = `<h2 id="503">A</h2><h2 id="facadeoptions">B</h2><a href="/" title="t"></a><a class="x" href="${link}">`;
    writeFileSync(path.join(built, "guide/one.html"), html);
    expect(findBrokenLinks(built)).toEqual(fault === undefined ? [] : [`/guide/one: ${link} ${fault}`]);
  });
});

describe("the site", () => {
  it("describes each page for search engines", () => {
    const page = readFileSync(path.join(target, "reference/mcp.md"), "utf8");
    expect(page).toMatch(/^---\ndescription: "This page is for [^"]+\."\n---\n\n# /);
  });

  it("has no built page in the repository", () => {
    const built = execFileSync("git", ["ls-files", "docs/site/.pages", "docs/site/dist"], {
      cwd: root,
      encoding: "utf8",
    });
    expect(built).toBe("");
  });

  it("is deployed as static assets, without a worker", () => {
    const config = parse(readFileSync(path.join(root, "docs/site/wrangler.toml"), "utf8"));
    expect(config).toMatchObject({ assets: { directory: "./dist" } });
    expect(config).not.toHaveProperty("main");
  });

  it("pins its generator, locks it by hash, and runs no install script", () => {
    const { devDependencies } = JSON.parse(readFileSync(path.join(root, "docs/site/package.json"), "utf8"));
    expect(Object.values(devDependencies).filter((range) => !/^\d+\.\d+\.\d+$/.test(String(range)))).toEqual([]);
    const { packages } = JSON.parse(readFileSync(path.join(root, "docs/site/package-lock.json"), "utf8"));
    const locked = Object.entries(packages as Record<string, { readonly integrity?: string }>).slice(1);
    expect(locked.length).toBeGreaterThan(50);
    expect(locked.filter(([, { integrity = "" }]) => !integrity.startsWith("sha512-"))).toEqual([]);
    expect(readFileSync(path.join(root, "docs/site/.npmrc"), "utf8")).toMatch(/^ignore-scripts=true$/m);
  });
});
