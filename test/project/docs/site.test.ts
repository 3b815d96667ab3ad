import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse } from "smol-toml";
import { afterAll, describe, expect, it } from "vitest";
import { listSections, writePages } from "../../../tools/site/pages.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const target = mkdtempSync(path.join(os.tmpdir(), "entra-gate-site-"));
writePages(target);
afterAll(() => rmSync(target, { recursive: true }));

/** VitePress checks the same when it builds the site, but only once it is installed. */
describe("the pages of the site", () => {
  const files = globSync("**/*.md", { cwd: target });

  it("are those of the documentation, and the other pages", () => {
    const sources = globSync("docs/**/*.md", { cwd: root }).filter((file) => file !== "docs/README.md");
    expect(files).toEqual(expect.arrayContaining(sources.map((file) => file.replace(/^docs\//, ""))));
    expect(files).toEqual(expect.arrayContaining(["index.md", "about.md", "explanation/security.md", "changelog.md"]));
  });

  it("link to files of the site", () => {
    const links = files.flatMap((file) =>
      [...readFileSync(path.join(target, file), "utf8").matchAll(/\]\((\.[^)\s#]+)/g)].map(([, link = ""]) =>
        path.join(path.dirname(file), link),
      ),
    );
    expect(links.length).toBeGreaterThan(150);
    expect(links.filter((link) => !existsSync(path.join(target, link)))).toEqual([]);
  });

  it("are in the sidebar", () => {
    const listed = listSections().flatMap(({ items }) => items.map(({ link }) => `${link.slice(1)}.md`));
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

describe("the site", () => {
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
