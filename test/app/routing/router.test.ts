import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { origin } from "../../../src/app/build/origin.ts";
import type { Route, RouteMatch } from "../../../src/app/pipeline/route.ts";
import { createRouter } from "../../../src/app/routing/router.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { tries } from "../../support/property.ts";
import { describePrototypes, inheritedNames } from "../../support/prototypes.ts";
import { build, declare } from "../../support/routes.ts";

function describeMatch(target: RouteMatch): string {
  if (target.kind !== "route") return target.kind;
  const params = JSON.stringify(Object.fromEntries(Object.entries(target.params).sort()));
  return params === "{}" ? target.route.name : `${target.route.name} ${params}`;
}

/** The target of a request: the name of a route with its parameters, or the kind of target. */
function find(routes: readonly Route[], name: string): string {
  const [method, path] = name.split(" ") as [string, string];
  return describeMatch(createRouter(routes)(method, path));
}

describe("a request", () => {
  const routes = declare("GET /", "GET /orders", "POST /orders", "GET /orders/:id", "GET /files/*", "GET /:a/x/:b");

  it.each([
    ["GET /", "GET /"],
    ["GET /orders", "GET /orders"],
    ["POST /orders", "POST /orders"],
    ["GET /orders/7", 'GET /orders/:id {"id":"7"}'],
    ["GET /orders/:id", 'GET /orders/:id {"id":":id"}'],
    ["GET /orders/%C3%A4%20b", 'GET /orders/:id {"id":"\u00e4 b"}'],
    ["GET /files/a", "GET /files/*"],
    ["GET /files/a/b/c", "GET /files/*"],
    ["GET /1/x/2", 'GET /:a/x/:b {"a":"1","b":"2"}'],
    ["HEAD /orders", "GET /orders"],
    ["HEAD /orders/7", 'GET /orders/:id {"id":"7"}'],
    ["HEAD /else", "unlisted"],
    ["PUT /orders", "unlisted"],
    ["OPTIONS /orders", "unlisted"],
    ["GET /orders/7/items", "unlisted"],
    ["GET /order", "unlisted"],
    ["GET /orders2", "unlisted"],
    ["GET /else", "unlisted"],
    ["GET /filesystem", "unlisted"],
  ])("%s goes to %s", (request, target) => {
    expect(find(routes, request)).toBe(target);
  });

  it("is routed by the normal form of its path, not by its URL", async () => {
    expect(find(declare("GET /not-this"), "GET /orders")).toBe("unlisted");
  });

  it.each(["GET /files", "GET /files/"])(
    "matches a wildcard at its root too, so that a guard of the whole subtree guards %s",
    async (request) => {
      expect(find(routes, request)).toBe("GET /files/*");
    },
  );

  it.each(["/$metadata", "/orders(1)", "/a.b", "/a+b", "/a'b", "/a!b", "/a,b=c", "/a@b", "/a~b", "/a&b"])(
    "matches %s by its letters, not as a pattern",
    async (path) => {
      const literal = declare(`GET ${path}`);
      expect(find(literal, `GET ${path}`)).toBe(`GET ${path}`);
      if (path !== "/") expect(find(literal, `GET ${path}x`)).toBe("unlisted");
      if (path === "/a.b") expect(find(literal, "GET /axb")).toBe("unlisted");
      if (path === "/a+b") expect(find(literal, "GET /aab")).toBe("unlisted");
    },
  );

  it("may have parameters whose names differ only in letter case", async () => {
    expect(find(declare("GET /:a/:A"), "GET /1/2")).toBe('GET /:a/:A {"A":"2","a":"1"}');
  });
});

describe("of several routes", () => {
  const names = [
    "GET /a/b",
    "GET /a/:x",
    "GET /a/*",
    "GET /:x/b",
    "GET /:x/:y",
    "GET /*",
    "GET /a/:x/c",
    "GET /a/:x/*",
  ];
  const expected: readonly (readonly [string, string])[] = [
    ["GET /a/b", "GET /a/b"],
    ["GET /a/z", 'GET /a/:x {"x":"z"}'],
    ["GET /a/z/c", 'GET /a/:x/c {"x":"z"}'],
    ["GET /a/z/d", 'GET /a/:x/* {"x":"z"}'],
    ["GET /z/b", 'GET /:x/b {"x":"z"}'],
    ["GET /z/z", 'GET /:x/:y {"x":"z","y":"z"}'],
    ["GET /z/z/z", "GET /*"],
  ];

  it.each(expected)("the most specific one matches: %s goes to %s", (request, target) => {
    expect(find(declare(...names), request)).toBe(target);
  });

  it("the same one matches in any order of declaration", async () => {
    const order = fc.shuffledSubarray(names, { minLength: names.length });
    await fc.assert(
      fc.asyncProperty(order, fc.constantFrom(...expected), async (shuffled, [request, target]) => {
        expect(find(declare(...shuffled), request)).toBe(target);
      }),
    );
  });
});

