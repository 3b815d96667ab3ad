import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseAst } from "rolldown/parseAst";

/** A test, or a group of tests, that has tags of Vitest. */
export interface TaggedTest {
  /** From the root of the project. */
  readonly file: string;
  readonly title: string;
  readonly tags: readonly string[];
}

/** The parts of a syntax tree (ESTree) that the search needs. */
interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly name?: string;
  readonly value?: unknown;
  readonly key?: SyntaxNode;
  readonly callee?: SyntaxNode;
  readonly object?: SyntaxNode;
  readonly property?: SyntaxNode;
  readonly arguments?: readonly SyntaxNode[];
  readonly properties?: readonly SyntaxNode[];
  readonly elements?: readonly SyntaxNode[];
}

const root = path.resolve(import.meta.dirname, "../..");

/** Lists the tests with tags in all test files. Runs none of them. */
export function listTaggedTests(): readonly TaggedTest[] {
  return globSync("test/**/*.test.ts", { cwd: root })
    .map((file) => file.replaceAll(path.sep, "/"))
    .sort()
    .flatMap((file) => readTaggedTests(file, readFileSync(path.join(root, file), "utf8")));
}

/**
 * Reads the tests with tags from the source of a test file.
 *
 * @throws Error that names a test whose tags are no literals, or that does not run
 */
export function readTaggedTests(file: string, code: string): readonly TaggedTest[] {
  if (!/\btags\b/.test(code)) return [];
  const found: TaggedTest[] = [];
  /** @param modifiers what surrounds the part, such as `skip` and `each` */
  const visit = (part: unknown, modifiers: readonly string[]): void => {
    if (typeof part !== "object" || part === null) return;
    const inner = "type" in part ? read(part as SyntaxNode, modifiers) : modifiers;
    for (const child of Object.values(part)) visit(child, inner);
  };

  /** @returns the modifiers of the node's parts */
  function read(node: SyntaxNode, modifiers: readonly string[]): readonly string[] {
    const [root, ...words] = node.type === "CallExpression" ? namesOf(node.callee) : [];
    const [name, options] = node.arguments ?? [];
    if (name === undefined || root === undefined || !/^(?:describe|it|test)$/.test(root)) return modifiers;
    const inner = [...modifiers, ...words];
    const tags = options?.properties?.find(({ key }) => key?.name === "tags")?.value as SyntaxNode | undefined;
    if (tags === undefined) return inner;
    const title = code.slice(name.start + 1, name.end - 1);
    const place = `${file}: the test "${title}"`;
    const never = inner.find((word) => /^(?:skip|todo|fails)$/.test(word));
    if (never !== undefined) throw new Error(`${place} is marked ${never}, and holds no promise`);
    const values = (tags.elements ?? [tags]).map(({ value }) => value);
    if (!values.every((value) => typeof value === "string"))
      throw new Error(
        `${place} must have its tags as text: { tags: "signature" } or { tags: ["signature", "expiry"] }`,
      );
    found.push({ file, title, tags: values });
    return inner;
  }

  visit(parseAst(code, { lang: "ts" }), []);
  return found;
}

/** Names the function that is called: `it`, `each` for `it.each(rows)(…)`. */
function namesOf(callee: SyntaxNode | undefined): readonly string[] {
  if (callee?.name !== undefined) return [callee.name];
  if (callee?.type === "CallExpression") return namesOf(callee.callee);
  return callee?.object === undefined ? [] : [...namesOf(callee.object), callee.property?.name ?? ""];
}
