/**
 * A text as it is to readers that ignore letter case, each in its own way: by upper case, in which a dotless i is an I (Java),
 * and by lower case, in which a dotted I is an i (Go).
 *
 * @example ignoreCase("Role") === ignoreCase("ROLE")
 */
export function ignoreCase(text: string): string {
  return text.toUpperCase().toLowerCase().replaceAll("i\u0307", "i");
}
