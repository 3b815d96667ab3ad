import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startGateStack } from "../../support/gate-runtime.ts";
import { type HeaderField, sendRequest } from "../../support/http.ts";
import type { Stack } from "../../support/stack.ts";

let stack: Stack;
let token: string;

beforeAll(async () => {
  stack = await startGateStack({ gateEntry: "test/gates/readings.ts" });
  token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
});

afterAll(() => stack.stop());

beforeEach(async () => {
  await fetch(`${stack.originUrl}/local/requests`, { method: "DELETE" });
});

async function countAtOrigin(): Promise<number> {
  const { count } = (await (await fetch(`${stack.originUrl}/local/requests`)).json()) as { count: number };
  return count;
}

interface Question {
  readonly method?: string;
  readonly credential?: string;
  readonly headers?: readonly HeaderField[];
}

/** Sends a request target unchanged. */
async function ask(path: string, { method = "GET", credential, headers = [] }: Question = {}): Promise<number> {
  const all: HeaderField[] = [...headers];
  if (credential !== undefined) all.push(["Authorization", `Bearer ${credential}`]);
  return (await sendRequest(stack.gateUrl, { method, path, headers: all })).status;
}

/** Paths that a program reads as that of a closed route. */
const disguises: readonly (readonly [path: string, reader: string])[] = [
  ["/files/secret%3f", "Apache's mod_rewrite"],
  ["/files/secret%3Fx=1", "Apache's mod_rewrite"],
  ["/files/a%3fb/keys%3fc", "Apache's mod_rewrite with QSLast"],
  ["/files/secret%23", "a server behind nginx"],
  ["/files/secret%23/x", "a server behind nginx"],
  ["/files/secret%23%3f", "a server behind nginx"],
  ["/files/SECRET%3f", "mod_rewrite on a file system that ignores letter case"],
  ["/(S(x))/admin/users", "ASP.NET"],
  ["/(A(x)F(y))/admin/users", "ASP.NET"],
  ["/(X(1)A(x)F(y)S(z))/admin/users", "ASP.NET"],
  ["/(F())/admin/users", "ASP.NET"],
  ["/(S(x))admin/users", "ASP.NET"],
  ["/admin/(S(x))/users", "ASP.NET"],
  ["/admin/users/(S(x))", "ASP.NET"],
  ["/admin/users/(S(x))/", "ASP.NET"],
  ["/prot/(S(X))ected", "ASP.NET, CVE-2023-36899"],
  ["/(S(X))/prot/(S(X))ected", "ASP.NET, CVE-2023-36899"],
  ["/prot/(S(X))ected/(S(X))/", "ASP.NET, CVE-2023-36560"],
  ["/files/(S(x))/secret", "ASP.NET"],
  ["/files/sec/(S(x))ret%3f", "ASP.NET behind mod_rewrite"],
  ["/%28S%28x%29%29/admin/users", "ASP.NET, encoded"],
  ["/%20(S(x))/admin/users", "ASP.NET, after a space"],
  ["/%e2%80%8d(S(x))/admin/users", "ASP.NET, after an invisible character"],
  ["/files/private%e2%88%95a", "Windows, U+2215 in code page 1252"],
  ["/files/private%e2%81%84a", "Windows, U+2044 in code page 1252"],
  ["/files/private%e2%88%96a", "Windows, U+2216 in code page 1252"],
  ["/files/private%c2%a5a", "Windows, the yen sign in code page 932"],
  ["/files/private%e2%82%a9a", "Windows, the won sign in code page 949"],
  ["/files/x%e2%88%95..%e2%88%95..%e2%88%95admin%e2%88%95users", "Windows, dot segments between U+2215"],
  ["/files/..%c2%a5admin%c2%a5users", "Windows, dot segments between yen signs"],
  ["/admin%e2%88%95users", "Windows, U+2215"],
  ["/files/secret%c2%bf", "Windows, U+00BF, then mod_rewrite"],
  ["/files/%c5%82%c3%b3d%c5%ba", "Windows, the letters of code page 1252"],
  ["/files/l%c3%b8dz", "Windows, U+00F8"],
  ["/files/lo%c4%91z", "Windows, U+0111"],
  ["/files/lo%c3%b0z", "Windows, U+00F0 in code page 932"],
  ["/files/s%c3%b0cret", "Windows, U+00F0 in code page 936"],
  ["/files/%c5%9becr%c4%99t", "Windows, letters with marks"],
  ["/files/%c3%9fecret", "Windows, U+00DF"],
  ["/files/%cf%83%ce%b5cre%cf%84", "Windows, Greek letters"],
  ["/files/sec%e2%88%95..%e2%88%95secret%23", "Windows behind nginx"],
  ["/files/report.php/x", "PHP, with PATH_INFO"],
  ["/files/report.php/x/y.css", "PHP, with PATH_INFO"],
  ["/files/REPORT.php/x", "PHP on a file system that ignores letter case"],
  ["/files/report.php%20/x", "PHP on Windows"],
  ["/files/report.php/secret%3f", "PHP behind mod_rewrite"],
  ["/files/%c3%a9.txt/report.php/..%e2%88%95x", "PHP on Windows"],
  ["/cgi-bin/report/x", "a CGI program, with PATH_INFO"],
  ["/CGI-BIN/report/x", "a CGI program, on a file system that ignores letter case"],
  ["/files/index.php/secret", "an application whose only script is index.php"],
  ["/index.php/admin/users", "an application whose only script is index.php"],
  ["/files/secret/index.html", "a server with folders"],
  ["/files/secret/Default.aspx", "IIS"],
  ["/index.php/files/secret/index.html/x", "PHP, with PATH_INFO"],
  ["/files/secret&", "a rewrite to index.php?url=$1"],
  ["/files/secret%26", "a rewrite to index.php?url=$1"],
  ["/files/secret&x=1", "a rewrite to index.php?url=$1"],
  ["/files/x&url=files/secret", "a rewrite to index.php?url=$1"],
  ["/files/x%26url%3d/files/secret%26y", "a rewrite to index.php?url=$1"],
  ["/files/x&url=../admin/users", "a rewrite to index.php?url=$1, and resolves dot segments"],
  ["/files/..&x", "a rewrite to index.php?url=$1, and resolves dot segments"],
  ["/cgi-bin./report/x", "a CGI program on Windows"],
  ["/files/secret/%20index.html", "a server with folders, and removes spaces"],
  ["/files/Shared%e2%88%95KEYS", "Windows, and ignores letter case only in the last segment"],
  ["/files/orders/", "Fastify, whose parameters match nothing too"],
  ["/files/ORDERS/", "Fastify without letter case"],
  ["/files/x&url=files/orders/", "Fastify behind a rewrite to index.php?url=$1"],
  ["/files/secret%ef%b8%8f", "a program that drops invisible characters"],
  ["/files/%e3%85%a4secret", "a program that drops invisible characters"],
];

