import manifest from "../../package.json" with { type: "json" };
import { refusedPage } from "./refused/name.ts";

/** Links at the top of each page of the site. */
export const navigation: readonly { readonly text: string; readonly link: string; readonly target?: string }[] = [
  { text: "Start", link: "/tutorials/first-hour" },
  // The page is not one of VitePress, so its router must not open it.
  { text: "Why was I refused?", link: `/${refusedPage}`, target: "_self" },
  { text: "Reference", link: "/reference/variables" },
  { text: "API", link: "/api/" },
  { text: "Playground guide", link: "/how-to/use-the-playground" },
  { text: `${manifest.version} status`, link: "/about#status" },
];
