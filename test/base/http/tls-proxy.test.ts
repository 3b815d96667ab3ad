import { describe, expect, it } from "vitest";
import { readTarget } from "../../../src/base/http/call.ts";

const api = "https://api.contoso.example";
const tlsProxy = {
  origins: new Map([
    ["api.contoso.example", api],
    ["api.contoso.example:443", api],
    ["api.contoso.example:8443", `${api}:8443`],
    ["[2001:db8::1]", "https://[2001:db8::1]"],
    ["localhost", "https://localhost"],
  ]),
  hops: 1,
};

interface Question {
  readonly method?: string;
  /** As a runtime makes it from the request line and `Host`. */
  readonly url?: string;
  readonly host?: string | null;
  readonly proto?: string | null;
  readonly more?: readonly (readonly [string, string])[];
}

function read(question: Question = {}, probePath?: string) {
  const { method = "GET", host = "api.contoso.example", proto = "https", more = [] } = question;
  const { url = `http://${host}/orders` } = question;
  const fields = [
    ...(host === null ? [] : [["host", host] as const]),
    ...(proto === null ? [] : [["x-forwarded-proto", proto] as const]),
    ...more,
  ];
  const headers = new Headers(fields.map(([name, value]): [string, string] => [name, value]));
  return readTarget({ method, url, headers }, { addresses: new Set(tlsProxy.origins.values()), tlsProxy }, probePath);
}

describe("the address of a request behind a proxy that ends TLS", () => {
  it.each<[string, Question, string]>([
    ["a usual request", {}, `${api}/orders`],
    ["a path and a query as they were sent", { url: "http://api.contoso.example/a%41?b=%2f#c" }, `${api}/a%41?b=%2f#c`],
    ["a host in upper case", { host: "API.Contoso.EXAMPLE" }, `${api}/orders`],
    ["the default port", { host: "api.contoso.example:443" }, `${api}/orders`],
    ["another port", { host: "api.contoso.example:8443" }, `${api}:8443/orders`],
    ["IPv6", { host: "[2001:DB8::1]", url: "http://[2001:db8::1]/orders" }, "https://[2001:db8::1]/orders"],
    ["an https request line", { url: `${api}/orders` }, `${api}/orders`],
    ["a request line with the default port", { url: `${api}:443/orders` }, `${api}/orders`],
    ["a request line in upper case", { url: "HTTPS://API.contoso.example/orders" }, `${api}/orders`],
    ["a host on loopback", { host: "localhost" }, "https://localhost/orders"],
  ])("is that of GATE_URL, with %s", (_, question, url) => {
    const { fault, ...target } = read(question);
    expect([fault, target.url]).toEqual([undefined, url]);
    expect(target.path).toBe(new URL(url).pathname.replace("%41", "A"));
  });

  it("is kept apart from those of other requests", () => {
    const hosts = ["api.contoso.example", "localhost", "api.contoso.example:8443"];
    for (const first of hosts) {
      for (const host of hosts) {
        read({ host: first });
        expect(read({ host }).url).toBe(`https://${host}/orders`);
      }
    }
  });

  it.each([
    "evil.example",
    "api.contoso.example.",
    "api.contoso.example:",
    "api.contoso.example:80",
    "api.contoso.example:0443",
    "api.contoso.example.evil.example",
    "x.api.contoso.example",
    "127.0.0.1",
    "[::1]",
    "[2001:db8:0::1]",
  ])("is not served for the host %s", (host) => {
    expect(read({ host })).toMatchObject({ path: "", fault: { reason: "host_not_served" } });
  });

  it.each([
    "api.contoso.example/public?",
    "api.contoso.example/public#",
    "api.contoso.example#",
    "api.contoso.example\\public?",
    "user@api.contoso.example",
    "user:password@api.contoso.example",
    "api.contoso.example@evil.example",
    "api.contoso.example%2fpublic",
    "api.contoso.example public",
  ])("has no part of a host that is more than a host: %s", { tags: "proxy-address" }, (host) => {
    // Deno makes the first of these URLs, and Bun the second.
    for (const url of [`http://${host}/orders`, "/orders", "http://api.contoso.example/orders"]) {
      expect(read({ host, url })).toMatchObject({ path: "", fault: { reason: "message_ambiguous" } });
    }
  });

  it.each<[string, Question]>([
    ["no host", { host: null, url: "http://localhost:8787/orders" }],
    ["an empty host", { host: "", url: "http://localhost:8787/orders" }],
    ["no host, and an address in the request line", { host: null, url: `${api}/orders` }],
    ["a repeated host", { more: [["host", "api.contoso.example"]] }],
    ["two hosts", { more: [["host", "evil.example"]] }],
    ["another authority in the request line", { url: "https://evil.example/orders" }],
    ["another port in the request line", { url: `${api}:8443/orders` }],
    ["a user name in the request line", { url: "https://user@api.contoso.example/orders" }],
    ["a longer authority in the request line", { url: "http://api.contoso.example.evil.example/orders" }],
    ["no authority in the URL", { url: "/orders" }],
    ["another transfer coding", { more: [["transfer-encoding", "gzip, chunked"]] }],
  ])("is ambiguous with %s", (_, question) => {
    expect(read(question)).toMatchObject({ path: "", fault: { reason: "message_ambiguous" } });
  });

  it.each<[string, Question]>([
    ["without a path", { url: "https://api.contoso.example?orders" }],
    ["with a path of two readings", { url: "http://api.contoso.example/a/../orders" }],
    ["with two slashes", { url: "http://api.contoso.example//evil.example/orders" }],
  ])("is refused %s", (_, question) => {
    expect(read(question)).toMatchObject({ path: "", fault: { reason: "path_ambiguous" } });
  });

  it.each(["TRACE", "CONNECT", "post"])("is refused with the method %s", (method) => {
    expect(read({ method }).fault).toEqual({ reason: "method_not_supported" });
  });
});