describe("a near miss", () => {
  const routes = declare(
    "GET /orders/:id/cancel",
    "GET /index",
    "GET /Reports",
    "POST /orders",
    "GET /files/*",
    "GET /$metadata",
  );

  it.each([
    "GET /orders/7/Cancel",
    "GET /ORDERS/7/cancel",
    "GET /orders/7/cancel/",
    "GET /reports",
    "GET /Reports/",
    "GET /REPORTS/",
    "HEAD /reports",
    "POST /Orders",
    "POST /orders/",
    "GET /FILES/a",
    "GET /$Metadata",
    "GET /Reports.",
    "GET /reports...",
    "GET /Reports%20",
    "GET /%20Reports",
    "GET /orders/7/cancel.%20.",
    "GET /orders./7/cancel",
    "GET /orders/7/CANCEL",
    "GET /Rep%E2%80%8Borts",
    "GET /orders/7/canc%C2%ADel",
    "GET /%C4%B1ndex",
    "GET /%C4%B0ndex",
    "GET /index::$DATA",
    "GET /index:$i30:$INDEX_ALLOCATION",
    "GET /index:x:$DATA",
    "GET /orders:$i30:$INDEX_ALLOCATION/7/cancel",
  ])("differs from a request that matches nothing: %s", async (request) => {
    expect(find(routes, request)).toBe("near-miss");
  });

  it.each(["%24metadata", "%24METADATA", "$metadata/"])(
    "includes a route under an encoding that origins decode: /%s",
    async (path) => {
      expect(find(routes, `GET /${path}`)).toBe("near-miss");
    },
  );

  it.each(["GET /Orders", "PUT /Reports/", "GET /orders/7/cancel/x", "GET /orders/7/cancell", "GET /index:batch"])(
    "is not %s, which matches nothing in any spelling",
    async (request) => {
      expect(find(routes, request)).toBe("unlisted");
    },
  );

  it.each([
    [["GET /orders/:id", "GET /orders/admin"], "GET /orders/Admin"],
    [["GET /orders/*", "GET /orders/admin"], "GET /orders/ADMIN"],
    [["GET /orders/*", "GET /orders/admin"], "GET /orders/admin/"],
    [["GET /orders/*", "GET /orders/admin"], "GET /orders/admin::$data"],
    [["GET /*", "GET /orders"], "GET /Orders"],
    [["GET /*", "GET /orders/:id/cancel"], "GET /orders/7/Cancel"],
  ])("of one route does not match another route: with %j, %s", async (names, request) => {
    expect(find(declare(...names), request)).toBe("near-miss");
  });
});

/**
 * Routes that forward, each with the callers that it allows: `GET /a public`, `GET /b default`, `GET /c orders.read`.
 */
function forwarding(...names: readonly string[]): Route[] {
  return names.map((name) => {
    const [method, path, caller] = name.split(" ") as [string, string, string];
    const access = { public: { public: true }, default: {} }[caller] ?? { middleware: [requireAuth(caller)] };
    return build({ method, path, handler: origin(), ...access });
  });
}

describe("a path that origins read in several ways", () => {
  const routes = forwarding(
    "GET /files/* public",
    "GET /files/secret read",
    "GET /files/notice public",
    "GET /items read",
    "GET /items/:id read",
    "GET /open/:id public",
  );

  it.each([
    "GET /files/secret%3F",
    "GET /files/%C5%9Becret",
    "GET /files/sec/(S(x))ret",
    "GET /files/x%E2%88%95..%E2%88%95secret",
    "GET /open/%3F",
    "GET /open/1%E2%81%842",
    "GET /open/%C2%A5100",
    "GET /files/(S(x))..",
    "GET /(S(x))/items/7",
    `GET /files/${"/(S(x))".repeat(500).slice(1)}`,
    `GET /else${"/(S(x))".repeat(500)}`,
  ])("is a near miss if one reading leads to a route with another requirement: %s", (request) => {
    expect(find(routes, request)).toBe("near-miss");
  });

  it.each([
    ["GET /files/notice%3F", "GET /files/*"],
    ["GET /files/%C5%9Bwiat", "GET /files/*"],
    ["GET /files/a%E2%88%95b", "GET /files/*"],
    ["GET /items/%23general", 'GET /items/:id {"id":"#general"}'],
    ["GET /items/%C5%82", 'GET /items/:id {"id":"\u0142"}'],
    ["GET /items/(7)", 'GET /items/:id {"id":"(7)"}'],
    ["GET /else/%C5%82", "unlisted"],
  ])("matches its own route if all readings have the same protection: %s goes to %s", (request, target) => {
    expect(find(routes, request)).toBe(target);
  });
});

