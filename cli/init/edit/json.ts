import { applyEdits, type FormattingOptions, type JSONPath, modify } from "jsonc-parser";

/** A value to set in a JSON document. `undefined` removes the member. */
export interface JsonChange {
  readonly path: JSONPath;
  readonly value: unknown;
}

/** Sets values, and keeps comments, order and indentation. A new dependency goes to its place in the order of names. */
export function editJson(text: string, changes: readonly JsonChange[]): string {
  return changes.reduce((before, { path, value }) => {
    const name = String(path.at(-1));
    const edits = modify(before, path, value, {
      formattingOptions: findFormat(before),
      getInsertionIndex(names) {
        const place = /dependencies$/i.test(String(path[0])) ? names.findIndex((each) => each > name) : -1;
        return place === -1 ? names.length : place;
      },
    });
    return applyEdits(before, edits);
  }, text);
}

function findFormat(text: string): FormattingOptions {
  const [, indent = "  "] = /^([ \t]+)\S/m.exec(text) ?? [];
  return {
    insertSpaces: !indent.startsWith("\t"),
    tabSize: indent.length,
    eol: text.includes("\r\n") ? "\r\n" : "\n",
  };
}
