import type { CompiledRoute } from "./compiled.ts";

type Route = Omit<CompiledRoute, "request">;
type Terms = { readonly security: unknown; readonly origin?: unknown };

/** Two operations of a method, of which a request can match both. */
export type Overlap = readonly [Route, Route];

/** A tree of path segments. */
interface Node {
  readonly literals: Map<string, Node>;
  parameter: Node | undefined;
  route: Route | undefined;
}

/** Two places in the tree that one request can lead to. */
interface Pair {
  readonly left: Node;
  readonly right: Node;
  /** `split` after a segment that only the left path names, and `crossed` after one that only the right path names. */
  readonly relation: "same" | "split" | "crossed";
}

/**
 * Pairs that are compared for each method. If all paths have only parameters, their number is the square of the paths.
 */
const pairsMaximum = 1_000_000;

/**
 * Finds operations of which neither has the more specific path: `/{entity}/me` and `/books/{id}`. OpenAPI lets tools
 * choose. Operations with the same requirement and origin are harmless.
 *
 * @param routes of one method
 * @returns `undefined` if there are too many paths to compare
 */
export function findOverlaps(routes: readonly Route[]): readonly Overlap[] | undefined {
  const root = createNode();
  for (const route of routes) add(root, route);
  const overlaps: Overlap[] = [];
  const pending: Pair[] = [{ left: root, right: root, relation: "same" }];
  let pairs = 0;
  for (let pair = pending.pop(); pair !== undefined; pair = pending.pop()) {
    pairs += 1;
    if (pairs > pairsMaximum) return undefined;
    const { left, right, relation } = pair;
    const [one, other] = [left.route, right.route];
    if (relation === "crossed" && one !== undefined && other !== undefined && findDifference(one, other)) {
      overlaps.push([one, other]);
    }
    for (const next of follow(pair)) pending.push(next);
  }
  return overlaps;
}

function createNode(): Node {
  return { literals: new Map(), parameter: undefined, route: undefined };
}

function add(root: Node, route: Route): void {
  let node = root;
  for (const segment of route.path.toLowerCase().split("/").slice(1)) {
    if (segment.startsWith(":")) {
      node.parameter ??= createNode();
      node = node.parameter;
    } else {
      const next: Node = node.literals.get(segment) ?? createNode();
      node.literals.set(segment, next);
      node = next;
    }
  }
  node.route = route;
}

/** The pairs of one segment more. */
function follow({ left, right, relation }: Pair): readonly Pair[] {
  const pairs: Pair[] = [];
  const add = (a: Node | undefined, b: Node | undefined, next: Pair["relation"]) => {
    if (a !== undefined && b !== undefined) pairs.push({ left: a, right: b, relation: next });
  };
  for (const [segment, node] of left.literals) {
    add(node, relation === "same" ? node : right.literals.get(segment), relation);
    add(node, right.parameter, relation === "same" ? "split" : relation);
  }
  add(left.parameter, right.parameter, relation);
  // The left path is the one that names a segment first.
  if (relation !== "same") for (const node of right.literals.values()) add(left.parameter, node, "crossed");
  return pairs;
}

/** Says what must not differ if a request can match both operations; `undefined` if nothing does. */
export function findDifference(left: Terms, right: Terms): "requirement" | "origin" | undefined {
  if (JSON.stringify(left.security) !== JSON.stringify(right.security)) return "requirement";
  return left.origin === right.origin ? undefined : "origin";
}
