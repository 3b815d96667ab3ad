import type { Theme } from "vitepress";
import { useData } from "vitepress";
import theme from "vitepress/theme";
import { h } from "vue";
import "./style.css";

/** The way of a request, which `renderHome` writes. Screen readers read its description. */
function Picture() {
  const { description, html } = useData().frontmatter.value.picture;
  return h("div", { class: "way", role: "img", "aria-label": description, innerHTML: html });
}

export default {
  extends: theme,
  Layout: () => h(theme.Layout, null, { "home-hero-image": () => h(Picture) }),
  enhanceApp() {
    // The search loads its index when it opens. A query that is typed before it has arrived would find nothing.
    if (!import.meta.env.SSR)
      window.addEventListener("load", () => import("@localSearchIndex").then((it) => it.default.root()));
  },
} satisfies Theme;
