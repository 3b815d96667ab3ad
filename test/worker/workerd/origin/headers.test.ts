import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { type OriginServer, type SeenRequest, startOriginServer, valuesOf } from "../../../support/origin-server.ts";
import { type OriginStack, parseAnswer, startOriginStack } from "../../../support/origin-stack.ts";

const names = [
  "X-MS-CLIENT-PRINCIPAL",
  "X-MS-CLIENT-PRINCIPAL-ID",
  "X-MS-CLIENT-PRINCIPAL-NAME",
  "X-MS-CLIENT-PRINCIPAL-IDP",
  "X-MS-TOKEN-AAD-ACCESS-TOKEN",
  "X-Entra-Tenant",
  "X-Entra-Client",
  "X-Entra-Agent",
  "X-Entra-Scopes",
  "X-Entra-Roles",
  "X-Entra-Omitted",
  "X-Original-URL",
  "X-MS-ORIGINAL-URL",
  "X-Astro-Path",
  "X-Rewrite-URL",
  "X-HTTP-Method-Override",
  "X-Method-Override",
  "X-Forwarded-User",
  "X-Forwarded-Groups",
  "X-Forwarded-Email",
  "X-Forwarded-Uri",
  "X-Forwarded-Prefix",
  "X-Forwarded-Host",
];

let origin: OriginServer;
let stack: OriginStack;
let serial = 0;

beforeAll(async () => {
  origin = await startOriginServer((_request, response) => response.end("ok"));
  stack = await startOriginStack({ vars: { ORIGIN_URL: origin.url } });
});
afterAll(() => Promise.all([stack.stop(), origin.stop()]));
beforeEach(() => {
  serial += 1;
});

/** Sends a request with these header lines, and returns the request at the origin. */
async function passOn(lines: readonly string[], method = "GET", body = ""): Promise<SeenRequest> {
  const query = `${serial}.${lines.length}.${Math.random()}`;
  const answer = parseAnswer(await stack.sendRaw(method, `/orders?${query}`, lines, body));
  expect(answer.status, answer.body).toBe(200);
  return origin.find(query);
}

