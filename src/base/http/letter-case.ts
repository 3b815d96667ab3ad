/**
 * Normalizes a text so that texts are equal if any reader that ignores letter case takes them for equal. Readers
 * differ: in upper case a dotless i becomes I (Java), and in lower case a dotted I becomes i (Go).
 *
 * @example
 * ignoreCase("Role") === ignoreCase("ROLE")
 */
export function ignoreCase(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll("i\u0307", "i");
}

/** Normalizes a name so that names are equal if some reader of JSON takes them for equal. */
export function foldName(name: string): string {
  return ignoreCase(name).replace(/\0.*/s, "");
}