/** Paths with a segment that a program reads as nothing or decodes twice. */
const refused: readonly (readonly [path: string, reader: string])[] = [
  ["/files/::$x/keys/", "Express, which ignores the slash at the end"],
  ["/files/:$x/KEYS", "Express, which ignores letter case"],
  ["/files/.:$x/Keys", "Express, which ignores letter case"],
  ["/files/..%20::$x/keys.", "a program that removes dots at the end"],
  ["/files/%e2%80%8b:$x/KEYS", "Express, which ignores letter case"],
  ["/files/:%e2%81%a0$x/KEYS", "Express, which ignores letter case"],
  ["/files/%3a%24DATA", "Windows"],
  ["/files/%25u0073ecret", "ASP.NET, decoding twice"],
  ["/files/%25U0073ecret", "a program that decodes twice"],
  ["/files/%2573ecret", "a program that decodes twice"],
  ["/files/x%25u002f..%25u002fsecret", "ASP.NET, decoding twice"],
];

describe("a path that an origin reads as another route", () => {
  it.each(disguises)(
    "%s does not reach that route without a token, for %s",
    { tags: "route-of-origin" },
    async (path) => {
      expect(await ask(path)).toBe(401);
      expect(await countAtOrigin()).toBe(0);
    },
  );

  it.each(disguises)("%s does not reach that route with another route's token, for %s", async (path) => {
    expect(await ask(path, { credential: token })).toBe(404);
    expect(await countAtOrigin()).toBe(0);
  });
});

