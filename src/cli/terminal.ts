import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colours a text where the stream is a terminal; NO_COLOR and FORCE_COLOR are obeyed. */
export type Paint = (style: Style, text: string) => string;

export function createPaint(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream, validateStream: true });
}

/** More than a claim that anybody compares by eye has. */
const shownCharacters = 200;

/**
 * Writes a value that somebody else chose, so that it cannot move the cursor, colour, or turn round what is on the screen.
 *
 * @param value JSON of any kind
 */
export function showValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const cut = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** JSON in ASCII alone, for the same reason. */
export function showJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[^\n\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
