import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { styleText } from "node:util";
import { UsageError } from "./usage-error.ts";

type Style = Parameters<typeof styleText>[0];

/** Colors a text if the stream is a terminal. It respects NO_COLOR and FORCE_COLOR. */
export type Paint = (style: Style, text: string) => string;

export function createPaint(stream: NodeJS.WriteStream): Paint {
  return (style, text) => {
    const [start = "", end = ""] = styleText(style, "|", { stream, validateStream: true }).split("|");
    return `${start.replaceAll(escapeCharacter, ownEscape)}${text}${end.replaceAll(escapeCharacter, ownEscape)}`;
  };
}

const escapeCharacter = "\u001b";
/** Stands for the escape character of own styles until they are printed. No file and no server can know it. */
const ownEscape = randomUUID();

/**
 * Prints lines on standard output. What comes from files and servers gets to a terminal only in this way and that of
 * `printError`, so it cannot move the cursor, change colors or titles, make links, or reverse text.
 */
export function print(text: string): void {
  console.log(showLines(text));
}

/** Prints lines on standard error, in the same way. */
export function printError(text: string): void {
  console.error(showLines(text));
}

/** Writes text of several lines, with own styles and without other control characters. */
function showLines(text: string): string {
  const shown = text.replace(/\r\n|[\p{C}\p{Zl}\p{Zp}]/gu, (found) =>
    /[\n\t]$/.test(found) ? found : spellCharacter(found),
  );
  return shown.replaceAll(ownEscape, escapeCharacter);
}

function spellCharacter(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
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
  return showText(cut);
}

/** Writes an untrusted text of any length as one line, in the same way. */
export function showText(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, spellCharacter);
}

/** Writes JSON in ASCII, for the same reason. */
export function showJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    /[^\n\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