describe("X-Forwarded-Proto behind a proxy that ends TLS", () => {
  const refusals: readonly [string | null, NonNullable<Question["more"]>, string][] = [
    [null, [], "absent"],
    ["https", [["x-forwarded-proto", "https"]], "repeated"],
    ["https,http", [], "repeated"],
    ["", [["x-forwarded-proto", "https"]], "repeated"],
    ["http", [], "other"],
    ["HTTPS", [], "other"],
    ["wss", [], "other"],
    ["", [], "other"],
    ["https;", [], "other"],
    ['"https"', [], "other"],
  ];

  it.each(refusals)("must be https, once: %j %j", (proto, more, forwardedProto) => {
    for (const question of [{}, { url: `${api}/orders` }, { host: "localhost" }, { method: "OPTIONS" }]) {
      expect(read({ ...question, proto, more })).toMatchObject({
        path: "",
        fault: { reason: "plaintext_transport", forwardedProto },
      });
    }
  });

  it.each([
    ["forwarded", "proto=https"],
    ["x-forwarded-ssl", "on"],
    ["x-forwarded-port", "443"],
    ["cf-visitor", '{"scheme":"https"}'],
    ["front-end-https", "on"],
    ["x-forwarded-scheme", "https"],
    ["x_forwarded_proto", "https"],
  ])("has no substitute: %s", (name, value) => {
    expect(read({ proto: null, more: [[name, value]] }).fault).toMatchObject({ forwardedProto: "absent" });
  });

  it.each(["x-forwarded-host", "x-host", "x-original-host", "forwarded"])(
    "is the only header about the address: not %s",
    (name) => {
      const value = name === "forwarded" ? "host=evil.example" : "evil.example";
      expect(read({ more: [[name, value]] }).url).toBe(`${api}/orders`);
    },
  );

  it("changes nothing without the variable", () => {
    const headers = new Headers({ host: "api.contoso.example", "x-forwarded-proto": "https" });
    const { fault } = readTarget({ method: "GET", url: "http://api.contoso.example/orders", headers }, {});
    expect(fault).toEqual({ reason: "plaintext_transport" });
  });
});

describe("a probe behind a proxy that ends TLS", () => {
  const health = "/health";

  it.each<[string, Question]>([
    ["an address", { host: "10.0.0.7:8787" }],
    ["another name", { host: "gate.internal" }],
    ["a name of GATE_URL", {}],
  ])("needs no header, with %s", (_, question) => {
    for (const method of ["GET", "HEAD"]) {
      const url = `http://${question.host ?? "api.contoso.example"}${health}`;
      const { path, fault } = read({ ...question, method, url, proto: null }, health);
      expect([path, fault]).toEqual([health, undefined]);
    }
  });

  it.each(["http://localhost:8787/health", "/health", "/health?x=http://y/z"])("needs no Host: %s", (url) => {
    for (const host of [null, ""]) {
      const target = read({ host, url, proto: null }, health);
      expect([target.fault, target.path]).toEqual([undefined, health]);
      expect(target.url.startsWith(`${api}/health`)).toBe(true);
    }
  });

  it.each<[string, Question, string]>([
    ["another method", { method: "POST", url: "http://10.0.0.7/health", host: "10.0.0.7" }, "host_not_served"],
    ["OPTIONS", { method: "OPTIONS", url: "http://api.contoso.example/health" }, "plaintext_transport"],
    ["another path", { url: "http://10.0.0.7/health/x", host: "10.0.0.7" }, "host_not_served"],
    ["a path of two readings", { url: "http://10.0.0.7/x/../health", host: "10.0.0.7" }, "host_not_served"],
    ["a path from Host", { url: "http://10.0.0.7/health?/orders", host: "10.0.0.7/health?" }, "message_ambiguous"],
    ["a path from Host, in Bun", { url: "/orders", host: "10.0.0.7/health?" }, "message_ambiguous"],
    ["two hosts", { url: "http://10.0.0.7/health", host: "10.0.0.7, 10.0.0.8" }, "message_ambiguous"],
    ["another authority", { url: "http://10.0.0.8/health", host: "10.0.0.7" }, "message_ambiguous"],
  ])("is refused with %s", (_, question, reason) => {
    expect(read({ ...question, proto: null }, health)).toMatchObject({ path: "", fault: { reason } });
  });

  it("has no exception without a public health page", () => {
    expect(read({ url: "http://api.contoso.example/health", proto: null }).fault).toMatchObject({
      reason: "plaintext_transport",
    });
  });
});
