import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Node } from "typescript/unstable/ast";
import {
  isConditionalTypeNode,
  isConstructorDeclaration,
  isExpressionWithTypeArguments,
  isFunctionDeclaration,
  isGetAccessorDeclaration,
  isHeritageClause,
  isIdentifier,
  isInterfaceDeclaration,
  isJSDoc,
  isMethodDeclaration,
  isMethodSignatureDeclaration,
  isPrivateIdentifier,
  isPropertyDeclaration,
  isPropertySignatureDeclaration,
  isTypeReferenceNode,
} from "typescript/unstable/ast/is";
import { API, type Project, SymbolFlags, type Symbol as TypeSymbol } from "typescript/unstable/sync";

const root = path.resolve(import.meta.dirname, "../../..");

/** The defects in the declarations of one entry. */
export interface EntryFaults {
  /** Types of this project that an exported declaration refers to, and that the entry does not export. */
  readonly unexported: readonly string[];
  /** Names for which an editor has no text: exports, their members, and overloads. */
  readonly undocumented: readonly string[];
}

/** A declaration that others can refer to by name, and that is declared at the top level of a module. */
const moduleLevel =
  SymbolFlags.Class |
  SymbolFlags.Interface |
  SymbolFlags.TypeAlias |
  SymbolFlags.BlockScopedVariable |
  SymbolFlags.Function;

/**
 * Emits the declarations of entries, as in a package, and examines the exports of each entry.
 *
 * @param entries absolute paths
 * @returns by entry
 */
export function examineEntries(entries: readonly string[]): ReadonlyMap<string, EntryFaults> {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "entra-gate-types-")));
  const api = new API({ cwd: folder });
  try {
    emitDeclarations(entries, folder);
    const declarations = entries.map((entry) => toDeclaration(entry, folder));
    const config = writeConfig(folder, "tsconfig.json", declarations, {});
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config);
    if (project === undefined) throw new Error("the declarations are no project");
    return new Map(entries.map((entry) => [entry, examineEntry(project, toDeclaration(entry, folder), folder)]));
  } finally {
    api.close();
    rmSync(folder, { recursive: true });
  }
}

function emitDeclarations(entries: readonly string[], folder: string): void {
  const types = [path.join(root, "worker-types.d.ts"), path.join(root, "node_modules/@types/node")];
  const options = { types, noEmit: false, declaration: true, emitDeclarationOnly: true, rootDir: "/", outDir: folder };
  const config = writeConfig(folder, "emit.json", entries, options);
  execFileSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", config], {
    stdio: "inherit",
  });
}

function writeConfig(folder: string, name: string, files: readonly string[], compilerOptions: object): string {
  const file = path.join(folder, name);
  writeFileSync(
    file,
    JSON.stringify({ extends: path.join(root, "tsconfig.json"), include: [], files, compilerOptions }),
  );
  return file;
}

function toDeclaration(entry: string, folder: string): string {
  return path.join(folder, entry.replace(/\.ts$/, ".d.ts"));
}

function examineEntry(project: Project, file: string, folder: string): EntryFaults {
  const { program, checker } = project;
  const source = program.getSourceFile(file);
  const module = source && checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${file} is no module`);
  const resolve = (symbol: TypeSymbol) =>
    symbol.flags & SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  const exported = new Map(checker.getExportsOfModule(module).map((symbol) => [resolve(symbol).id, symbol.name]));
  const isOwn = ({ flags, declarations }: TypeSymbol) =>
    Boolean(flags & moduleLevel) && declarations.some(({ path: place }) => place.startsWith(folder));
  const unexported = new Set<string>();
  const undocumented = new Set<string>();
  for (const symbol of checker.getExportsOfModule(module).map(resolve)) {
    const name = exported.get(symbol.id) ?? symbol.name;
    if (checker.getDocumentationCommentOfSymbol(symbol) === "") undocumented.add(name);
    const nodes = symbol.declarations.map((handle) => handle.resolve(project)).filter((node) => node !== undefined);
    for (const blank of nodes.flatMap((node) => listBlankMembers(node, name))) undocumented.add(blank);
    for (const blank of listBlankProperties(project, symbol, folder)) undocumented.add(`${name}.${blank}`);
    for (const copied of nodes.flatMap(listCopiedTypes)) {
      const [target] = checker.getSymbolAtLocation(listIdentifiers(copied));
      if (target && isOwn(resolve(target))) undocumented.add(`${name}, copied members of ${copied.getText()}`);
    }
    for (const referred of checker.getSymbolAtLocation(nodes.flatMap(listIdentifiers))) {
      const target = referred && resolve(referred);
      if (target && isOwn(target) && !exported.has(target.id)) unexported.add(`${name} refers to ${target.name}`);
    }
  }
  return { unexported: [...unexported].sort(), undocumented: [...undocumented].sort() };
}

/** Names of the members and overloads in a declaration that have no text of their own. */
function listBlankMembers(node: Node, owner: string): readonly string[] {
  // Nobody writes a member of `A` in `T extends A ? B : C`.
  if (isConditionalTypeNode(node))
    return [node.trueType, node.falseType].flatMap((type) => listBlankMembers(type, owner));
  const name = nameMember(node, owner);
  const found: string[] = [];
  if (name !== undefined && !hasText(node)) found.push(name);
  node.forEachChild((child) => void found.push(...listBlankMembers(child, name ?? owner)));
  return found;
}

/** Names of the members of an interface that have no text, in the interface or in what it extends. */
function listBlankProperties({ checker }: Project, symbol: TypeSymbol, folder: string): readonly string[] {
  if (!(symbol.flags & SymbolFlags.Interface)) return [];
  return checker
    .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol))
    .filter(({ declarations }) => declarations.some(({ path: place }) => place.startsWith(folder)))
    .filter((property) => checker.getDocumentationCommentOfSymbol(property) === "")
    .map((property) => property.name);
}

/** Types whose members another type copies: `A` in `Partial<A>`. Editors show no text for the copies. */
function listCopiedTypes(node: Node): readonly Node[] {
  const isReference = isTypeReferenceNode(node) || isExpressionWithTypeArguments(node);
  const isCopy = isReference && /^(?:Partial|Required|Pick|Omit)</.test(node.getText());
  const found: Node[] = (isCopy && node.typeArguments?.slice(0, 1)) || [];
  node.forEachChild((child) => void found.push(...listCopiedTypes(child)));
  return found;
}

/** @returns `undefined` if the node is no member, or only its own class can use it */
function nameMember(node: Node, owner: string): string | undefined {
  if (isFunctionDeclaration(node)) return owner;
  if (isConstructorDeclaration(node)) return `new ${owner}`;
  const isMember =
    isPropertySignatureDeclaration(node) ||
    isMethodSignatureDeclaration(node) ||
    isPropertyDeclaration(node) ||
    isMethodDeclaration(node) ||
    isGetAccessorDeclaration(node);
  if (!isMember || isPrivateIdentifier(node.name)) return undefined;
  return `${owner}.${node.name.getText()}`;
}

/** Whether a node has a text before its tags. Editors show the text of the overload that is called. */
function hasText({ jsDoc = [] }: Node): boolean {
  return jsDoc.some((comment) => isJSDoc(comment) && comment.comment?.length > 0);
}

/** An interface has the members of what it extends, so nobody needs to name that. */
function listIdentifiers(node: Node | undefined): readonly Node[] {
  if (node === undefined || (isHeritageClause(node) && isInterfaceDeclaration(node.parent))) return [];
  const found: Node[] = isIdentifier(node) ? [node] : [];
  node.forEachChild((child) => void found.push(...listIdentifiers(child)));
  return found;
}
