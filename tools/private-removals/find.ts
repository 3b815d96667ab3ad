import path from "node:path";
import type { CallExpression, Node, SourceFile } from "typescript/unstable/ast";
import { SyntaxKind } from "typescript/unstable/ast";
import {
  isBinaryExpression,
  isCallExpression,
  isExpressionStatement,
  isPropertyAccessExpression,
} from "typescript/unstable/ast/is";
import { API, type Checker, SymbolFlags } from "typescript/unstable/sync";

/** A change to one file of the source that takes away a part of what keeps responses private. */
export interface Removal {
  /** Path from the root of the project, with slashes. */
  readonly file: string;
  readonly line: number;
  /** The place in the text of the file. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly replacement: string;
}

const root = path.resolve(import.meta.dirname, "../..");
/** The object that knows who holds a response, and the functions that change headers. */
const owners = ["src/http/outgoing-response.ts", "src/http/private-response.ts", "src/http/add-headers.ts"];

/** Its documents are the same for every caller, and shared caches may store them: test/gate-issuer.test.ts. */
const publicFile = "src/issuer/documents.ts";

/** Replacements of a call, by the name of its function. `code` has the texts of the receiver and the arguments. */
const replacements: Readonly<Record<string, (code: CallCode) => readonly string[]>> = {
  // A response that code of the app holds is said to be private.
  ofApp: ({ receiver, args }) => [`${receiver}.privateOfGate(${args[0]})`],
  ofGate: ({ args }) => [`${args[0]}`],
  privateOfGate: ({ args }) => [`${args[0]}`],
  // Code of the app is treated as code of the gate.
  show: ({ receiver, args }) => [`${receiver}.edit(${args[0]})`],
  change: ({ receiver, args }) => [`${receiver}.edit(${args[1]})`, `${receiver}`],
  edit: ({ receiver }) => [`${receiver}`],
  finish: ({ receiver, args }) => [`${receiver}.finish(${args[0]}, false)`],
  declareOwnCode: ({ args }) => [`${args[0]}`],
  withoutBody: ({ args }) => [`${args[0]}`],
  copyPrivate: ({ args }) => [`${args[0]}`],
  copyResponse: ({ args }) => [`${args[0]}`],
  privatize: ({ args }) => [`${args[0]}`],
  isSharedCacheRule: () => ["false"],
};

interface CallCode {
  readonly receiver: string;
  readonly args: readonly string[];
}

/** Finds every assignment in the owners, and every call to them, in all of `src` whose responses can be for one caller. */
export function findRemovals(): readonly Removal[] {
  const api = new API({ cwd: root });
  try {
    const config = path.join(root, "tsconfig.json");
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error(`${config} is no project`);
    const { program, checker } = project;
    const files = program.getSourceFileNames().filter((name) => name.startsWith(path.join(root, "src/")));
    return files.flatMap((name) => {
      const source = program.getSourceFile(name);
      const file = toRelative(name);
      return source === undefined || file === publicFile ? [] : findInSource(source, file, checker);
    });
  } finally {
    api.close();
  }
}

function toRelative(name: string): string {
  return path.relative(root, name).replaceAll(path.sep, "/");
}

function findInSource(source: SourceFile, file: string, checker: Checker): readonly Removal[] {
  const found: Removal[] = [];
  const textOf = (node: Node) => source.text.slice(node.getStart(source), node.end);

  function add(node: Node, replacement: string): void {
    const start = node.getStart(source);
    const line = source.text.slice(0, start).split("\n").length;
    found.push({ file, line, start, end: node.end, text: textOf(node), replacement });
  }

  /** The name of the function of an owner that is called. */
  function findCalled({ expression }: CallExpression): string | undefined {
    const callee = isPropertyAccessExpression(expression) ? expression.name : expression;
    const symbol = checker.getSymbolAtLocation(callee);
    if (symbol === undefined) return undefined;
    const { name, declarations } = symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    const isOwned = declarations.some((declaration) => owners.includes(toRelative(declaration.path)));
    return isOwned ? name.replace(/^.*#/, "") : undefined;
  }

  function visit(node: Node): void {
    if (isExpressionStatement(node)) {
      const { expression } = node;
      const isAssignment = isBinaryExpression(expression) && expression.operatorToken.kind === SyntaxKind.EqualsToken;
      const isCall = isCallExpression(expression) && findCalled(expression) !== undefined;
      const changesHeaders =
        isCallExpression(expression) && /^(?:headers\.(?:set|append|delete)|removeHeaders)\(/.test(textOf(expression));
      if (isCall || (owners.includes(file) && (isAssignment || changesHeaders))) add(node, ";");
    } else if (isCallExpression(node)) {
      const { expression } = node;
      const receiver = isPropertyAccessExpression(expression) ? textOf(expression.expression) : "";
      const replace = replacements[findCalled(node) ?? ""];
      for (const text of replace?.({ receiver, args: node.arguments.map(textOf) }) ?? []) add(node, text);
    }
    node.forEachChild((child) => void visit(child));
  }

  visit(source);
  return found;
}
