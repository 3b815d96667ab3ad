import * as limits from "../../../base/common/limits.ts";

/** What cannot be seen or changes the direction of text, and white space. */
const unseen = /[\p{C}\p{Default_Ignorable_Code_Point}\p{Z}]+/gu;
/** Marks that would cover other lines. */
const stackedMarks = /(\p{M}{2})\p{M}+/gu;

/**
 * Cleans the name that a client gives itself, for people: without invisible characters and direction marks, and not too
 * long.
 *
 * @returns `undefined` if nothing is left
 */
export function cleanName(name: unknown): string | undefined {
  if (typeof name !== "string") return undefined;
  const plain = name.replace(unseen, " ").replace(stackedMarks, "$1").trim();
  const characters = [...plain];
  const { facadeNameCharacters: most } = limits;
  const cut = characters.length > most ? `${characters.slice(0, most).join("").trim()}…` : plain;
  return cut === "" ? undefined : cut;
}
