import { UsageError } from "../common/usage-error.ts";
import { type Expression, readExpression, readPattern, type Segment } from "../project/path-patterns.ts";

/** A tree of path segments. */
interface Node {
  /** Patterns that lead here or through here. */
  readonly patterns: Set<string>;
  /** Patterns that end here, and not in `*`. */
  readonly ends: Set<string>;
  readonly literals: Map<string, Node>;
  parameter: Node | undefined;
  /** By the text of the regular expression. */
  readonly expressions: Map<string, ExpressionNode>;
  /** Patterns that end here in `*`. */
  readonly wildcards: Set<string>;
}

interface ExpressionNode {
  readonly expression: Expression;
  /** After a segment that it matches. */
  readonly next: Node;
}

/** The places in the tree that a path leads to, and the wildcards that it is below. */
interface State {
  readonly path: string;
  readonly nodes: readonly Node[];
  readonly wildcards: ReadonlySet<Node>;
}

/** A path that stands for all that match the same patterns. */
export interface PathClass {
  readonly path: string;
  readonly patterns: ReadonlySet<string>;
}

/** Paths that stand for all. */
export interface PathClasses {
  readonly classes: readonly PathClass[];
  /** Finds the patterns that a path matches. */
  match(path: string): ReadonlySet<string>;
  /** Patterns of which it is not known which requests they match. */
  readonly unread: ReadonlySet<string>;
  /** Patterns whose regular expressions could match a segment together, for which no example is known. */
  readonly overlapping: ReadonlySet<string>;
  /**
   * Patterns that could match requests of which no path is an example, because of the regular expressions beside them.
   */
  readonly unproven: ReadonlySet<string>;
  /**
   * Patterns with a regular expression, and those that could match a path beside one. Known words prove nothing about
   * the paths between them.
   */
  readonly undecided: ReadonlySet<string>;
}

/** How paths are read, and which are listed. */
export interface PathOptions {
  /**
   * Whether a slash in place of a parameter is a class too: `/orders/`. Most routers answer it with 404.
   */
  readonly withSlashes?: boolean;
  /** Names of the routers of Hono that read the patterns. */
  readonly routers?: readonly string[];
  /** Of sets. */
  readonly maximum?: number;
}

/** Ten for each of 10,000 routes. Each costs some microseconds for each method. */
const statesMaximum = 100_000;

/**
 * Lists paths of requests, one for each set of patterns that a path can match: for `/orders/:id` and `/*`, these are
 * `/`, `/x`, `/orders` and `/orders/x`. Paths that match the same patterns have the same route.
 *
 * @param patterns paths of routes and of rules
 * @throws UsageError if there are too many sets
 */
export function listPaths(
  patterns: Iterable<string>,
  { withSlashes = false, routers = [], maximum = statesMaximum }: PathOptions = {},
): PathClasses {
  const root = createNode();
  const words = new Set<string>();
  const unread = new Set<string>();
  for (const pattern of new Set(patterns)) {
    const read = readPattern(pattern, routers);
    if (read === undefined) unread.add(pattern);
    for (const segments of read ?? []) add(root, pattern, segments, words);
  }
  const other = chooseOther(words);
  const ids = new Map<Node, number>();
  const idOf = (node: Node) => {
    const id = ids.get(node) ?? ids.size;
    ids.set(node, id);
    return id;
  };
  // A router can treat a slash at the end in its own way.
  const keyOf = ({ path, nodes, wildcards }: State) =>
    `${nodes.map(idOf).sort().join()}|${[...wildcards].map(idOf).sort().join()}${path.endsWith("/") ? "/" : ""}`;
  const overlapping = new Set<string>();
  const unproven = new Set<string>();
  const undecided = new Set<string>();
  const start = enter("", [root], new Set());
  const seen = new Set([keyOf(start)]);
  const states = [start];
  // The loop also visits the states that it adds.
  for (const state of states) {
    const expressions = state.nodes.flatMap((node) => [...node.expressions.values()]);
    const literals = new Set(state.nodes.flatMap((node) => [...node.literals.keys()]));
    // The first path for a set has literals only where a pattern needs them. Others could be refused as spellings of a
    // route.
    const parameters = state.nodes.flatMap(({ parameter }) => parameter ?? []);
    const mayEndInSlash = withSlashes && state.path !== "" && (parameters.length > 0 || expressions.length > 0);
    const segments = new Set([
      other,
      ...literals,
      ...listExamples(expressions, literals),
      ...(mayEndInSlash ? [""] : []),
    ]);
    const rests = () => [...state.wildcards].flatMap(({ wildcards }) => [...wildcards]);
    const beside = () => [...parameters.flatMap((each) => [...each.patterns]), ...rests()];
    if (expressions.length > 0) {
      const own = expressions.flatMap(({ next }) => [...next.patterns]);
      for (const pattern of [...own, ...beside()]) undecided.add(pattern);
    }
    for (const set of listUnproven(expressions, segments, literals)) {
      const own = set.flatMap(({ next }) => [...next.patterns]);
      for (const pattern of [...own, ...beside()]) unproven.add(pattern);
      if (new Set(expressions.map(({ expression }) => expression)).size < 2) continue;
      for (const pattern of expressions.flatMap(({ next }) => [...next.patterns])) overlapping.add(pattern);
    }
    for (const segment of segments) {
      const next = follow(state, segment);
      if (next.nodes.length === 0 && next.wildcards.size === 0) continue;
      const key = keyOf(next);
      if (seen.has(key)) continue;
      if (seen.size === maximum)
        throw new UsageError(
          `the paths of the routes and rules have more than ${maximum} combinations. Use fewer parameters beside names`,
        );
      seen.add(key);
      states.push(next);
    }
  }
  return {
    classes: states.map((state) => ({ path: state.path || "/", patterns: listMatched(state) })),
    match: (path) => listMatched(path === "/" ? start : path.slice(1).split("/").reduce(follow, start)),
    unread,
    overlapping,
    unproven,
    undecided,
  };
}

