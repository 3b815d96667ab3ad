import { foldSegment, foldSpelling, hasAliases, isSpelledPlainly, trimSlashes } from "../../base/http/path.ts";
import { type Alias, readAliases } from "../../base/http/path-aliases.ts";
import { readPaths } from "../../base/http/path-readings.ts";
import type { Part } from "../pipeline/part.ts";
import type { FindMatch, Params, Route, RouteMatch } from "../pipeline/route.ts";
import { compareSpecificity, eraseNames } from "../types/path-pattern.ts";
import { isProtectedAlike, isWeaker } from "./protection.ts";

const unlisted: RouteMatch = { kind: "unlisted" };
const nearMiss: RouteMatch = { kind: "near-miss" };
const noDocument: RouteMatch = { kind: "no-document" };
const noParams: Params = Object.freeze({});

/** `weaker` if a more specific route for GET requires more. */
type Found = Route | undefined | "weaker";

/**
 * Creates a router. If several routes match, the most specific one is used, in any order of declaration. Paths without
 * parameters are found by name, and the others segment by segment, independently of the number of routes.
 *
 * @param parts whose documents any caller may look for
 */
export function createRouter(routes: readonly Route[], parts: readonly Part[] = []): FindMatch {
  const documents = parts.flatMap((part) => part.documents ?? []);
  const tree = new PathTree<Route>();
  // If every route is its own folded form, so is a lower-case path without encodings and without dots at the end.
  const foldsToItself = routes.every(({ path }) => foldSpelling(eraseNames(path)) === path.replace(/:\w+/g, ":"));
  for (const route of routes) tree.add(route.method, route.path, route);

  return (method, path) => {
    const literal = tree.findLiteral(method, path);
    if (literal !== undefined) return { kind: "route", route: literal, params: noParams };
    const route = findRoute(tree, method, path);
    if (route === "weaker") return nearMiss;
    const isRead = method === "GET" || method === "HEAD";
    if (route === undefined && isRead && documents.some(({ includes }) => includes(path))) return noDocument;
    const isPlain = foldsToItself && isSpelledPlainly(path) && !hasAliases(path);
    if (!isPlain && isReadOtherwise(tree, method, path, route)) return nearMiss;
    if (route === undefined) return unlisted;
    return { kind: "route", route, params: readParams(route.path, path) };
  };
}

/**
 * Finds the most specific route of a method. If the route for GET is more specific, HEAD uses it. Another method gets
 * `weaker` if its pattern requires less, because it must not open a path that the route for GET protects.
 */
function findRoute(tree: PathTree<Route>, method: string, path: string): Found {
  const own = tree.find(method, path);
  return mayYieldToGet(method, own) ? yieldToGet(method, own, tree.find("GET", path)) : own;
}

/**
 * Finds every route that {@link findRoute} finds for a path with other spellings of its segments, see
 * `PathTree.findAll`.
 */
function findRoutes(tree: PathTree<Route>, method: string, path: string, mayBeEmpty: boolean): readonly Found[] {
  return [...tree.findAll(method, path, mayBeEmpty)].flatMap((own): readonly Found[] => {
    if (!mayYieldToGet(method, own)) return [own];
    return [...tree.findAll("GET", path, mayBeEmpty)].map((ofGet) => yieldToGet(method, own, ofGet));
  });
}

function yieldToGet(method: string, own: Route | undefined, ofGet: Route | undefined): Found {
  if (own === undefined || ofGet === undefined) return own ?? ofGet;
  if (compareSpecificity(ofGet.path, own.path) >= 0) return own;
  if (method === "HEAD") return ofGet;
  return isWeaker(own, ofGet) ? "weaker" : own;
}

/** Whether an origin may find another route than the gate, or a route where the gate finds none. */
function isReadOtherwise(tree: PathTree<Route>, method: string, path: string, route: Route | undefined): boolean {
  const readings = readPaths(decodeURIComponent(path));
  if (readings === undefined) return true;
  const [spelled = path, ...others] = readings;
  if (findRoutes(tree, method, spelled, false).some((found) => found !== route)) return true;
  const isElsewhere = (found: Found) => found === "weaker" || !isProtectedAlike(route, found);
  const read = spelled.endsWith("/") ? readings : others;
  if ([...read].some((reading) => findRoutes(tree, method, reading, true).some(isElsewhere))) return true;
  const aliases = readAliases(readings);
  if (aliases === undefined) return true;
  return aliases.some(({ path: alias, kind }) =>
    findRoutes(tree, method, alias, true).some(
      (found) => found !== undefined && isElsewhere(found) && isReached(kind, found, route),
    ),
  );
}

/**
 * Whether a route for an alias of a path counts, in addition to the route for the path itself. The latter may have been
 * declared for the alias.
 */
function isReached(kind: Alias["kind"], other: Route | "weaker", route: Route | undefined): boolean {
  if (kind === "parameter" || other === "weaker" || route === undefined) return true;
  const { path } = other;
  const isBelow = kind === "file" && eraseNames(route.path).startsWith(`${eraseNames(path)}/`);
  return !isBelow && compareSpecificity(path, route.path) < 0;
}

/**
 * Whether the route of a method may yield to a more specific route for GET. For HEAD this is none or any pattern, and
 * for other methods a pattern without its own requirement. A route that answers OPTIONS itself reveals nothing that GET
 * protects.
 */
function mayYieldToGet(asked: string, route: Route | undefined): boolean {
  if (route === undefined) return asked === "HEAD";
  const { access, forwarding, method, path } = route;
  if (method === "GET" || !isPattern(path)) return false;
  return method === "HEAD" || (access.kind !== "required" && (forwarding !== undefined || method !== "OPTIONS"));
}

/** @param pattern path of the route that matches the path */
function readParams(pattern: string, path: string): Params {
  const params: Record<string, string> = {};
  const segments = splitPath(path);
  for (const [index, name] of splitPath(pattern).entries()) {
    if (!name.startsWith(":")) continue;
    const value = segments[index] as string;
    params[name.slice(1)] = value.includes("%") ? decodeURIComponent(value) : value;
  }
  return params;
}

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
function isPattern(path: string): boolean {
  return /:|\*$/.test(path);
}

/** The segments of a path. The root has one, which is empty. */
function splitPath(path: string): readonly string[] {
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
