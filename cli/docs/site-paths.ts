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
