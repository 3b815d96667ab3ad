import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./pages.ts";

/** What the guides of docs/how-to migrate from, and the file of each guide. */
const guides = {
  "jose in Hono": "migrate-from-a-library.md",
  "hono/jwk": "migrate-from-a-library.md",
  "passport-azure-ad": "migrate-from-a-library.md",
  "DaloyJS's page on Entra ID": "migrate-from-a-library.md",
  "Envoy jwt_authn": "migrate-from-a-gateway.md",
  "Azure API Management": "migrate-from-a-gateway.md",
} as const;

export type Former = keyof typeof guides;

/**
 * Reads the programs of a migration guide.
 *
 * @param former what the section migrates from
 * @param language of the code block
 * @returns the blocks of a chapter of this section in this language, one after another
 */
export function readGuide(
  former: Former,
  chapter: "Before" | "After",
  language: "ts" | "js" | "sh" | "yaml" | "xml",
): string {
  const text = readFileSync(path.join(root, "docs/how-to", guides[former]), "utf8");
  const section = text.split(/^## /m).find((each) => each.startsWith(`From ${former}\n`)) ?? "";
  const body = section.split(/^### /m).find((each) => each.startsWith(`${chapter}\n`)) ?? "";
  return [...body.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))]
    .map(([, code]) => code)
    .join("\n");
}
