import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { styleText } from "node:util";
import { UsageError } from "./usage-error.ts";

type Style = Parameters<typeof styleText>[0];

/** Colors a text if the stream is a terminal. It respects NO_COLOR and FORCE_COLOR. */
export type Paint = (style: Style, text: string) => string;

export function createPaint(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream, validateStream: true });
}

/** Where a question is asked; tests pass their own. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/**
 * Asks one question.
 *
 * @param isHidden whether what is typed stays unseen
 * @throws UsageError if the user ends the question with Ctrl-C or Ctrl-D
 */
export async function askLine(
  question: string,
  isHidden = false,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  if (isHidden) output.write(question);
  const lines = createInterface({ input, output: isHidden ? nowhere : output, terminal: true });
  try {
    return await new Promise((resolve, reject) => {
      lines.once("close", () => reject(new UsageError("cancelled")));
      lines.question(isHidden ? "" : question, resolve);
    });
  } catch (error) {
    // The cursor is after the question.
    if (!isHidden) output.write("\n");
    throw error;
  } finally {
    lines.close();
    if (isHidden) output.write("\n");
  }
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

/** Writes an untrusted text of any length in the same way. */
export function showText(text: string): string {
  return text.replace(/.{1,200}/gs, (part) => showValue(part));
}

/** Writes JSON in ASCII, for the same reason. */
export function showJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[^\n\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
