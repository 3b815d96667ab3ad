import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Route } from "../../src/app/route.ts";
import { createRouter, type Target } from "../../src/app/router.ts";
import { tries } from "../support/property.ts";
import { declare } from "../support/routes.ts";

function describeTarget(target: Target): string {
  if (target.kind !== "route") return target.kind;
  const params = JSON.stringify(Object.fromEntries(Object.entries(target.params).sort()));
  return params === "{}" ? target.route.name : `${target.route.name} ${params}`;
}

/** Where a request goes: the name of a route with its parameters, or the kind of target. */
function find(routes: readonly Route[], name: string): string {
  const [method, path] = name.split(" ") as [string, string];
  return describeTarget(createRouter(routes)(method, path));
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

  it("goes by the normal form of its path, not by its URL", async () => {
    expect(find(declare("GET /not-this"), "GET /orders")).toBe("unlisted");
  });

  it.each(["GET /files", "GET /files/"])(
    "is below a wildcard at its root too: a guard of all below guards %s",
    async (request) => {
      expect(find(routes, request)).toBe("GET /files/*");
    },
  );

  it.each(["/$metadata", "/orders(1)", "/a.b", "/a+b", "/a'b", "/a!b", "/a,b=c", "/a@b", "/a~b", "/a&b"])(
    "finds %s by its letters, not as a pattern",
    async (path) => {
      const literal = declare(`GET ${path}`);
      expect(find(literal, `GET ${path}`)).toBe(`GET ${path}`);
      if (path !== "/") expect(find(literal, `GET ${path}x`)).toBe("unlisted");
      if (path === "/a.b") expect(find(literal, "GET /axb")).toBe("unlisted");
      if (path === "/a+b") expect(find(literal, "GET /aab")).toBe("unlisted");
    },
  );

  it("may have parameters whose names differ by case alone", async () => {
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

  it.each(expected)("the most specific is found: %s goes to %s", (request, target) => {
    expect(find(declare(...names), request)).toBe(target);
  });

  it("it is found in whatever order they were declared", async () => {
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
    "GET /orders:$i30:$INDEX_ALLOCATION/7/cancel",
  ])("is told from a request that matches nothing: %s", async (request) => {
    expect(find(routes, request)).toBe("near-miss");
  });

  it.each(["%24metadata", "%24METADATA", "$metadata/"])(
    "is also a route under an encoding that origins undo: /%s",
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
  ])("of one route is not another route's request: of %j, %s", async (names, request) => {
    expect(find(declare(...names), request)).toBe("near-miss");
  });
});

describe("a short cut past near misses", () => {
  const names = ["GET /orders/:id/cancel", "GET /orders", "GET /files/*", "GET /a.b/$metadata"];
  /** With a route that is not its own folded form, every path is folded. */
  const slow = createRouter(declare(...names, "GET /Upper"));
  const quick = createRouter(declare(...names));

  it("comes out where the long way does, for any path", () => {
    const pieces = fc.constantFrom(
      ..."/ordescancelfilesab.:$ \tA7%-\u00e9\u0131\u200b",
      "/orders",
      "/cancel",
      "/files",
      "/a.b",
      "/$metadata",
      "%20",
      "%2e",
      "::$data",
    );
    const path = fc.array(pieces, { maxLength: 8 }).map((parts) => `/${parts.join("")}`.replace("//", "/"));
    const seen = new Set<string>();
    fc.assert(
      fc.property(
        path.filter((text) => URL.canParse(text, "https://a") && isDecodable(text)),
        (text) => {
          const target = describeTarget(quick("GET", text));
          seen.add(target.split(" ")[0]!);
          expect([text, target]).toEqual([text, describeTarget(slow("GET", text))]);
        },
      ),
      tries(20_000),
    );
    expect([...seen].sort()).toEqual(["GET", "near-miss", "unlisted"]);
  });

  it.each(["/orders ", "/ orders", "/orders\t", "/files /x"])("is not taken for white space as it is: %j", (path) => {
    expect(describeTarget(quick("GET", path))).toBe("near-miss");
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