function listMatched({ nodes, wildcards }: State): ReadonlySet<string> {
  const ended = nodes.flatMap(({ ends }) => [...ends]);
  return new Set([...ended, ...[...wildcards].flatMap((node) => [...node.wildcards])]);
}

function createNode(): Node {
  return {
    patterns: new Set(),
    ends: new Set(),
    literals: new Map(),
    parameter: undefined,
    expressions: new Map(),
    wildcards: new Set(),
  };
}

function add(node: Node, pattern: string, [segment, ...others]: readonly Segment[], words: Set<string>): void {
  node.patterns.add(pattern);
  switch (segment?.kind) {
    case undefined:
      node.ends.add(pattern);
      return;
    case "rest":
      node.wildcards.add(pattern);
      return;
    case "parameter":
      node.parameter ??= createNode();
      add(node.parameter, pattern, others, words);
      return;
    case "expression":
      add(addExpression(node, segment.source).next, pattern, others, words);
      return;
    case "literal": {
      words.add(segment.text.toLowerCase());
      const next: Node = node.literals.get(segment.text) ?? createNode();
      node.literals.set(segment.text, next);
      add(next, pattern, others, words);
    }
  }
}

function addExpression(node: Node, source: string): ExpressionNode {
  const expression = readExpression(source);
  if (expression === undefined) throw new Error(`no word is known for ${source}`);
  const added = node.expressions.get(source) ?? { expression, next: createNode() };
  node.expressions.set(source, added);
  return added;
}

/** A segment that no path names, and that is no spelling of one that does, such as `x` beside `x.`. */
function chooseOther(words: ReadonlySet<string>): string {
  const folded = [...words].map((word) => word.normalize("NFKC").toLowerCase());
  let other = "x";
  while (folded.some((word) => word.startsWith(other))) other += "x";
  return other;
}

/** One word for each set of expressions that the known words match, if possible one that is no literal. */
function listExamples(expressions: readonly ExpressionNode[], literals: ReadonlySet<string>): readonly string[] {
  const examples = new Map<string, string>();
  const words = expressions.flatMap(({ expression }) => expression.words);
  for (const word of [...words.filter((each) => !literals.has(each)), ...words]) {
    const key = expressions.map(({ expression }) => expression.match(word)).join();
    if (!examples.has(key)) examples.set(key, word);
  }
  return [...examples.values()];
}

/** More expressions have too many sets. No word is then taken as a proof. */
const provenMaximum = 6;

/**
 * Lists the sets of expressions that could match a segment together, and of which no segment is an example. The empty
 * set is that of the segments that none of them matches.
 *
 * @param segments that are tried. A literal stands only for itself
 */
function listUnproven(
  expressions: readonly ExpressionNode[],
  segments: ReadonlySet<string>,
  literals: ReadonlySet<string>,
): readonly (readonly ExpressionNode[])[] {
  if (expressions.length === 0) return [];
  const distinct = [...new Set(expressions.map(({ expression }) => expression))];
  if (distinct.length > provenMaximum) return [expressions];
  const keyOf = (isMatch: (expression: Expression) => boolean) => distinct.map(isMatch).join();
  const proven = new Set(
    [...segments].filter((segment) => !literals.has(segment)).map((segment) => keyOf(({ match }) => match(segment))),
  );
  return Array.from({ length: 2 ** distinct.length }, (_, bits) =>
    distinct.filter((__, index) => (bits & (1 << index)) !== 0),
  )
    .filter((set) => !proven.has(keyOf((expression) => set.includes(expression))))
    .map((set) => expressions.filter(({ expression }) => set.includes(expression)));
}

function follow({ path, nodes, wildcards }: State, segment: string): State {
  const next = nodes.flatMap(({ literals, parameter, expressions }) => [
    ...[literals.get(segment) ?? []].flat(),
    ...(segment === "" ? [] : [parameter ?? []].flat()),
    ...[...expressions.values()].flatMap(({ expression, next }) => (expression.match(segment) ? [next] : [])),
  ]);
  return enter(`${path}/${segment}`, next, wildcards);
}

/** A wildcard matches the path before it, and everything below. */
function enter(path: string, nodes: readonly Node[], wildcards: ReadonlySet<Node>): State {
  return { path, nodes, wildcards: new Set([...wildcards, ...nodes.filter((node) => node.wildcards.size > 0)]) };
}
