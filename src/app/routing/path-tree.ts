/** A place below the segments that lead to it. */
interface Node<T> {
  /** Created with its first entry: most nodes have none. */
  literals: Map<string, Node<T>> | undefined;
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
  /** By paths with parameters and wildcards. */
  readonly patterns: Node<T>;
}

/**
 * Values by methods and paths. A path without parameters costs one look-up in a map. Any other costs one for each segment.
 * If a literal segment leads nowhere, the parameter in its place is tried too. A search visits no node twice.
 */
export class PathTree<T> {
  readonly #methods = new Map<string, OfMethod<T>>();

  /** Adds a value. Of two for the same requests, the first stays. */
  add(method: string, path: string, value: T): void {
    const { literals, patterns } = this.#methods.get(method) ?? this.#addMethod(method);
    if (!isPattern(path)) {
      if (!literals.has(path)) literals.set(path, value);
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
    const added = { literals: new Map<string, T>(), patterns: createNode<T>() };
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
  return { literals: undefined, parameter: undefined, end: undefined, wildcard: undefined };
}

function addParameter<T>(node: Node<T>): Node<T> {
  node.parameter ??= createNode();
  return node.parameter;
}

function addLiteral<T>(node: Node<T>, segment: string): Node<T> {
  node.literals ??= new Map();
  const next = node.literals.get(segment) ?? createNode<T>();
  node.literals.set(segment, next);
  return next;
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