describe("a path that programs read too differently", () => {
  it.each(refused)("%s is refused before authentication, for %s", async (path) => {
    expect(await ask(path)).toBe(404);
    expect(await ask(path, { credential: token })).toBe(404);
    expect(await countAtOrigin()).toBe(0);
  });

  it("does not reach the route of a parameter with the requirement of other paths", async () => {
    const method = "DELETE";
    expect(await ask("/users/7", { method, credential: token })).toBe(403);
    for (const path of ["/users/:$7/", "/users/::$7/", "/users/7/", "/users/7::$x/", "/users/"]) {
      expect(await ask(path, { method, credential: token })).toBe(404);
    }
    expect(await countAtOrigin()).toBe(0);
  });
});

describe("a path that no origin reads as another route", () => {
  it.each([
    "/files/%c5%9bwiat",
    "/files/%c5%81%c3%b3d%c5%ba%20noc%c4%85",
    "/files/%e6%9d%b1%e4%ba%ac",
    "/files/%d0%bc%d0%b8%d1%80",
    "/files/%c3%a5r/%c3%b8l.txt",
    "/files/what%3f",
    "/files/%231%20of%202",
    "/files/1%e2%81%842",
    "/files/%c2%a5100",
    "/files/%f0%9f%8e%89",
    "/files/(S(x))",
    "/files/report(1)",
    "/files/(copy)/secret",
    "/files/secrets%3f",
    "/files/a.txt/b",
    "/files/report.phps/x",
    "/files/index.html",
    "/files/service.svc/x",
    "/files/Barnes%20&%20Noble",
    "/files/v1.0/x",
    "/files/x:batch",
    "/files/x::$DATA",
    "/files/:7/x",
    "/files/$metadata",
    "/files/100%25u/x",
    "/files/shared/x",
    "/files/shared/",
    "/files/orders",
    "/files/open/",
  ])("%s is allowed", async (path) => {
    expect(await ask(path)).toBe(200);
    expect(await countAtOrigin()).toBe(1);
  });

  it.each([
    ["AspFilterSessionId", "ASP.NET"],
    ["SCRIPT_NAME", "gunicorn"],
    ["Script_Name", "gunicorn"],
  ])("is forwarded without %s, at which %s would cut the path", async (header) => {
    expect(await ask("/files/x", { headers: [[header, "/files"]] })).toBe(200);
    const { last } = (await (await fetch(`${stack.originUrl}/local/requests`)).json()) as {
      last: { headers: Record<string, string> };
    };
    expect(Object.keys(last.headers)).not.toContain(header.toLowerCase());
  });
});

describe("a method whose pattern requires less than the GET route", () => {
  it.each([
    ["HEAD", "/files/secret", 401, 403],
    ["HEAD", "/files/private/a", 401, 403],
    ["HEAD", "/files/secret%3f", 401, 404],
    ["HEAD", "/files/SECRET", 401, 404],
    ["POST", "/files/secret", 401, 404],
    ["POST", "/files/private/a", 401, 404],
    ["POST", "/files/secret%3f", 401, 404],
    ["POST", "/files/Secret", 401, 404],
    ["POST", "/files/report.php/x", 401, 404],
    ["HEAD", "/files/report.php/x", 401, 404],
    ["POST", "/files/secret/index.php", 401, 404],
    ["OPTIONS", "/files/secret", 401, 404],
    ["DELETE", "/files/secret", 401, 404],
  ])("%s %s does not reach the origin", { tags: "method-patterns" }, async (method, path, anonymous, member) => {
    expect(await ask(path, { method })).toBe(anonymous);
    expect(await ask(path, { method, credential: token })).toBe(member);
    expect(await countAtOrigin()).toBe(0);
  });

  it.each([
    ["HEAD", "/files/open", undefined],
    ["HEAD", "/files/secret/size", undefined],
    ["POST", "/files/open", undefined],
    ["OPTIONS", "/files/open", undefined],
    ["DELETE", "/files/open", "member"],
    ["PUT", "/files/secret", "member"],
  ])("%s %s goes to its own route, as %s", async (method, path, persona) => {
    expect(await ask(path, { method, ...(persona && { credential: token }) })).toBe(200);
    expect(await countAtOrigin()).toBe(1);
  });

  it("a preflight is answered as for any path", async () => {
    const headers: HeaderField[] = [
      ["Origin", "https://app.contoso.example"],
      ["Access-Control-Request-Method", "GET"],
    ];
    expect(await ask("/files/secret", { method: "OPTIONS", headers })).toBe(204);
    expect(await countAtOrigin()).toBe(0);
  });
});
