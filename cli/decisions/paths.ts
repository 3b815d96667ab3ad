import { UsageError } from "../common/usage-error.ts";
import { markOf, matchesSegment, otherMark, readPattern, type Segment } from "../project/path-patterns.ts";

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
  readonly segment: Segment & { readonly kind: "expression" };
  /** After a segment that it matches. */
  readonly next: Node;
}

/** The places in the tree that a path leads to, and the wildcards that it is below. */
interface State {
  readonly path: string;
  readonly nodes: readonly Node[];
  readonly wildcards: ReadonlySet<Node>;
}

/** A path that stands for all that match the same patterns. It can have marks, see `markOf`. */
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
  /** Sets of patterns that have the same text of a regular expression at the same place. */
  readonly alike: readonly ReadonlySet<string>[];
  /** Patterns with different regular expressions at the same place, which may match a segment together. */
  readonly overlapping: ReadonlySet<string>;
  /** Patterns with a regular expression, and those that could match a path beside one. */
  readonly undecided: ReadonlySet<string>;
}

/** How paths are read, and which are listed. */
export interface PathOptions {
  /**
   * Whether a slash in place of a parameter is a class too: `/orders/`. Most routers answer it with 404.
   */
  readonly withSlashes?: boolean;
  /** Whether paths have marks for what regular expressions match, and do not match. Without, only literals do. */
  readonly withMarks?: boolean;
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
  { withSlashes = false, withMarks = false, routers = [], maximum = statesMaximum }: PathOptions = {},
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
  const alike: ReadonlySet<string>[] = [];
  const overlapping = new Set<string>();
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
    const marks = withMarks ? expressions.map(({ segment }) => markOf(segment.source)) : [];
    const segments = new Set([
      marks.length > 0 ? otherMark : other,
      ...literals,
      ...marks,
      ...(mayEndInSlash ? [""] : []),
    ]);
    const bySource = Map.groupBy(expressions, ({ segment: { source } }) => source);
    const sets = [...bySource.values()].map((same) => new Set(same.flatMap(({ next }) => [...next.patterns])));
    alike.push(...sets);
    if (sets.length > 0) {
      const rests = [...state.wildcards].flatMap(({ wildcards }) => [...wildcards]);
      const beside = [...parameters.flatMap((each) => [...each.patterns]), ...rests];
      for (const pattern of [...sets.flatMap((set) => [...set]), ...beside]) undecided.add(pattern);
    }
    if (sets.length > 1) for (const pattern of sets.flatMap((set) => [...set])) overlapping.add(pattern);
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
    alike,
    overlapping,
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
    case "expression": {
      const added = node.expressions.get(segment.source) ?? { segment, next: createNode() };
      node.expressions.set(segment.source, added);
      add(added.next, pattern, others, words);
      return;
    }
    case "literal": {
      words.add(segment.text.toLowerCase());
      const next: Node = node.literals.get(segment.text) ?? createNode();
      node.literals.set(segment.text, next);
      add(next, pattern, others, words);
    }
  }
}

/** A segment that no path names, and that is no spelling of one that does, such as `x` beside `x.`. */
function chooseOther(words: ReadonlySet<string>): string {
  const folded = [...words].map((word) => word.normalize("NFKC").toLowerCase());
  let other = "x";
  while (folded.some((word) => word.startsWith(other))) other += "x";
  return other;
}

function follow({ path, nodes, wildcards }: State, segment: string): State {
  const next = nodes.flatMap(({ literals, parameter, expressions }) => [
    ...[literals.get(segment) ?? []].flat(),
    ...(segment === "" ? [] : [parameter ?? []].flat()),
    ...[...expressions.values()].flatMap(({ segment: own, next }) => (matchesSegment(own, segment) ? [next] : [])),
  ]);
  return enter(`${path}/${segment}`, next, wildcards);
}

/** A wildcard matches the path before it, and everything below. */
function enter(path: string, nodes: readonly Node[], wildcards: ReadonlySet<Node>): State {
  return { path, nodes, wildcards: new Set([...wildcards, ...nodes.filter((node) => node.wildcards.size > 0)]) };
}
