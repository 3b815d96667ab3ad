import type { Theme } from "vitepress";
import theme from "vitepress/theme";
import "./style.css";

export default {
  extends: theme,
  enhanceApp() {
    // The search loads its index when it opens. A query that is typed before it has arrived would find nothing.
    if (!import.meta.env.SSR)
      window.addEventListener("load", () => import("@localSearchIndex").then((it) => it.default.root()));
  },
} satisfies Theme;
