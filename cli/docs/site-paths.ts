import path from "node:path";

/** Pages outside docs/ that the site includes, and their names there. */
export const besideDocs: Readonly<Record<string, string>> = {
  "README.md": "about.md",
  "SECURITY.md": "explanation/security.md",
  "CHANGELOG.md": "changelog.md",
  "CONTRIBUTING.md": "contributing.md",
  "AGENTS.md": "source.md",
  "examples/README.md": "examples.md",
};

/**
 * Names the place of a page on the site.
 *
 * @param file from the root of the project: `docs/reference/reasons.md`
 * @returns from the root of the site: `reference/reasons.md`
 */
export function toSitePath(file: string): string {
  return besideDocs[file] ?? file.replace(/^docs\//, "").replace(/^README\.md$/, "all-pages.md");
}

/**
 * Rewrites the links of a page that lead into the repository.
 *
 * @param file from the root of the project
 * @param text Markdown
 * @param write writes a link, with its words, the linked file from the root, and `#` and the heading, or nothing
 */
export function rewriteLinks(
  file: string,
  text: string,
  write: (words: string, linked: string, anchor: string) => string,
): string {
  return text.replaceAll(
    /\[([^[\]]*)\]\((?!\w+:)([^)\s#]*)(#[^)\s]*)?\)/g,
    (_link, words: string, target: string, anchor = "") =>
      write(words, target === "" ? file : path.posix.join(path.posix.dirname(file), target), anchor),
  );
}
