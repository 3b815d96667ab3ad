/** Fewest words of a text. Shorter literals are names. */
const fewestWords = 4;
const literals = /"((?:[^"\\\n]|\\.)*)"|'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g;

export interface Text {
  readonly text: string;
  readonly line: number;
}

/**
 * Reads the texts that a program outputs: its string literals of several words. Values in a template count as code.
 * Literals of more than one line are files, pages or examples.
 *
 * @param source of a module
 * @returns its texts as Markdown, in order
 */
export function readTexts(source: string): readonly Text[] {
  const code = source
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, " "))
    .replaceAll(/^\s*\/\/.*$/gm, "");
  return [...code.matchAll(literals)].flatMap(({ 1: double, 2: single, 3: template, index }) => {
    const text = (double ?? single ?? template ?? "").replaceAll("\\`", "`").replaceAll(/\$\{[^}]*\}/g, "`value`");
    const isText =
      text.split(/[a-z]\s+(?=[a-z])/i).length >= fewestWords && !text.includes("\n") && !text.startsWith("<");
    return isText ? [{ text, line: code.slice(0, index).split("\n").length }] : [];
  });
}
