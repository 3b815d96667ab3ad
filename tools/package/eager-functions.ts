import { decode, encode } from "@jridgewell/sourcemap-codec";
import { parseAst } from "rolldown/parseAst";

/** A module as the bundler writes it: each function declaration of the module has its lines for itself. */
export interface BuiltModule {
  readonly code: string;
  /** `mappings` of its source map. */
  readonly mappings: string;
}

/**
 * Puts function declarations of a module in parentheses, so that V8 compiles them with the module. V8 compiles any
 * other function when it is first called. https://v8.dev/blog/preparser#pife
 *
 * A function in parentheses is the value of a constant, which has no value above its line. So all of them move behind
 * the imports, in front of all code that could call them.
 *
 * @param offsets where the functions begin. Functions that are no declarations of the module stay as they are
 */
export function compileWithModule({ code, mappings }: BuiltModule, offsets: ReadonlySet<number>): BuiltModule {
  const rows = decode(mappings);
  const lines = code.split("\n").map((text, index) => ({ text, row: rows[index] ?? [], isEager: false }));
  const lineAt = (offset: number) => code.slice(0, offset).split("\n").length - 1;
  let afterImports = 0;
  for (const node of parseAst(code).body) {
    if (node.type === "ImportDeclaration") afterImports = lineAt(node.end) + 1;
    if (node.type !== "FunctionDeclaration" || !node.id || !offsets.has(node.start)) continue;
    const own = lines.slice(lineAt(node.start), lineAt(node.end) + 1);
    for (const line of own) line.isEager = true;
    own.at(0)!.text = `const ${node.id.name} = (${own.at(0)!.text}`;
    own.at(-1)!.text += ");";
  }
  const {
    imports = [],
    eager = [],
    others = [],
  } = Object.groupBy(lines, ({ isEager }, index) => (isEager ? "eager" : index < afterImports ? "imports" : "others"));
  const written = [...imports, ...eager, ...others];
  return { code: written.map(({ text }) => text).join("\n"), mappings: encode(written.map(({ row }) => row)) };
}
