/** A segment of a path, as a route or middleware declares it. */
export type Segment =
  | { readonly kind: "literal"; readonly text: string }
  | { readonly kind: "parameter" }
  /** A parameter of Hono with a regular expression: `:id{[0-9]+}`. */
  | { readonly kind: "expression"; readonly source: string }
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
function splitPattern(pattern: string): readonly string[] {
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
  return readExpression(source) === undefined ? undefined : { kind: "expression", source };
}

const digits = Array.from({ length: 12 }, (_, index) => "1234567890123".slice(0, index + 1));
const letters = Array.from({ length: 12 }, (_, index) => "abcdefghijklm".slice(0, index + 1));
/** Values of parameters as APIs have them: numbers, names, dates and identifiers. */
const usualWords = [
  ...[
    "x",
    "xx",
    "xxx",
    "xxxx",
    "0",
    "A",
    "AB",
    "Ab",
    "a1",
    "1a",
    "a-b",
    "a_b",
    "a.b",
    "v1",
    "1.0",
    "2026-11-25",
    "true",
  ],
  ...["00000000-0000-4000-8000-000000000000", "ABCDEF01-0000-4000-8000-000000000000", "a@example.com", "x.json"],
  ...["deadbeefdeadbeefdeadbeef", "deadbeefdeadbeefdeadbeefdeadbeef", "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"],
  ...digits,
  ...letters,
];
/** Characters that a class of usual characters does not have. */
const unusualWords = ["~", "x~"];
/** A count in a regular expression up to which a word is tried that is longer by one. */
const countMaximum = 1_000;
/** Longer ones take longer to try. */
const sourceCharactersMaximum = 200;

/** How a regular expression can match a segment. Hono puts it into others, in which an alternative can stand alone. */
export interface Expression {
  /** Words that it matches, then others. */
  readonly words: readonly string[];
  match(word: string): boolean;
}

const expressions = new Map<string, Expression | undefined>();

/**
 * Finds words that a regular expression matches, and similar words that it does not match.
 *
 * @returns `undefined` if no word is known that it matches, or if it may match more than one segment
 */
export function readExpression(source: string): Expression | undefined {
  if (!expressions.has(source)) expressions.set(source, createExpression(source));
  return expressions.get(source);
}

function createExpression(source: string): Expression | undefined {
  if (source.length > sourceCharactersMaximum || mayMatchSegments(source)) return undefined;
  let whole: RegExp;
  try {
    whole = new RegExp(`^(?:${source})$`);
  } catch {
    return undefined;
  }
  const named = source.match(/[\w-]+/g) ?? [];
  const words = [
    ...[...named, ...usualWords, ...named.flatMap((word) => [`${word}x`, `x${word}`])],
    ...[...unusualWords, ...listLongWords(source)],
  ];
  const matched = words.filter((word) => whole.test(word));
  if (matched.length === 0) return undefined;
  return {
    words: [...matched, ...words.filter((word) => !whole.test(word))],
    match: (word) => whole.test(word),
  };
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

/** Words that are too long for the counts in a regular expression: 41 characters for `{1,40}`. */
function listLongWords(source: string): readonly string[] {
  const counts = (source.match(/\d{1,4}(?=\})/g) ?? []).map(Number).filter((count) => count <= countMaximum);
  return counts.flatMap((count) => ["x", "0"].map((character) => character.repeat(count + 1)));
}

/** Words that are likely no literal of a route. */
const fillers = ["x", "xx", "xxx", "xxxx"];

/**
 * Lists paths of requests that a pattern of Hono matches, of which some may have a more specific route.
 *
 * @param router name of the router that reads it too
 */
export function listSamples(pattern: string, router: string): readonly string[] {
  const [segments] = (readPattern(pattern, [router]) ?? []).slice(-1);
  if (segments === undefined) return [];
  return fillers.map((filler, at) => {
    const texts = segments.map((segment) => {
      if (segment.kind === "literal") return segment.text;
      if (segment.kind !== "expression") return filler;
      const expression = readExpression(segment.source);
      const matched = expression?.words.filter((word) => expression.match(word)) ?? [];
      return matched[at] ?? matched[0];
    });
    return `/${texts.join("/")}`;
  });
}
