import type { Script } from "../../project/script.ts";
import type { Edit } from "./edits.ts";
import {
  describeLink,
  findObstacle,
  type HonoSource,
  type Item,
  isRoute,
  type Link,
  listMiddleware,
} from "./hono-source.ts";

/** A route that can be public, or why not. */
export interface Candidate {
  /** `GET /health`. */
  readonly name: string;
  readonly path: string;
  readonly item: Item;
  /** Why it cannot be public. */
  readonly obstacle: string | undefined;
}

/** Lists the routes and parts of an app with a literal path. */
export function listCandidates(script: Script, source: HonoSource): readonly Candidate[] {
  return source.items.flatMap((item) =>
    item.links
      .filter((link) => isRoute(link) && link.path !== undefined)
      .map((link) => ({
        name: describeLink(link),
        path: link.path ?? "",
        item,
        obstacle: findObstacle(script, source, item),
      })),
  );
}

export interface HonoEdits {
  /** What each route requires: `requireAuth("access_as_user")`. */
  readonly rule: string;
  /** Names that the rule needs, of `entra-gate/hono`. */
  readonly names: readonly string[];
  /** Routes that stay public, in the order of the text. */
  readonly open: readonly Item[];
  /** Whether the app gets an `export`, so that a test can import it. */
  readonly isExported: boolean;
}

/**
 * Adds `entra()` before the routes, and a requirement to each. Public routes move before `entra()`. Middleware that
 * stays before it gets a mark, without which no rule could be proved.
 */
export function protectHono(
  script: Script,
  source: HonoSource,
  { rule, names, open, isExported }: HonoEdits,
): readonly Edit[] {
  const { text } = script;
  const { anchor, isAnchorChained, honoImport, name, statement } = source;
  const quote = text.slice(honoImport.start, honoImport.end).includes("'") ? "'" : '"';
  const end = text.slice(statement.start, statement.end).endsWith(";") ? ";" : "";
  const quoted = (code: string) => (quote === "'" ? code.replaceAll('"', "'") : code);
  const guarded = source.items.filter((item) => item.start >= anchor && !open.includes(item));
  const routes = guarded.flatMap(({ links }) => links).filter(takesRule);
  const marked = source.items
    .filter(({ start }) => start < anchor)
    .flatMap(({ links }) => links.flatMap(listMiddleware));
  const used = [
    ...new Set(["entra", ...(marked.length > 0 ? ["passThrough"] : []), ...(routes.length > 0 ? names : [])]),
  ].sort();
  const imported = `import { ${used.join(", ")} } from "entra-gate/hono"${end}`;
  const moved = open.map((item) => locate(text, item));
  const guard = isAnchorChained ? `${findBreak(text, source)}.use(entra())` : `\n${name}.use(entra())${end}`;
  return [
    { start: honoImport.start, end: honoImport.start, text: `${quoted(imported)}\n` },
    { start: anchor, end: anchor, text: [...moved.map((each) => each.moved), guard].join("") },
    ...moved.map(({ start, end: last }) => ({ start, end: last, text: "" })),
    ...routes.map(({ name: method, args }) => {
      const after = args[method === "on" ? 1 : 0]!.end;
      return { start: after, end: after, text: `, ${quoted(rule)}` };
    }),
    ...marked.flatMap(({ start, end: last }) => [
      { start, end: start, text: "passThrough(" },
      { start: last, end: last, text: ")" },
    ]),
    ...(isExported ? [{ start: statement.start, end: statement.start, text: "export " }] : []),
  ];
}

/**
 * Whether a call is a route with handlers that can follow a requirement. Types of Hono do not allow it before a spread.
 */
function takesRule({ name, path, args }: Link): boolean {
  if (name === "on") return args.length > 2 && args.every(({ type }) => type !== "SpreadElement");
  const isMethod = ["get", "post", "put", "patch", "delete", "all"].includes(name);
  return isMethod && path !== undefined && args.length > 1 && args.every(({ type }) => type !== "SpreadElement");
}

/** What is between the calls of a chain: a new line and its indentation, or nothing. */
function findBreak(text: string, { items, anchor }: HonoSource): string {
  const next = items.find((item) => item.isChained && item.start >= anchor);
  const [found = ""] = /^\s*/.exec(text.slice(next?.start ?? anchor)) ?? [];
  return next === undefined ? "" : found;
}

/** Finds the text to move. A statement moves with the comments directly above it. */
function locate(text: string, { isChained, start, end }: Item): { start: number; end: number; moved: string } {
  if (isChained) return { start, end, moved: text.slice(start, end) };
  let from = text.lastIndexOf("\n", start - 1) + 1;
  for (;;) {
    const above = text.lastIndexOf("\n", from - 2) + 1;
    if (from === 0 || !/^\s*(?:\/\/|\/\*|\*)/.test(text.slice(above, from))) break;
    from = above;
  }
  const after = text.indexOf("\n", end);
  const to = after === -1 ? text.length : after;
  // With the line break before it, and one of the empty lines around it.
  const isBetweenEmptyLines = text[from - 2] === "\n" && text.startsWith("\n\n", to);
  return { start: Math.max(0, from - 1), end: to + Number(isBetweenEmptyLines), moved: `\n${text.slice(from, to)}` };
}
