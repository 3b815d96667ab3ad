import { defineConfig, type HeadConfig } from "vitepress";
import { toAnchor } from "../../../cli/common/anchor.ts";
import manifest from "../../../package.json" with { type: "json" };
import { docsSite } from "../../../src/common/docs-site.ts";
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
  sitemap: { hostname: docsSite },
  head: [
    ["link", { rel: "icon", href: "/favicon.svg", type: "image/svg+xml" }],
    ["meta", { property: "og:site_name", content: "entra-gate" }],
    ["meta", { property: "og:image", content: `${docsSite}/preview.png` }],
    ["meta", { property: "og:image:alt", content: "entra-gate: only valid tokens reach your API" }],
  ],
  transformHead: ({ pageData, title, description }): HeadConfig[] => [
    ["meta", { property: "og:type", content: pageData.relativePath === "index.md" ? "website" : "article" }],
    ["meta", { property: "og:title", content: title }],
    ["meta", { property: "og:description", content: description }],
    ["meta", { property: "og:url", content: `${docsSite}/${toPath(pageData.relativePath)}` }],
  ],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: toAnchor },
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
          return module === undefined ? html : html.replace(/<h1[^>]*>/, `$&${module}: `);
        },
        // Guides come before functions and types, and these before their members. VitePress sends this function to the browser as text.
        miniSearch: {
          searchOptions: {
            boostDocument: (id) =>
              id.startsWith("/api/") ? (id.includes("#") && !id.includes("/functions/") ? 0.05 : 0.3) : 1,
          },
        },
      },
    },
    outline: { level: [2, 3] },
    sidebar: { "/": [...sidebar, { text: "API", link: "/api/" }], ...apiSidebar },
    nav: [
      { text: "Start", link: "/tutorials/first-hour" },
      { text: "Troubleshoot", link: "/how-to/troubleshoot" },
      { text: "Reference", link: "/reference/variables" },
      { text: "API", link: "/api/" },
      { text: "Playground", link: "/reference/cli#dev" },
      { text: manifest.version, link: "/changelog" },
    ],
    socialLinks: [
      {
        icon: "git",
        link: manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, ""),
        ariaLabel: "Repository",
      },
    ],
  },
});

function toPath(file: string): string {
  return file.replace(/(?:(?<=^|\/)index)?\.md$/, "");
}