describe("a header that a client forges", () => {
  it.each(names)("does not reach the origin, in any spelling on the wire: %s", async (name) => {
    const spellings = [
      name,
      name.toLowerCase(),
      name.toUpperCase(),
      ...[..."_.!#$%&'*+^`|~"].map((separator) => name.replaceAll("-", separator)),
      name.replace("-", "_"),
      name.replace(/-(?=[^-]*$)/, "_"),
    ];
    const seen = await passOn(spellings.map((spelling) => `${spelling}: forged`));
    expect(JSON.stringify(seen.headers)).not.toContain("forged");
  });

  it("leaves only the gate's headers on the wire, each once", async () => {
    const seen = await passOn(names.flatMap((name) => [`${name}: forged`, `${name}:forged`, `${name}: `]));
    expect(valuesOf(seen, "x-ms-client-principal-id")).toEqual([personas.member.oid]);
    expect(valuesOf(seen, "x-ms-client-principal-name")).toEqual([personas.member.username]);
    expect(valuesOf(seen, "x-ms-client-principal-idp")).toEqual(["aad"]);
    expect(valuesOf(seen, "x-entra-tenant")).toEqual([tenants.contoso.id]);
    expect(valuesOf(seen, "x-entra-client")).toEqual([clients.spa.clientId]);
    expect(valuesOf(seen, "x-entra-scopes")).toEqual(["access_as_user"]);
    expect(valuesOf(seen, "x-entra-roles")).toEqual([""]);
    expect(valuesOf(seen, "x-forwarded-host")).toEqual([new URL(stack.gateUrl).host]);
    const [principal] = valuesOf(seen, "x-ms-client-principal");
    const { claims } = JSON.parse(Buffer.from(principal!, "base64").toString());
    const typ = "http://schemas.microsoft.com/identity/claims/objectidentifier";
    expect(claims).toContainEqual({ typ, val: personas.member.oid });
    expect(valuesOf(seen, "x-entra-omitted")).toEqual([]);
  });

  it("cannot add a line to the gate's header", async () => {
    for (const line of [
      "X-Foo: a\r\n X-Entra-Roles: forged",
      "X-Entra-Roles : forged",
      "\u00a0X-Entra-Roles: forged",
    ]) {
      expect(parseAnswer(await stack.sendRaw("GET", "/orders?folded", [line])).status, line).toBe(400);
    }
    expect(origin.requests.filter(({ target }) => target.endsWith("?folded"))).toEqual([]);
  });

  it("cannot add a request after its body", async () => {
    const smuggled = "GET /orders?smuggled HTTP/1.1\r\nHost: x\r\nX-Entra-Roles: Orders.Admin\r\n\r\n";
    for (const [method, lines] of [
      ["GET", []],
      ["HEAD", []],
      ["GET", ["Upgrade: websocket"]],
      ["POST", ["Upgrade: websocket", "Connection: Upgrade, close"]],
      ["POST", ["Transfer-Encoding: chunked"]],
      ["POST", ["Transfer_Encoding: chunked"]],
      ["POST", ["Content_Length: 0"]],
    ] as const) {
      await stack.sendRaw(method, "/orders", lines, smuggled);
      await passOn([]);
    }
    expect(origin.requests.filter(({ target }) => target.includes("smuggled"))).toEqual([]);
  });

  it("does not change the method: an upgrade of POST stays POST", async () => {
    const lines = ["Upgrade: websocket", "Connection: Upgrade, close", "Sec-WebSocket-Version: 13"];
    const seen = await passOn([...lines, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="], "POST", "body");
    await seen.whole;
    expect([seen.method, seen.text()]).toEqual(["POST", "body"]);
    expect(valuesOf(seen, "upgrade")).toEqual([]);
  });
});

describe("Connection", () => {
  it("removes the headers that it nominates", async () => {
    const seen = await passOn(["Connection: close, X-Foo", "Connection: x-bar", "X-Foo: 1", "X-Bar: 2", "X-Baz: 3"]);
    expect([valuesOf(seen, "x-foo"), valuesOf(seen, "x-bar"), valuesOf(seen, "x-baz")]).toEqual([[], [], ["3"]]);
  });

  it("removes no header of the gate or of a proxy, and none that the origin needs", async () => {
    const nominated = [
      ...names,
      "Authorization",
      "Cookie",
      "Content-Type",
      "Content-Length",
      "Host",
      "X-Forwarded-For",
    ];
    const seen = await passOn(
      [
        `Connection: close, ${nominated.join(", ")}`,
        "Cookie: a=1",
        "Content-Type: text/x",
        "X-Forwarded-For: 192.0.2.1",
      ],
      "POST",
      "body",
    );
    await seen.whole;
    expect(valuesOf(seen, "authorization")).toEqual([`Bearer ${stack.token}`]);
    expect(valuesOf(seen, "cookie")).toEqual(["a=1"]);
    expect(valuesOf(seen, "content-type")).toEqual(["text/x"]);
    expect(valuesOf(seen, "content-length")).toEqual(["4"]);
    expect(valuesOf(seen, "host")).toEqual([new URL(origin.url).host]);
    expect(valuesOf(seen, "x-forwarded-for")).toEqual(["192.0.2.1"]);
    expect(valuesOf(seen, "x-entra-tenant")).toEqual([tenants.contoso.id]);
    expect(valuesOf(seen, "x-ms-client-principal-id")).toEqual([personas.member.oid]);
    expect(seen.text()).toBe("body");
  });
});

describe("a client's request", () => {
  it.each(["", "?", "?a=1&a=2&b", "?a=%2F%2f%20+&b=%zz", "?a=;b,c&d=!$()*:@/?"])(
    "keeps its query: %s",
    async (query) => {
      const before = origin.requests.length;
      await stack.sendRaw("GET", `/orders${query}`);
      expect(origin.requests.slice(before).map(({ target }) => target)).toEqual([`/orders${query}`]);
    },
  );

  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])(
    "keeps its body and length: %s",
    async (method) => {
      const seen = await passOn([], method, "hello");
      await seen.whole;
      expect([seen.method, seen.text()]).toEqual([method, "hello"]);
      expect(valuesOf(seen, "content-length")).toEqual(["5"]);
      expect(valuesOf(seen, "transfer-encoding")).toEqual([]);
    },
  );

  it("stays chunked if its length is unknown", async () => {
    const seen = await passOn(["Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"], "POST");
    await seen.whole;
    expect(seen.text()).toBe("hello");
    expect(valuesOf(seen, "transfer-encoding")).toEqual(["chunked"]);
    expect(valuesOf(seen, "content-length")).toEqual([]);
  });

  it.each(["GET", "HEAD"])("may declare an empty body: %s", async (method) => {
    expect(valuesOf(await passOn(["Content-Length: 0"], method), "transfer-encoding")).toEqual([]);
  });

  it.each(["GET", "HEAD"])("may have no body with %s, and none is forwarded", async (method) => {
    const answer = parseAnswer(await stack.sendRaw(method, "/orders?with-body", [], "hello"));
    expect(answer.status).toBe(501);
    expect(origin.requests.filter(({ target }) => target.endsWith("?with-body"))).toEqual([]);
  });

  it("keeps its other headers", async () => {
    const lines = ["Accept-Encoding: br;q=1.0, gzip;q=0.5", "Range: bytes=0-4", 'If-None-Match: "a"', "X_Custom: 1"];
    const seen = await passOn([...lines, "X-Twice: 1", "X-Twice: 2", "X-Latin: caf\u00e9"]);
    expect(valuesOf(seen, "accept-encoding")).toEqual(["br;q=1.0, gzip;q=0.5"]);
    expect(valuesOf(seen, "range")).toEqual(["bytes=0-4"]);
    expect(valuesOf(seen, "if-none-match")).toEqual(['"a"']);
    expect(valuesOf(seen, "x_custom")).toEqual(["1"]);
    expect(valuesOf(seen, "x-twice")).toEqual(["1", "2"]);
    expect(valuesOf(seen, "x-latin")).toEqual(["caf\u00e9"]);
  });
});

describe("Authorization", () => {
  it("is not forwarded with ORIGIN_AUTHORIZATION=strip, and no other header contains the token", async () => {
    const strict = await startOriginStack({ vars: { ORIGIN_URL: origin.url, ORIGIN_AUTHORIZATION: "strip" } });
    try {
      await strict.sendRaw("GET", "/orders?stripped");
      const seen = await origin.find("stripped");
      expect(valuesOf(seen, "authorization")).toEqual([]);
      expect(valuesOf(seen, "x-ms-client-principal-id")).toEqual([personas.member.oid]);
      expect(JSON.stringify(seen.headers)).not.toContain(strict.token);
    } finally {
      await strict.stop();
    }
  });
});
