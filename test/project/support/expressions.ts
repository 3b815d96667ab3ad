import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import vm from "node:vm";
import { parseAst } from "rolldown/parseAst";
import { analyse } from "scslre";

/** A regular expression in the source. */
export interface Expression {
  /** `file:line`. */
  readonly place: string;
  /** As it is written. */
  readonly text: string;
  /** `undefined` if it is composed from values that only a running program has. */
  readonly value: RegExp | undefined;
}

const root = path.resolve(import.meta.dirname, "../../..");

/** Lists the regular expressions in every file below a folder. */
export function listExpressionsBelow(folder: string): readonly Expression[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `${folder}/${name.replaceAll(path.sep, "/")}`)
    .flatMap((file) => listExpressions(file, readFileSync(path.join(root, file), "utf8")));
}

/** Lists the literals of regular expressions in a module, and the calls of `RegExp`. */
export function listExpressions(file: string, code: string): readonly Expression[] {
  const found: Expression[] = [];
  visit(parseAst(code, { lang: "ts" }), (node) => {
    const isCall = /^(?:New|Call)Expression$/.test(node.type) && node.callee?.name === "RegExp";
    if (!isCall && node.regex === undefined) return;
    const text = code.slice(node.start, node.end);
    const place = `${file}:${code.slice(0, node.start).split("\n").length}`;
    found.push({ place, text, value: evaluate(text) });
  });
  return found;
}

/** The part of a syntax tree (ESTree) that the search needs. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  /** Present in a literal of a regular expression. */
  readonly regex?: object;
  readonly callee?: { readonly name?: string };
}

/** Visits every part of a syntax tree. */
function visit(part: unknown, onNode: (node: SyntaxNode) => void): void {
  if (typeof part !== "object" || part === null) return;
  if ("type" in part) onNode(part as SyntaxNode);
  for (const child of Object.values(part)) visit(child, onNode);
}

/** @returns `undefined` if the code uses variables */
function evaluate(code: string): RegExp | undefined {
  try {
    return vm.runInNewContext(code);
  } catch {
    return undefined;
  }
}

/**
 * Searches for a text that takes more than linear time, as the rules no-super-linear-move and
 * no-super-linear-backtracking of eslint-plugin-regexp do. It tries runs of one character.
 *
 * @returns what it found; `undefined` if nothing
 */
export function findSlowness({ value }: Expression): string | undefined {
  if (value === undefined) return "is composed at run time";
  const [report] = analyse(value).reports;
  return report && `is slow for many ${JSON.stringify(report.character.pick)}`;
}
