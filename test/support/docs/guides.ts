import { readFileSync } from "node:fs";
import path from "node:path";
import { root } from "./pages.ts";

/**
 * Reads the programs of a migration guide.
 *
 * @param language of the code block
 * @returns the blocks of a chapter in this language, one after another
 */
export function readGuide(guide: string, chapter: "Before" | "After", language: "ts" | "js" | "sh" | "yaml"): string {
  const text = readFileSync(path.join(root, "docs/how-to", guide), "utf8");
  const [, body = ""] = new RegExp(`^## ${chapter}\n([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, "m").exec(text) ?? [];
  return [...body.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, "g"))]
    .map(([, code]) => code)
    .join("\n");
}
