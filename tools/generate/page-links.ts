/**
 * Turns the commands that print a page into links between pages, for a generated page of docs/reference/.
 *
 * @param text Markdown
 */
export function linkPages(text: string): string {
  return text.replaceAll(
    /(`?)npx entra-gate docs ([\w-]+\/[\w-]+)(#[\w-]+)?\1/g,
    (_command, _mark, page: string, anchor = "") => `[${page}](../${page}.md${anchor})`,
  );
}
