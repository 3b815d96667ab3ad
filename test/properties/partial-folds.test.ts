import { expect, it } from "vitest";
import { origin } from "../../src/app/build/origin.ts";
import type { Route } from "../../src/app/pipeline/route.ts";
import { isProtectedAlike } from "../../src/app/routing/protection.ts";
import { createRouter } from "../../src/app/routing/router.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { normalizePath } from "../../src/base/http/path.ts";
import { build } from "../support/routes.ts";

/** Ways in which an origin may read a whole path, before it divides it into segments. */
const cuts: readonly ((path: string) => string)[] = [
  (path) => path.replaceAll("\u2215", "/"),
  (path) => path.replace(/\?.*/s, ""),
];

/** Ways in which an origin may fold one segment. */
const folds: readonly ((segment: string) => string)[] = [
  (segment) => segment.toLowerCase(),
  (segment) => segment.toUpperCase().toLowerCase(),
  (segment) => segment.replace(/\.+$/, ""),
  (segment) => segment.trimStart(),
  (segment) => segment.trimEnd(),
  (segment) => segment.replace(/[. ]+$/, ""),
  (segment) => segment.replace(/::?\$.*/s, ""),
  (segment) => segment.replace(/:[^:]*:\$[^:]*$/s, ""),
  (segment) => segment.replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, ""),
];

const knownForms = new Map<string, readonly string[]>();

/** Everything that an origin may read in a segment, with any of the folds in any order. */
function foldVariously(segment: string): readonly string[] {
  const known = knownForms.get(segment);
  if (known !== undefined) return known;
  const forms = new Set([segment]);
  // The loop also visits the forms that it adds.
  for (const form of forms) for (const fold of folds) forms.add(fold(form));
  knownForms.set(segment, [...forms]);
  return [...forms];
}

/** Every path that an origin may read: each segment has its own folds, and the slash at the end is kept or not. */
function readVariously(path: string): ReadonlySet<string> {
  const wholes = new Set([path]);
  for (const whole of wholes) for (const cut of cuts) wholes.add(cut(whole));
  const readings = [...wholes].flatMap((whole) =>
    whole
      .slice(1)
      .split("/")
      .reduce(
        (starts, segment) => starts.flatMap((start) => foldVariously(segment).map((form) => `${start}/${form}`)),
        [""],
      ),
  );
  return new Set(readings.flatMap((reading) => [reading, reading.replace(/(.)\/+$/, "$1")]));
}

/** Routes that forward, each with the callers that it allows: `/a public`, `/b read`. */
function forwarding(...names: readonly string[]): readonly Route[] {
  return names.map((name) => {
    const [path, caller] = name.split(" ") as [string, string];
    const access = caller === "public" ? { public: true } : { middleware: [requireAuth(caller)] };
    return build({ method: "GET", path, handler: origin(), ...access });
  });
}

/**
 * The router of an origin with the same routes. The first that matches counts.
 *
 * @param lastParameter what a parameter at the end of a path matches: nothing too in Fastify, and elsewhere a name
 */
function createOriginRouter(
  routes: readonly Route[],
  lastParameter: "[^/]*" | "[^/]+",
): (path: string) => Route | undefined {
  const patterns = routes.map(({ path }) => {
    const pattern = path.replace(/:\w+$/, lastParameter).replace(/:\w+/g, "[^/]+").replace(/\/\*$/, "(?:/.*)?");
    return new RegExp(`^${pattern}$`, "s");
  });
  return (path) => routes.find((_, index) => patterns[index]!.test(path));
}

/** The most specific routes first. */
const tables = [
  forwarding("/files/secret read", "/files/x/* public", "/files/:name/audit admin", "/files/* public"),
  forwarding("/files/secret read", "/files/:name/audit read", "/files/:name admin"),
  forwarding("/files/x/audit public", "/files/x/:part read", "/files/:name/audit admin", "/* public"),
  forwarding("/:area/x/* public", "/:area/:name/audit read", "/:area/* public"),
  forwarding("/files/x/audit read", "/files/x/:part public", "/files/:name/7 admin", "/files/* public"),
];

const decorate = (name: string) => [
  name,
  name.toUpperCase(),
  `${name}.`,
  ` ${name}`,
  `${name}. .`,
  `${name}::$DATA`,
  `${name.toUpperCase()} :$i30:$INDEX_ALLOCATION`,
  `\u200b${name}\ufe0f`,
  `:$${name}`,
  `::$${name}`,
  `${name}:x:$DATA`,
];
const nothing = [
  ".:$x",
  ". ::$x",
  " :$x",
  "\u200b::$x",
  ":\u200d$x",
  ":\ufe0f:$x",
  "\u3164:$x",
  ":$",
  "::$DATA",
  ":x:$DATA",
];
const firsts = ["files", "FILES", "files. ", "files::$DATA", "::$files"];
const seconds = [
  ...["x", "secret", "7"].flatMap(decorate),
  ...nothing,
  "x\u2215audit",
  "X\u2215AUDIT",
  "X\u2215AUDIT?",
];
const thirds = [...decorate("audit"), "7 ", "X", ...nothing.slice(0, 3), "audit?", "AUDIT.?x"];

function* listPaths(): Generator<string> {
  for (const first of firsts) {
    for (const second of seconds) {
      for (const rest of ["", "/", ...thirds.flatMap((third) => [`/${third}`, `/${third}/`])]) {
        yield `/${first}/${second}${rest}`;
      }
    }
  }
}

it("no origin that folds some segments of a path finds a route that is protected otherwise", {
  tags: "route-of-origin",
}, () => {
  const paths = [...listPaths()].map((path) => {
    const normal = normalizePath(encodeURI(path).replaceAll("?", "%3f"));
    return { path, normal, readings: normal === undefined ? [] : [...readVariously(path)] };
  });
  const mismatches: string[] = [];
  let open = 0;
  for (const [index, routes] of tables.entries()) {
    const find = createRouter(routes);
    const origins = [createOriginRouter(routes, "[^/]+"), createOriginRouter(routes, "[^/]*")];
    for (const { path, normal, readings } of paths) {
      const target = normal === undefined ? undefined : find("GET", normal);
      if (target?.kind !== "route" && target?.kind !== "unlisted") continue;
      open += 1;
      const route = target.kind === "route" ? target.route : undefined;
      const others = origins
        .flatMap((findAtOrigin) => readings.map(findAtOrigin))
        .filter((other) => other !== undefined);
      if (others.some((other) => !isProtectedAlike(route, other))) mismatches.push(`${index} ${path}`);
    }
  }
  expect(mismatches).toEqual([]);
  expect(open).toBeGreaterThan(1_000);
});
