import { isPath } from "../../src/app/types/path-pattern.ts";
import { UsageError } from "../common/usage-error.ts";

/** A tree of path segments. */
interface Node {
  readonly literals: Map<string, Node>;
  parameter: Node | undefined;
  /** Whether a path ends here in `*`. */
  isWildcard: boolean;
}

/** The places in the tree that a path leads to, and the wildcards that it is below. */
interface State {
  readonly path: string;
  readonly nodes: readonly Node[];
  readonly wildcards: ReadonlySet<Node>;
}

/** Each costs some microseconds for each method. The paths of a large API have some ten thousand. */
const statesMaximum = 50_000;

/**
 * Lists paths of requests, one for each set of patterns that a path can match: for `/orders/:id` and `/*`, these are `/`,
 * `/orders`, `/orders/x` and `/x`. Paths that match the same patterns have the same route.
 *
 * @param patterns paths of routes
 * @param maximum of sets
 * @throws UsageError if a path is not one of the gate's, or there are too many sets
 */
export function listPaths(patterns: Iterable<string>, maximum = statesMaximum): readonly string[] {
  const root = createNode();
  const words = new Set<string>();
  for (const pattern of new Set(patterns)) add(root, pattern, words);
  const other = chooseOther(words);
  const ids = new Map<Node, number>();
  const idOf = (node: Node) => {
    const id = ids.get(node) ?? ids.size;
    ids.set(node, id);
    return id;
  };
  const keyOf = ({ nodes, wildcards }: State) =>
    `${nodes.map(idOf).sort().join()}|${[...wildcards].map(idOf).sort().join()}`;
  const start = enter("", [root], new Set());
  const seen = new Set([keyOf(start)]);
  const states = [start];
  // The loop also visits the states that it adds.
  for (const state of states) {
    for (const segment of [...new Set(state.nodes.flatMap(({ literals }) => [...literals.keys()])), other]) {
      const next = follow(state, segment);
      if (next.nodes.length === 0 && next.wildcards.size === 0) continue;
      const key = keyOf(next);
      if (seen.has(key)) continue;
      if (seen.size === maximum) throw new UsageError("the routes have too many similar paths to compare");
      seen.add(key);
      states.push(next);
    }
  }
  return states.map(({ path }) => path || "/");
}

function createNode(): Node {
  return { literals: new Map(), parameter: undefined, isWildcard: false };
}

function add(root: Node, pattern: string, words: Set<string>): void {
  if (!isPath(pattern)) throw new UsageError(`diff cannot list the requests of the path ${pattern}`);
  let node = root;
  for (const segment of pattern === "/" ? [] : pattern.slice(1).split("/")) {
    if (segment === "*") {
      node.isWildcard = true;
    } else if (segment.startsWith(":")) {
      node.parameter ??= createNode();
      node = node.parameter;
    } else {
      words.add(segment.toLowerCase());
      const next: Node = node.literals.get(segment) ?? createNode();
      node.literals.set(segment, next);
      node = next;
    }
  }
}

/** A segment that no path names. */
function chooseOther(words: ReadonlySet<string>): string {
  let other = "x";
  while (words.has(other)) other += "x";
  return other;
}

function follow({ path, nodes, wildcards }: State, segment: string): State {
  const next = nodes.flatMap(({ literals, parameter }) => [literals.get(segment) ?? [], parameter ?? []].flat());
  return enter(`${path}/${segment}`, next, wildcards);
}

/** A wildcard matches the path before it, and everything below. */
function enter(path: string, nodes: readonly Node[], wildcards: ReadonlySet<Node>): State {
  return { path, nodes, wildcards: new Set([...wildcards, ...nodes.filter(({ isWildcard }) => isWildcard)]) };
}
