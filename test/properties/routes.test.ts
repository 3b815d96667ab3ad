import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { App, origin, requireAuth } from "../../src/index.ts";
import { bearer, createGateWorld } from "../support/gate-world.ts";
import { tries } from "../support/property.ts";

let token: string;
beforeAll(async () => {
  token = await bearer();
});

const routes = new App()
  .route({ method: "GET", path: "/open/*", public: true, handler: origin() })
  .route({ method: "GET", path: "/items/:id", middleware: [requireAuth("access_as_user")], handler: origin() })
  .route({ method: "GET", path: "/items/all", middleware: [requireAuth("never.granted")], handler: origin() })
  .route({ method: "GET", path: "/admin", middleware: [requireAuth("never.granted")], handler: origin() });

/**
 * Characters as IIS and programs on Windows convert them: rows of Microsoft's tables (unicode.org,
 * MAPPINGS/VENDORS/MICSFT/WindowsBestFit), each of one code page.
 */
const bestFits: readonly Readonly<Record<string, string>>[] = [
  // bestfit1252.txt
  {
    "\u0142": "l",
    "\u0119": "e",
    "\u0144": "n",
    "\u0101": "a",
    "\u2044": "/",
    "\u2215": "/",
    "\u2216": "\\",
    "\u2212": "-",
    "\u03b1": "a",
  },
  // bestfit932.txt
  { "\u00a5": "\\", "\u00ed": "i", "\u00e0": "a", "\u00f0": "d" },
  // bestfit936.txt, bestfit950.txt
  { "\u00f0": "e", "\u0111": "d" },
  // bestfit949.txt
  { "\u20a9": "\\", "\u00e0": "a" },
];

/** Ways in which an origin may read a path. Each is applied alone and after the others. */
const readings: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => path.toLowerCase(),
  (path) => path.replace(/\/+/g, "/"),
  (path) => path.replace(/(.)\/+$/, "$1"),
  (path) => path.replace(/;[^/]*/g, ""),
  (path) => path.replaceAll("\\", "/"),
  (path) => path.normalize("NFKC"),
  (path) => path.toUpperCase().toLowerCase(),
  (path) => path.replace(/\p{Cf}/gu, ""),
  (path) => path.trim(),
  (path) => path.replace(/[. ]+(?=\/|$)/g, ""),
  (path) => path.split("\0")[0]!,
  // mod_rewrite, splitout_queryargs in mod_rewrite.c of httpd: the first question mark, the last with QSLast;
  // CVE-2024-38474. nginx, ngx_http_split_args in try_files.
  (path) => path.split("?")[0]!,
  (path) => path.replace(/\?[^?]*$/, ""),
  // A server behind nginx that gets a decoded `$uri`: ngx_http_parse_complex_uri drops the fragment, as others do.
  (path) => path.split("#")[0]!,
  // RemoveCookielessValuesFromPath in CookielessHelper.cs of Microsoft's reference source: the last; and
  // RemoveAppPathModifier in HttpResponse.cs: the first, within a name too (CVE-2023-36899, CVE-2023-36560).
  (path) => path.replace(/^(.*)\/\((?:[A-Z]\([^)/]*\))+\)(?=\/)/s, "$1"),
  (path) => path.replace(/\/\((?:[A-Z]\([^)/]*\))+\)/, ""),
  ...bestFits.map((fits) => (path: string) => path.replace(/[^\0-\x7f]/g, (character) => fits[character] ?? character)),
  decodeLeniently,
  (path) => URL.parse(path.replace(/^[/\\]+/, "/"), "https://origin.example")?.pathname ?? path,
];

function decodeLeniently(path: string): string {
  return path.replace(/(?:%[0-9a-f]{2})+/gi, (triplets) => {
    const bytes = Uint8Array.from(triplets.slice(1).split("%"), (digits) => Number.parseInt(digits, 16));
    return new TextDecoder().decode(bytes);
  });
}

function readAll(path: string): ReadonlySet<string> {
  const seen = new Set([path]);
  for (let round = 0; round < 3; round += 1) {
    for (const known of [...seen]) for (const read of readings) seen.add(read(known));
  }
  return seen;
}

/** Finds the route as the origin would. */
function routeOf(path: string): string {
  if (path === "/admin" || path === "/items/all") return "guarded";
  if (/^\/items\/[^/]+$/.test(path)) return "item";
  return /^\/open(?:\/|$)/.test(path) ? "open" : "other";
}

const piece = fc.oneof(
  fc.constantFrom(
    "open",
    "items",
    "admin",
    "/admin",
    "/items/all",
    "all",
    "OPEN",
    "Admin",
    "%61dmin",
    "a%64min",
    "x",
    "7",
  ),
  fc.constantFrom(
    "/",
    "//",
    "/./",
    "/../",
    "%2f",
    "%5c",
    "\\",
    ";",
    ";a=1",
    "%3b",
    ".",
    "..",
    "%2e",
    "%2E%2e",
    "%00",
    "%20",
    "%252f",
    "admin.",
    "admin%20",
    "?",
    "#",
  ),
  fc.constantFrom(
    "\uff0f",
    "%ef%bc%8f",
    "%c0%af",
    "%e2%80%a5",
    "%c4%b1",
    "adm%c4%b1n",
    "ad%e2%80%8bmin",
    "%c2%ad",
    "%e2%80%8d",
    "%c5%bf",
    "\u212a",
    "%e2%84%aa",
    "~",
    "=",
    ",",
  ),
  fc.constantFrom(
    "%3f",
    "%23",
    "/(S(x))",
    "/(A(x)F(y))",
    "(S(x))",
    "ad/(S(x))min",
    "\u2044",
    "%e2%88%95",
    "%e2%88%96",
    "%c2%a5",
    "\u20a9",
    "\u00e0dm\u00ed\u0144",
    "\u0101%c4%91min",
    "a%c5%82l",
    "%c3%b0",
    "\u015bwiat",
  ),
  fc.string({ maxLength: 2 }),
);
const anyPath = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join("")}`),
  fc
    .tuple(fc.constantFrom("/open", "/items"), fc.array(piece, { maxLength: 5 }))
    .map(([start, rest]) => `${start}/${rest.join("")}`),
);

it("for any path, the gate applies the policy of the route that an origin matches, in every reading of the path", {
  tags: "route-of-origin",
}, async () => {
  const { ask, forwarded } = createGateWorld({ routes });
  const counts = { open: 0, item: 0, other: 0, guarded: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(anyPath, fc.boolean(), async (path, authenticated) => {
      const before = forwarded.length;
      await ask(`https://api.contoso.example${path}`, authenticated ? { token } : {});
      const request = forwarded[before];
      if (request === undefined) {
        counts.refused += 1;
        return;
      }
      const { pathname } = new URL(request.url);
      const applied = routeOf(pathname);
      // Without a token, only the public route is allowed; with this token, all but the route that is never granted.
      expect(authenticated ? ["open", "item", "other"] : ["open"]).toContain(applied);
      // A path that an origin cuts may end with a slash. The gate applies the policy of the path without the slash.
      for (const reading of readAll(pathname)) {
        expect(routeOf(reading.replace(/(.)\/+$/, "$1")), reading).toBe(applied);
      }
      counts[applied as keyof typeof counts] += 1;
    }),
    tries(1_000),
  );
  expect(counts.open).toBeGreaterThan(50);
  expect(counts.item).toBeGreaterThan(20);
  expect(counts.refused).toBeGreaterThan(200);
});
