/**
 * Removes characters from both ends of a text. A regular expression such as `/ +$/` would search from every space anew,
 * and take a time proportional to the square of the text.
 *
 * @param characters a class that matches one character
 *
 * @example
 * trim(" text/plain\t", /[ \t]/); // text/plain
 */
export function trim(text: string, characters: RegExp): string {
  return trimEnd(trimStart(text, characters), characters);
}

/** Removes characters from the start of a text, see {@link trim}. */
export function trimStart(text: string, characters: RegExp): string {
  let start = 0;
  while (start < text.length && characters.test(text.charAt(start))) start += 1;
  return text.slice(start);
}

/** Removes characters from the end of a text, see {@link trim}. */
export function trimEnd(text: string, characters: RegExp): string {
  let end = text.length;
  while (end > 0 && characters.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
