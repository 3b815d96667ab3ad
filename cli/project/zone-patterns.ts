/** The host of a zone's pattern, which may begin with a wildcard. */
export function hostOf(pattern: string): string {
  return splitPattern(pattern)[0];
}

/** The path of a zone's pattern. Without one, a pattern matches the root alone. */
export function pathOf(pattern: string): string {
  return splitPattern(pattern)[1];
}

function splitPattern(pattern: string): readonly [host: string, path: string] {
  const text = pattern.replace(/^https?:\/\//, "");
  const end = text.indexOf("/");
  return end === -1 ? [text, "/"] : [text.slice(0, end), text.slice(end)];
}

/** Whether a text matches a pattern, or a part of one, as Cloudflare compares them: by letter case. */
export function isMatch(text: string, pattern: string): boolean {
  const escaped = pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*")}$`).test(text);
}

/** Whether every path that a route declares matches one of the patterns, whatever the host. */
export function isCovered(routePath: string, patterns: readonly string[]): boolean {
  return samplePaths(routePath).every((sample) => patterns.some((pattern) => isMatch(sample, pathOf(pattern))));
}

/**
 * Paths with a text in place of each parameter that no pattern spells out. `/orders/*` and `/orders/:id?` match
 * `/orders` too.
 */
function samplePaths(routePath: string): readonly string[] {
  const sample = routePath.replace(/:[^/]+|\*/g, "~");
  return /\/(?:\*|:[^/]+\?)$/.test(routePath) ? [sample, sample.slice(0, -2) || "/"] : [sample];
}
