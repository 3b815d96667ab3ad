/**
 * Decodes a decoded text as programs do that decode twice, and `%u0061` as ASP.NET on .NET Framework, IIS and
 * `unescape` do. Of the encoded bytes, it decodes ASCII.
 *
 * @example
 * decodeAgain("access%5Ftok%u0065n"); // access_token
 */
export function decodeAgain(text: string): string {
  return text.replace(/%(?:u([\da-f]{4})|([0-7][\da-f]))/gi, (_, unit: string | undefined, byte: string) =>
    String.fromCharCode(Number.parseInt(unit ?? byte, 16)),
  );
}
