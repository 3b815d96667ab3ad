/** A segment of a path, as a route or middleware declares it. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter" }
  /** A parameter of Hono with a regular expression: `:id{[0-9]+}`. */
  | { readonly kind: "expression"; readonly source: string; readonly expression: RegExp }
  /** All paths from here on, and the one before. Only the last segment is one. */
  | { readonly kind: "rest" };

/** The router of Hono that compares each segment by itself, so that it reads every path as it is written. */
const plainRouter = "TrieRouter";

const literal = /^[^:*{}?]+$/;
const parameter = /^:[^{}?]+(?:\{(.+)\})?$/;

/**
 * Reads a path of an App, of Hono or of DaloyJS. A path of Hono with optional parameters stands for several:
 * `/orders/:id?` matches as `/orders` and `/orders/:id`.
 *
 * @param routers names of the routers of Hono that read it too
 * @returns the segments of each path that it stands for; `undefined` if the requests that it matches are not known
 */
export function readPattern(pattern: string, routers: readonly string[]): readonly (readonly Segment[])[] | undefined {
  const texts = pattern === "/" || pattern === "*" ? [] : splitPattern(pattern);
  const isOptional = pattern.endsWith("?");
  const ends = isOptional ? texts.flatMap((text, index) => (text.endsWith("?") ? [index] : [])) : [];
  // Older versions of Hono read a question mark in a regular expression of such a path as optional too.
  if (isOptional && countText(pattern, "?") > ends.length) return undefined;
  const segments = texts.map((text, index) =>
    readSegment(isOptional ? text.replace(/\?$/, "") : text, index === texts.length - 1),
  );
  if (pattern === "*") return [[{ kind: "rest" }]];
  const known = segments.filter((segment) => segment !== undefined);
  if (known.length < segments.length) return undefined;
  if (routers.some((router) => router !== plainRouter) && isMisread(pattern, known)) return undefined;
  if (routers.includes("PatternRouter") && texts.some((text) => /^:\w*[^\w{?]/.test(text))) return undefined;
  return [...ends.map((end) => known.slice(0, end)), known];
}

/** What to do about a path of which `needsPlainRouter` is true. */
export const plainRouterAdvice = `new Hono({ router: new ${plainRouter}() }) reads this path as it is written`;

/** Whether a router of Hono reads a path in its own way, and `TrieRouter` does not. */
export function needsPlainRouter(pattern: string, routers: readonly string[]): boolean {
  return readPattern(pattern, routers) === undefined && readPattern(pattern, [plainRouter]) !== undefined;
}

/**
 * Whether RegExpRouter of Hono reads a part of a path as its own syntax: it joins all paths with parameters into one
 * regular expression, does not escape `|`, marks places with `@1` and `#1`, and removes `.*$`. In it, `\1` is the value
 * of a parameter, as `\k` can be for PatternRouter.
 */
function isMisread(pattern: string, segments: readonly Segment[]): boolean {
  if (segments.every(({ kind }) => kind === "literal")) return false;
  return (
    /[@#]\d|\.\*\$|\\[1-9k]/.test(pattern) ||
    segments.some((segment) => segment.kind === "literal" && segment.text.includes("|"))
  );
}

/** A slash in a regular expression ends no segment. */
export function splitPattern(pattern: string): readonly string[] {
  const [first = "", ...parts] = pattern.replace(/^\//, "").split("/");
  const segments = [first];
  let last = first;
  for (const part of parts) {
    const isOpen = countText(last, "{") > countText(last, "}");
    last = isOpen ? `${last}/${part}` : part;
    if (isOpen) segments[segments.length - 1] = last;
    else segments.push(last);
  }
  return segments;
}

function countText(text: string, sought: string): number {
  return text.split(sought).length - 1;
}

function readSegment(text: string, isLast: boolean): Segment | undefined {
  if (text === "*") return isLast ? { kind: "rest" } : { kind: "parameter" };
  if (literal.test(text) || text === "") return { kind: "literal", text };
  const [own, source] = parameter.exec(text) ?? [];
  if (own === undefined) return undefined;
  if (source === undefined) return { kind: "parameter" };
  // One that matches everything is how Hono names the rest of a path.
  if (source === ".*" || source === ".+") return isLast ? { kind: "rest" } : undefined;
  const expression = mayMatchSegments(source) ? undefined : readExpression(source);
  return expression && { kind: "expression", source, expression };
}

/** Hono puts it into others, in which an alternative can stand alone. */
function readExpression(source: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source})$`);
  } catch {
    return undefined;
  }
}

/** A character, or a set of characters, that a regular expression consumes. */
const consumers = /\\(?:x[\da-f]{2}|u[\da-f]{4}|[0-3][0-7]{2}|[0-7]{2}|.)|\[(?:\\.|[^\]\\])*\]|./gis;

/**
 * Whether a regular expression may match more than one segment: a slash, or with an alternative outside a group.
 * TrieRouter compares `^fr|de$` with the rest of the path, so `{fr|de}` matches `/entry/de`. A slash behind the first
 * brace ends a segment for Hono.
 */
function mayMatchSegments(source: string): boolean {
  if (source.includes("}") && source.indexOf("}") < source.lastIndexOf("/")) return true;
  let depth = 0;
  return (source.match(consumers) ?? []).some((consumer) => {
    if (consumer === "(") depth += 1;
    if (consumer === ")") depth -= 1;
    if (consumer === "|") return depth === 0;
    return consumer === "/" || consumer === "." || (/^[\\[]/.test(consumer) && matchesSlash(consumer));
  });
}

function matchesSlash(consumer: string): boolean {
  try {
    return new RegExp(`^${consumer}$`).test("/");
  } catch {
    return true;
  }
}

/**
 * Marks in a path the segments that a regular expression matches, without one of them: `{[0-9]+}`. It is the text of
 * the expression in the pattern.
 */
export function markOf(source: string): string {
  return `{${source}}`;
}

/** Marks the segments that none of the regular expressions at their place matches. */
export const otherMark = markOf("");

export function isMark(text: string): boolean {
  return text.startsWith("{");
}

/** Whether a segment of a pattern matches one of a path, or all those that a mark stands for. */
export function matchesSegment(segment: Segment, text: string): boolean {
  if (segment.kind === "literal") return segment.text === text;
  if (segment.kind === "expression")
    return isMark(text) ? text === markOf(segment.source) : segment.expression.test(text);
  return text !== "";
}

/** Whether one of the paths that a pattern stands for matches a path, which can have marks. */
export function matchesPath(read: readonly (readonly Segment[])[], path: string): boolean {
  const texts = path === "/" ? [] : splitPattern(path);
  return read.some((segments) => {
    const own = segments.filter(({ kind }) => kind !== "rest");
    const isLong = own.length < segments.length ? texts.length >= own.length : texts.length === own.length;
    return isLong && own.every((segment, index) => matchesSegment(segment, texts[index]!));
  });
}

/** Words that are likely no literal of a route. */
const fillers = ["x", "xx", "xxx", "xxxx"];

/**
 * Lists paths of requests that a pattern of Hono matches, of which some may have a more specific route. They have marks
 * in place of regular expressions.
 *
 * @param router name of the router that reads it too
 */
export function listSamples(pattern: string, router: string): readonly string[] {
  const [segments] = (readPattern(pattern, [router]) ?? []).slice(-1);
  if (segments === undefined) return [];
  return fillers.map((filler) => {
    const texts = segments.map((segment) => {
      if (segment.kind === "literal") return segment.text;
      return segment.kind === "expression" ? markOf(segment.source) : filler;
    });
    return `/${texts.join("/")}`;
  });
}
