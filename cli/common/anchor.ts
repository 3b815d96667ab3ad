/** Returns the ID of a heading on GitHub. The site has the same, so a link to a heading works in both. */
export function toAnchor(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}
