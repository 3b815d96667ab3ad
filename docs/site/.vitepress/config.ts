import { defineConfig } from "vitepress";
import sidebar from "../.pages/sidebar.json" with { type: "json" };

const playground = "http://127.0.0.1:8788/local/playground/";

export default defineConfig({
  title: "entra-gate",
  description: "A Cloudflare Worker that protects your API with Microsoft Entra ID.",
  lang: "en-US",
  srcDir: ".pages",
  outDir: "dist",
  cleanUrls: true,
  // Runs on the reader's machine, while `entra-gate dev` does.
  ignoreDeadLinks: [/^http:\/\/127\.0\.0\.1/],
  markdown: { theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" } },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
    sidebar,
    nav: [
      { text: "Start", link: "/tutorials/first-gate" },
      { text: "Troubleshoot", link: "/how-to/troubleshoot" },
      { text: "Reference", link: "/reference/variables" },
      { text: "Examples", link: "/examples" },
      { text: "Playground", link: playground },
    ],
    docFooter: { prev: false, next: false },
  },
});
