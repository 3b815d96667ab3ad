import { defineConfig, type HeadConfig } from "vitepress";
import { toAnchor } from "../../../cli/common/anchor.ts";
import { repositoryAddress, siteAddress } from "../../../tools/site/addresses.ts";
import { navigation } from "../../../tools/site/navigation.ts";
import { searchWords } from "../../../tools/site/search-words.ts";
import apiSidebar from "../.pages/api-sidebar.json" with { type: "json" };
import sidebar from "../.pages/sidebar.json" with { type: "json" };

const description = "A Cloudflare Worker that protects your API with Microsoft Entra ID.";

export default defineConfig({
  title: "entra-gate",
  description,
  lang: "en-US",
  srcDir: ".pages",
  outDir: "dist",
  cleanUrls: true,
  // VitePress takes these programs for pages. tools/site/links.ts checks that they are there.
  ignoreDeadLinks: [/\.(?:go|py)$/],
  ...(siteAddress !== undefined && { sitemap: { hostname: siteAddress } }),
  head: [["link", { rel: "icon", href: "/favicon.svg", type: "image/svg+xml" }]],
  transformHead: ({ pageData, title, description }) =>
    listMeta({
      "og:site_name": "entra-gate",
      "og:type": pageData.relativePath === "index.md" ? "website" : "article",
      "og:title": title,
      "og:description": description,
      // Other sites show nothing from a relative address.
      ...(siteAddress !== undefined && {
        "og:url": `${siteAddress}/${toPath(pageData.relativePath)}`,
        "og:image": `${siteAddress}/preview.png`,
        "og:image:alt": "entra-gate: only valid tokens reach your API",
      }),
    }),
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: toAnchor },
    config: (markdown) => {
      markdown.core.ruler.push("columns", ({ tokens }) => nameColumns(tokens));
    },
  },
  themeConfig: {
    search: {
      provider: "local",
      options: {
        // A name such as requireAuth has a page in several modules.
        _render(source, env, markdown) {
          const [, module] =
            /^api\/(.+?)\/(?:functions|classes|variables|interfaces|type-aliases)\//.exec(env.relativePath) ?? [];
          const html = markdown.render(source, env);
          if (module !== undefined) return html.replace(/<h1[^>]*>/, `$&${module}: `);
          const words = searchWords[env.relativePath];
          return words === undefined ? html : html.replace(/ <a class="header-anchor"/, ` (${words})$&`);
        },
        // Tutorials come first, then guides, other pages, lists of everything, functions and types, and members of these
        // last. VitePress sends this function to the browser as text.
        miniSearch: {
          searchOptions: {
            boostDocument: (id) => {
              if (id.startsWith("/api/")) return id.includes("#") && !id.includes("/functions/") ? 0.05 : 0.3;
              // Parts of guides have the same words in their titles.
              if (/^\/(?:explanation\/keys#keys|reference\/limits#limits)$/.test(id)) return 2;
              if (/^\/(?:all-pages|changelog|contributing|explanation\/promises|reference\/limits)\b/.test(id))
                return 0.3;
              return id.startsWith("/tutorials/") ? 2 : id.startsWith("/how-to/") ? 1.5 : 1;
            },
          },
        },
      },
    },
    outline: { level: [2, 3] },
    sidebar: { "/": [...sidebar, { text: "API", link: "/api/" }], ...apiSidebar },
    nav: [...navigation],
    notFound: {
      title: "This page does not exist",
      quote: "It may have another name now. Search for its subject, or begin at the home page.",
      linkText: "Home page",
      linkLabel: "Home page",
    },
    ...(repositoryAddress !== undefined && {
      socialLinks: [{ icon: "git", link: repositoryAddress, ariaLabel: "Repository" }],
    }),
  },
});

function listMeta(values: Readonly<Record<string, string>>): HeadConfig[] {
  return Object.entries(values).map(([property, content]) => ["meta", { property, content }]);
}

function toPath(file: string): string {
  return file.replace(/(?:(?<=^|\/)index)?\.md$/, "");
}

interface MarkdownToken {
  readonly type: string;
  readonly content: string;
  attrSet(name: string, value: string): void;
}

/** Gives each cell the name of its column, which the style shows on a phone, where a table has no head. */
function nameColumns(tokens: readonly MarkdownToken[]): void {
  let columns: string[] = [];
  let column = 0;
  for (const [index, token] of tokens.entries()) {
    if (token.type === "table_open") columns = [];
    else if (token.type === "th_open") columns.push(tokens[index + 1]?.content ?? "");
    else if (token.type === "tr_open") column = 0;
    else if (token.type === "td_open") {
      token.attrSet("data-column", (columns[column] ?? "").replaceAll("`", ""));
      column += 1;
    }
  }
}
