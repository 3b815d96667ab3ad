import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";
import type { HeaderField, HttpRequest } from "../../../support/http.ts";
import {
  expectRefusal,
  expectRefused,
  forbidden,
  notFound,
  plaintext,
  type Refusal,
  unauthenticated,
} from "../../../support/refusal.ts";

/** Any caller may request /open/*, members /items/:id, and no caller /admin. */
const fleet = await startFleetOf({ paths: { entry: "test/gates/paths.ts" } });
afterAll(() => fleet.stop());

const ambiguous = notFound("path_ambiguous");
const ambiguousMessage: Refusal = {
  status: 400,
  title: "Bad Request",
  detail: "The headers of the request are ambiguous.",
  log: { reason: "message_ambiguous" },
};
const lookalike = notFound("route_unlisted");
const neverGranted = forbidden("scope_missing", "never.granted");

async function asMember(request: HttpRequest): Promise<HttpRequest> {
  const { token } = await fleet.forge("paths");
  return { ...request, headers: [...(request.headers ?? []), ["Authorization", `Bearer ${token}`]] };
}

/** Sends a request that names a host, and checks that the origin gets nothing. */
async function expectUnreached(request: HttpRequest, refusal: Refusal): Promise<void> {
  const before = await fleet.ledger();
  await expectRefused(fleet, "paths", await fleet.send("paths", await asMember(request)), refusal);
  expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
}

describe("an ambiguous path is refused, with and without a token", { tags: "route-of-origin" }, () => {
  const rows: readonly (readonly [name: string, path: string])[] = [
    ["H01 two slashes before the route", "//admin"],
    ["H01 two slashes inside of a public route", "/open//x"],
    ["H01 three slashes", "///admin"],
    ["H01 a host in place of a path", "//evil.example/admin"],
    ["H01 two slashes at the end", "/open/x//"],
    ["H02 dot segments out of a public route", "/open/../admin"],
    ["H02 encoded dot segments", "/open/%2e%2e/admin"],
    ["H02 half encoded dot segments", "/open/.%2E/admin"],
    ["H02 backslashes", "/open\\..\\admin"],
    ["H02 an encoded backslash", "/open%5cadmin"],
    ["H02 a dot segment at the end", "/open/.."],
    ["H02 a single dot", "/./admin"],
    ["H02 an encoded single dot", "/open/%2e"],
    ["H02 dot segments that stay inside of the public route", "/open/a/../b"],
    ["H02 a dot segment with an encoded slash", "/open/..%2fadmin"],
    ["H02 an encoded slash", "/open%2Fx"],
    ["H02 an encoding of an encoding", "/open/%252e%252e/admin"],
    ["H02 an encoded slash, encoded again", "/open/..%252fadmin"],
    ["H02 dots and a space", "/open/..%20/admin"],
    ["H02 a space and dots", "/open/%20../admin"],
    ["H02 dots with a space between", "/open/.%20./admin"],
    ["H02 three dots", "/open/.../admin"],
    ["H02 only a space", "/open/%20/admin"],
    ["H02 dots and a byte order mark", "/open/..%ef%bb%bf/admin"],
    ["H02 dots with a zero-width space between", "/open/.%e2%80%8b./admin"],
    ["H02 dots and a soft hyphen", "/open/..%c2%ad/admin"],
    ["H07 a parameter of a segment", "/admin;a=1"],
    ["H07 a parameter of a dot segment", "/open/..;/admin"],
    ["H07 an encoded semicolon", "/open/..%3b/admin"],
    ["H07 a semicolon before the slash", "/open;/admin"],
    ["H08 an overlong dot", "/open/%c0%ae%c0%ae/admin"],
    ["H08 an overlong slash", "/open%c0%afadmin"],
    ["H08 a full-width slash", "/open%ef%bc%8fadmin"],
    ["H08 full-width dots", "/open/%ef%bc%8e%ef%bc%8e/admin"],
    ["H08 a two-dot leader", "/open/%e2%80%a5/admin"],
    ["H08 a small semicolon", "/admin%ef%b9%94a"],
    ["H08 a NUL", "/admin%00"],
    ["H08 a line feed", "/admin%0a"],
    ["H08 a carriage return and a line feed", "/open/x%0d%0aX-Entra-Roles:%20Orders.Admin"],
    ["H08 a TAB", "/ad%09min"],
    ["H08 a delete", "/open/%7f"],
    ["H08 a next-line character", "/open/%c2%85"],
    ["H08 half a character", "/open/%c3"],
    ["H08 a surrogate", "/open/%ed%a0%80"],
    ["H08 a percent sign without digits", "/open/%zz"],
    ["H08 a percent sign at the end", "/open/%"],
    ["H08 a template variable", "/open/..%u002f"],
  ];
  for (const [name, path] of rows) {
    it(name, async () => {
      await expectRefusal(fleet, "paths", { path }, ambiguous);
      await expectRefusal(fleet, "paths", await asMember({ path }), ambiguous);
    });
  }
});

