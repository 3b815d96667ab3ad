/**
 * Accepts what a clipboard contains: a token, a Bearer credential, or a whole header line, also in quotes or with line
 * breaks. No header contains a line break.
 *
 * @returns value of an Authorization header
 */
export function toCredential(text: string): string {
  const [, , quoted] = /^(["'`])([\s\S]*)\1[,;]?$/.exec(text.trim()) ?? [];
  const value = (quoted ?? text)
    .replaceAll(/[\r\n]+[ \t]*/g, "")
    .trim()
    .replace(/^authorization:\s*/i, "");
  return /^bearer\b/i.test(value) ? value : `Bearer ${value}`;
}