describe("a method", () => {
  const routes = forwarding(
    "GET /docs/* read",
    "GET /docs/secret read",
    "GET /docs/:id/pages admin",
    "GET /docs/open public",
    "GET /Docs/index read",
    "HEAD /docs/* public",
    "HEAD /docs/index public",
    "HEAD /docs/:id/pages public",
    "POST /docs/* public",
    "POST /docs/:id/pages public",
    "DELETE /docs/* default",
    "PUT /docs/* write",
    "OPTIONS /docs/* public",
    "HEAD /docs/x/:part public",
  );

  it.each([
    ["HEAD /docs/secret", "GET /docs/secret"],
    ["HEAD /docs/open", "GET /docs/open"],
    ["HEAD /docs/other", "HEAD /docs/*"],
    ["HEAD /docs/index", "HEAD /docs/index"],
    ["HEAD /docs/7/pages", 'HEAD /docs/:id/pages {"id":"7"}'],
    ["HEAD /docs/x/y", 'HEAD /docs/x/:part {"part":"y"}'],
    ["POST /docs/other", "POST /docs/*"],
    ["POST /docs/open", "POST /docs/*"],
    ["POST /docs/7/pages", 'POST /docs/:id/pages {"id":"7"}'],
    ["DELETE /docs/open", "DELETE /docs/*"],
    ["PUT /docs/secret", "PUT /docs/*"],
    ["PUT /docs/7/pages", "PUT /docs/*"],
    ["OPTIONS /docs/other", "OPTIONS /docs/*"],
  ])("matches the route that declares it: %s goes to %s", (request, target) => {
    expect(find(routes, request)).toBe(target);
  });

  it.each(["POST /docs/secret", "DELETE /docs/secret", "DELETE /docs/7/pages", "OPTIONS /docs/secret"])(
    "is a near miss if its route requires less than the GET route of that path: %s",
    (request) => {
      expect(find(routes, request)).toBe("near-miss");
    },
  );

  it("HEAD is a near miss if an origin could read the path as that of a more specific GET route", () => {
    expect(find(routes, "GET /docs/secret%3F")).toBe("GET /docs/*");
    expect(find(routes, "HEAD /docs/secret%3F")).toBe("near-miss");
  });

  it.each(["HEAD", "POST", "DELETE"])("%s is a near miss if GET is a near miss", (method) => {
    const guarded = forwarding(
      "GET /docs/secret read",
      `${method} /docs/* ${method === "DELETE" ? "default" : "public"}`,
    );
    for (const path of ["SECRET", "secret/", "secret%3F"])
      expect(find(guarded, `${method} /docs/${path}`)).toBe("near-miss");
    expect(find(guarded, `${method} /docs/else`)).toBe(`${method} /docs/*`);
  });

  it.each(inheritedNames)("%s has no route, and changes no prototype", (method) => {
    const before = describePrototypes();
    expect(find(routes, `${method} /docs/7/pages`)).toBe("unlisted");
    expect(find(routes, `${method} /docs/x%E2%88%95..%E2%88%95secret`)).toBe("near-miss");
    expect(find(declare("GET /orders/:id"), `${method} /${method}/${method}`)).toBe("unlisted");
    expect(describePrototypes()).toEqual(before);
  });

  it("OPTIONS with its own answer reveals nothing about GET", () => {
    const handler = () => ({ status: 204 });
    const answered = build({ method: "OPTIONS", path: "/docs/*", public: true, handler });
    expect(find([...forwarding("GET /docs/secret read"), answered], "OPTIONS /docs/secret")).toBe("OPTIONS /docs/*");
  });
});

describe("the fast path past near misses", () => {
  const names = ["GET /orders/:id/cancel", "GET /orders", "GET /files/*", "GET /a.b/$metadata"];
  /** This router has a route that differs from its folded form, so it folds every path. */
  const slow = createRouter(declare(...names, "GET /Upper"));
  const quick = createRouter(declare(...names));

  it("has the same result as the full search, for any path", () => {
    const pieces = fc.constantFrom(
      ..."/ordescancelfilesab.:$ \tA7%-\u00e9\u0131\u200b\u2215\u0142",
      "/orders",
      "/cancel",
      "/files",
      "/a.b",
      "/$metadata",
      "%20",
      "%2e",
      "::$data",
      "/(S(x))",
      "%3f",
      "%23",
    );
    const path = fc.array(pieces, { maxLength: 8 }).map((parts) => `/${parts.join("")}`.replace("//", "/"));
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        path.filter((text) => URL.canParse(text, "https://a") && isDecodable(text)),
        (text) => {
          const target = describeMatch(quick("GET", text));
          seen.add(target.split(" ")[0]!);
          expect([text, target]).toEqual([text, describeMatch(slow("GET", text))]);
        },
      ),
      tries(20_000),
    );
    expect([...seen].sort()).toEqual(["GET", "near-miss", "unlisted"]);
  });

  it.each(["/orders ", "/ orders", "/orders\t", "/files /x"])("is not used for white space: %j", (path) => {
    expect(describeMatch(quick("GET", path))).toBe("near-miss");
  });
});

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