describe("a path that an origin could read as a route gets 404 after authentication", {
  tags: "route-of-origin",
}, () => {
  const rows: readonly (readonly [name: string, path: string])[] = [
    ["H06 a slash at the end", "/admin/"],
    ["H06 upper case", "/ADMIN"],
    ["H06 mixed case", "/Admin"],
    ["H06 a dot at the end", "/admin."],
    ["H06 a space at the end", "/admin%20"],
    ["H06 a dotless i", "/adm%c4%b1n"],
    ["H06 a zero-width space", "/ad%e2%80%8bmin"],
    ["H06 a soft hyphen", "/%c2%adadmin"],
    ["H06 a space in front", "/%20admin"],
    ["H06 a public route in upper case", "/OPEN/x"],
    ["H06 a parameter and a slash", "/items/7/"],
    ["H04 an encoded letter, in upper case", "/%41dmin"],
  ];
  for (const [name, path] of rows) {
    it(name, async () => {
      await expectRefusal(fleet, "paths", { path }, unauthenticated("credential_missing"));
      await expectRefusal(fleet, "paths", await asMember({ path }), lookalike);
    });
  }
});

describe("the route depends only on the path", () => {
  const rows: readonly (readonly [name: string, request: HttpRequest])[] = [
    ["H04 an encoded letter", { path: "/%61dmin" }],
    ["H04 all letters encoded", { path: "/%61%64%6d%69%6e" }],
    ["H04 a public path in the query", { path: "/admin?/open/x" }],
    ["H04 a public path in the fragment", { path: "/admin#/open/x" }],
    ["H11 another method in a header", withHeader("X-HTTP-Method-Override", "OPTIONS")],
    ["H11 another method in another header", withHeader("X-Method-Override", "HEAD")],
    ["H11 another method in the query", { path: "/admin?_method=OPTIONS" }],
    ["H10 another path in X-Original-URL", withHeader("X-Original-URL", "/open/x")],
    ["H10 another path in X-Rewrite-URL", withHeader("X-Rewrite-URL", "/open/x")],
    ["H10 another path in X-Forwarded-Uri", withHeader("X-Forwarded-Uri", "/open/x")],
    ["H10 another path in X-Forwarded-Prefix", withHeader("X-Forwarded-Prefix", "/open")],
    ["H10 another path in X-Envoy-Original-Path", withHeader("X-Envoy-Original-Path", "/open/x")],
    ["H10 a sub-request of a framework", withHeader("x-middleware-subrequest", "middleware:middleware")],
    ["H09 another host in a header", withHeader("X-Forwarded-Host", "open.contoso.example")],
    ["H09 another host in Forwarded", withHeader("Forwarded", 'host="open.contoso.example";proto=https')],
  ];
  for (const [name, request] of rows) {
    it(name, async () => {
      await expectRefusal(fleet, "paths", request, unauthenticated("credential_missing"));
      await expectRefusal(fleet, "paths", await asMember(request), neverGranted);
    });
  }

  function withHeader(...field: HeaderField): HttpRequest {
    return { path: "/admin", headers: [field] };
  }
});

describe("another host", () => {
  const rows: readonly (readonly [name: string, request: HttpRequest])[] = [
    ["H09 in Host", { host: "evil.example" }],
    ["H09 in Host, and loopback in the request line", { path: "http://127.0.0.1/open/x", host: "evil.example" }],
    ["H09 a longer host than loopback", { host: "127.0.0.1.evil.example" }],
    ["H09 a longer host than localhost", { host: "localhost.evil.example" }],
  ];
  for (const [name, request] of rows) {
    it(`${name} is not served without encryption`, () => expectUnreached({ path: "/open/x", ...request }, plaintext));
  }

  const inRequestLine = [
    ["H09 a host", "http://evil.example"],
    ["H09 a host in upper case", "HTTP://EVIL.EXAMPLE"],
    ["H09 another scheme", "https://evil.example"],
    ["H09 a user name", "http://127.0.0.1@evil.example"],
    ["H09 a port", "http://127.0.0.1:1"],
  ] as const;
  for (const [name, origin] of inRequestLine) {
    it(`${name} in the request line changes neither the route nor the origin`, async () => {
      await expectUnreached({ path: `${origin}/admin` }, neverGranted);
      await expectUnreached({ path: `${origin}/open/../admin` }, ambiguous);
      const answer = await fleet.send("paths", await asMember({ path: `${origin}/open/x` }));
      expect(answer.status).toBe(200);
      expect((await fleet.ledger()).origin.last?.url).toBe("https://origin.contoso.example/open/x");
    });
  }

  it.each(["127.0.0.1@evil.example", "evil.example@127.0.0.1", "user:password@127.0.0.1"])(
    "H09 a user name in the host is refused: %s",
    (host) => expectUnreached({ path: "/open/x", host }, ambiguousMessage),
  );

  it("H09 an asterisk instead of a path is refused", () =>
    expectUnreached({ path: "*", method: "OPTIONS" }, ambiguous));
});
