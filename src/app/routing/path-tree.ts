import { foldSegment, foldSpelling, trimSlashes } from "../../http/path.ts";

/** A place below the segments that lead to it. */
interface Node<T> {
  /** Created with its first entry: most nodes have none. */
  literals: Map<string, Node<T>> | undefined;
  /** Literals that differ from their folded form, by that form. */
  spelled: Map<string, Set<Node<T>>> | undefined;
  parameter: Node<T> | undefined;
  /** What was added for the path that ends here. */
  end: T | undefined;
  /** What was added for all paths from here on. */
  wildcard: T | undefined;
}

/** What was added for one method. */
interface OfMethod<T> {
  /** By whole paths. */
  readonly literals: Map<string, T>;
  /** Those whose path differs from its folded form, by that form. */
  readonly spelled: Map<string, Set<T>>;
  /** By paths with parameters and wildcards. */
  readonly patterns: Node<T>;
}

/**
 * Values by methods and paths. A path without parameters costs one look-up in a map. Any other costs one for each
 * segment. If a literal segment leads nowhere, the parameter in its place is tried too. A search visits no node twice.
 */
export class PathTree<T> {
  readonly #methods = new Map<string, OfMethod<T>>();

  /** Adds a value. Of two for the same requests, the first stays. */
  add(method: string, path: string, value: T): void {
    const { literals, spelled, patterns } = this.#methods.get(method) ?? this.#addMethod(method);
    if (!isPattern(path)) {
      if (literals.has(path)) return;
      literals.set(path, value);
      const folded = foldSpelling(path);
      if (folded !== path) addSpelled(spelled, folded, value);
      return;
    }
    let node = patterns;
    for (const segment of splitPath(path)) {
      if (segment === "*") {
        node.wildcard ??= value;
        return;
      }
      node = segment.startsWith(":") ? addParameter(node) : addLiteral(node, segment);
    }
    node.end ??= value;
  }

  #addMethod(method: string): OfMethod<T> {
    const added = { literals: new Map<string, T>(), spelled: new Map<string, Set<T>>(), patterns: createNode<T>() };
    this.#methods.set(method, added);
    return added;
  }

  /** Finds the value of a path without parameters. */
  findLiteral(method: string, path: string): T | undefined {
    return this.#methods.get(method)?.literals.get(path);
  }

  /**
   * Finds the value of the most specific path that matches. At the first different segment, a literal precedes a
   * parameter, and a parameter a wildcard. A wildcard matches its root too, and a parameter no empty segment.
   */
  find(method: string, path: string): T | undefined {
    const ofMethod = this.#methods.get(method);
    return ofMethod && (ofMethod.literals.get(path) ?? findBelow(ofMethod.patterns, splitPath(path), 0));
  }

  /**
   * Finds every value that an origin may find which folds the spelling of some segments and not of others
   * (`foldSpelling`). Each node is searched at most once, so the search costs no more than {@link find}.
   *
   * @param path decoded
   * @param mayBeEmpty whether a parameter may match the empty segment after a slash at the end, as in Fastify
   * @returns the most specific first; `undefined` among them if an origin may find nothing
   */
  findAll(method: string, path: string, mayBeEmpty = false): ReadonlySet<T | undefined> {
    const found = new Set<T | undefined>();
    const ofMethod = this.#methods.get(method);
    if (ofMethod === undefined) return found.add(undefined);
    const { literals, spelled, patterns } = ofMethod;
    const segments = splitPath(path).map((name) => {
      return { name, folded: foldSegment(name), mayBeParameter: name !== "" || mayBeEmpty };
    });
    const folded = trimSlashes(`/${segments.map((segment) => segment.folded).join("/")}`);
    for (const value of listSpelled(literals, spelled, path, folded)) found.add(value);
    if (literals.has(path)) return found;
    if (mayMiss(patterns, segments, 0, found) && !literals.has(trimSlashes(path))) found.add(undefined);
    return found;
  }
}

/** A segment of a path, and its folded form. */
interface Spelled {
  readonly name: string;
  readonly folded: string;
  readonly mayBeParameter: boolean;
}

/** Whether a path has a parameter or a wildcard. */
export function isPattern(path: string): boolean {
  return /:|\*$/.test(path);
}

/** The segments of a path. The root has one, which is empty. */
export function splitPath(path: string): readonly string[] {
  return path.slice(1).split("/");
}

function createNode<T>(): Node<T> {
  return { literals: undefined, spelled: undefined, parameter: undefined, end: undefined, wildcard: undefined };
}

function addParameter<T>(node: Node<T>): Node<T> {
  node.parameter ??= createNode();
  return node.parameter;
}

function addLiteral<T>(node: Node<T>, segment: string): Node<T> {
  node.literals ??= new Map();
  const next = node.literals.get(segment) ?? createNode<T>();
  node.literals.set(segment, next);
  const folded = foldSegment(segment);
  if (folded !== segment) {
    node.spelled ??= new Map();
    addSpelled(node.spelled, folded, next);
  }
  return next;
}

function addSpelled<V>(spelled: Map<string, Set<V>>, folded: string, value: V): void {
  spelled.set(folded, (spelled.get(folded) ?? new Set()).add(value));
}

/** Values of the names that are equal to a name in their spelling, or if they are folded. */
function listSpelled<V>(
  literals: ReadonlyMap<string, V> | undefined,
  spelled: ReadonlyMap<string, ReadonlySet<V>> | undefined,
  name: string,
  folded: string,
): ReadonlySet<V> {
  const values = [literals?.get(name), literals?.get(folded), ...(spelled?.get(folded) ?? [])];
  return new Set(values.filter((value) => value !== undefined));
}

function findBelow<T>(node: Node<T>, segments: readonly string[], index: number): T | undefined {
  const segment = segments[index];
  if (segment === undefined) return node.end ?? node.wildcard;
  const literal = node.literals?.get(segment);
  const found = literal && findBelow(literal, segments, index + 1);
  if (found !== undefined) return found;
  const others = segment === "" ? undefined : node.parameter;
  return (others && findBelow(others, segments, index + 1)) ?? node.wildcard;
}

/**
 * Adds every value below a node that an origin may find.
 *
 * @returns whether an origin may find nothing below the node
 */
function mayMiss<T>(node: Node<T>, segments: readonly Spelled[], index: number, found: Set<T | undefined>): boolean {
  const segment = segments[index];
  if (segment === undefined) return addFound(node.end ?? node.wildcard, found);
  const { name, folded } = segment;
  if (name === "" && index === segments.length - 1) {
    if (segment.mayBeParameter) addFound(node.parameter?.end, found);
    // An origin that finds nothing at a path with a slash at the end looks for the path without it.
    addFound(node.wildcard, found);
    return addFound(node.end ?? node.wildcard, found);
  }
  const exact = node.literals?.get(name);
  const below = [...listSpelled(node.literals, node.spelled, name, folded)];
  const misses = below.filter((next) => mayMiss(next, segments, index + 1, found));
  if (exact !== undefined && !misses.includes(exact)) return false;
  const others = name === "" ? undefined : node.parameter;
  if (others !== undefined && !mayMiss(others, segments, index + 1, found)) return false;
  return addFound(node.wildcard, found);
}

/** @returns whether there is nothing to add */
function addFound<T>(value: T | undefined, found: Set<T | undefined>): boolean {
  if (value !== undefined) found.add(value);
  return value === undefined;
}
