import { docsSite } from "../../src/cli-exports/text.ts";

/**
 * Turns addresses of the site into links between pages, for a generated page of docs/reference/.
 *
 * @param text Markdown
 */
export function linkPages(text: string): string {
  return text.replaceAll(/https:\/\/[^\s`)]+/g, (found) => {
    if (!found.startsWith(`${docsSite}/`)) return found;
    const address = found.replace(/[.,;:]$/, "");
    const [place = "", anchor] = address.slice(docsSite.length + 1).split("#");
    const link = `../${place}.md${anchor === undefined ? "" : `#${anchor}`}`;
    return `[${place}](${link})${found.slice(address.length)}`;
  });
}
