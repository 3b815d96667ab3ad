import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colors a text if the stream is a terminal. It respects NO_COLOR and FORCE_COLOR. */
export type Paint = (style: Style, text: string) => string;

export function createPaint(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream, validateStream: true });
}

/** Longer than any claim that a person compares by eye. */
const shownCharacters = 200;

/**
 * Writes an untrusted value so that it cannot move the cursor, change colors, or reverse text on the terminal.
 *
 * @param value any JSON
 */
export function showValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const cut = text.length > shownCharacters ? `${text.slice(0, shownCharacters)}…` : text;
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** Writes JSON in ASCII, for the same reason. */
export function showJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[^\n\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
