/**
 * Accepts what a clipboard contains: a token, a Bearer credential, a whole header line, also in quotes or with line
 * breaks, or a command line of curl that has the header. No header contains a line break.
 *
 * @returns value of an Authorization header
 */
export function toCredential(text: string): string {
  const [, sent] = /^(?:[$>] ?)?curl\s[\s\S]*?\bauthorization: *(bearer [\w.~+/=-]+)/i.exec(text.trim()) ?? [];
  if (sent !== undefined) return sent;
  const [, , quoted] = /^(["'`])([\s\S]*)\1[,;]?$/.exec(text.trim()) ?? [];
  const value = (quoted ?? text)
    .replaceAll(/[\r\n]+[ \t]*/g, "")
    .trim()
    .replace(/^authorization:\s*/i, "");
  return /^bearer\b/i.test(value) ? value : `Bearer ${value}`;
}
