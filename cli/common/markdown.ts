import { showText } from "./terminal.ts";

/** Writes a text as the cell of a table. It can neither end the cell nor become markup. */
export function escapeCell(text: string): string {
  return showText(text)
    .replace(/[\\|<>[\]*_`]/g, (character) => `\\${character}`)
    .replace(/\s/g, " ");
}
