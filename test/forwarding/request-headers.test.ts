import { describe, expect, it } from "vitest";
import type { OriginAuthorization } from "../../src/core/config/origin.ts";
import { countBytes } from "../../src/forwarding/request-headers.ts";
import { findOutgoing, requestWith, toUrl } from "../support/origin.ts";

/** The client's headers that reach the origin, without those that the gate adds. */
async function passOn(headers: HeadersInit, method = "GET"): Promise<Record<string, string>> {
  const [sent, bare] = await Promise.all([
    findOutgoing(requestWith(headers, method)),
    findOutgoing(requestWith({}, method)),
  ]);
  return Object.fromEntries([...sent.headers].filter(([name, value]) => bare.headers.get(name) !== value));
}

describe("headers of the client", () => {
  it.each([
    ["another path", ["X-Original-URL", "X-Original-URI", "X-Rewrite-URL", "X-Forwarded-Uri", "X-Forwarded-Prefix"]],
    [
      "another path, for some servers",
      ["X-Envoy-Original-Path", "X-WAWS-Unencoded-URL", "X-Script-Name", "X-Forwarded-Path"],
    ],
    [
      "another path, for frameworks on hosts that rewrite URLs",
      ["X-MS-Original-URL", "X-Astro-Path", "X-Astro-Locals"],
    ],
    ["another path, for CGI and WSGI", ["Script-Name", "Path-Info", "Request-URI", "Query-String", "Script-Filename"]],
    ["another method, for CGI and WSGI", ["Request-Method"]],
    ["another server, for CGI and WSGI", ["Server-Name", "Server-Port", "Server-Protocol", "HTTPS"]],
    ["another method", ["X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Original-Method"]],
    ["another host", ["X-Host", "X-Original-Host", "X-Forwarded-Server", "X-HTTP-Host-Override", "Forwarded"]],
    ["another scheme", ["X-Forwarded-Scheme", "X-Forwarded-Ssl", "X-Forwarded-Port", "X-Scheme", "Front-End-Https"]],
    [
      "another caller",
      ["X-Forwarded-User", "X-Forwarded-Groups", "X-Forwarded-Email", "X-Forwarded-Preferred-Username"],
    ],
    ["another caller, for some servers", ["X-Auth-Request-User", "Remote-User", "X-Remote-User", "X-Remote-Group"]],
    [
      "the caller of a proxy",
      ["X-WebAuth-User", "X-Authenticated-Userid", "X-Goog-IAP-JWT-Assertion", "X-Amzn-Oidc-Data"],
    ],
    ["the caller of a service mesh", ["X-Forwarded-Client-Cert", "X-Endpoint-API-UserInfo", "X-Authentik-Username"]],
    [
      "the consumer of a gateway",
      ["X-Consumer-Username", "X-Consumer-Groups", "X-Credential-Identifier", "X-Anonymous-Consumer", "X-Userinfo"],
    ],
    ["the user of a private network", ["X-Pomerium-Claim-Email", "X-Pomerium-Jwt-Assertion", "Tailscale-User-Login"]],
    ["a certificate", ["Client-Cert", "Client-Cert-Chain", "X-Client-Cert", "X-ARR-ClientCert", "SSL-Client-Verify"]],
    ["a certificate, for some servers", ["SSL-Client-Cert", "X-SSL-Client-Verify", "X-SSL-Client-DN"]],
    [
      "the user of a sign-on server",
      ["OIDC-Claim-Sub", "OIDC-Access-Token", "SM-User", "SM-UserDN", "SM-UniversalID", "IV-User", "IV-Groups"],
    ],
    ["the user of another sign-on server", ["IV-Creds", "OAM-Remote-User", "X-Vouch-User", "X-Vouch-IdP-Claims-Oid"]],
    ["a skipped check", ["X-Middleware-Subrequest", "X-Envoy-Internal"]],
    ["a file or a proxy to use", ["X-Accel-Mapping", "X-Sendfile-Type", "Proxy"]],
  ])("cannot name %s", async (_title, names) => {
    for (const name of names) {
      for (const spelling of [name, name.toLowerCase(), name.replaceAll("-", "_"), name.replaceAll("-", ".")]) {
        expect(await passOn([[spelling, "forged"]]), spelling).toEqual({});
      }
    }
  });

  it.each([
    "Connection",
    "Keep-Alive",
    "Proxy-Authorization",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Transfer-Encoding",
  ])("are not forwarded if they are hop-by-hop: %s", async (name) => {
    expect(await passOn([[name, "x"]])).toEqual({});
    expect(await passOn([[name.replaceAll("-", "_"), "x"]])).toEqual({});
  });

  it.each(["Upgrade", "Host", "Expect"])("are not forwarded if the platform sets them: %s", async (name) => {
    expect(await passOn([[name, "h2c"]])).toEqual({});
  });

  it.each([
    "X_Forwarded_For",
    "X-Real_IP",
    "True_Client_IP",
    "CF_Connecting_IP",
    "Content_Length",
    "Content_Type",
    "Sec_Fetch_Site",
    "Transfer_Encoding",
  ])("are not duplicated by another spelling: %s", async (name) => {
    expect(await passOn([[name, "forged"]])).toEqual({});
  });

  it.each([
    "Accept",
    "Accept-Encoding",
    "Content-Type",
    "Cookie",
    "Idempotency-Key",
    "If-None-Match",
    "Range",
    "Traceparent",
    "User-Agent",
    "X-Api-Key",
    "X-Forwarded-For",
    "X-Request-Id",
    "x-ms-client-request-id",
    "x-ms-version",
    "x-custom_name",
    "x.custom.name",
  ])("are otherwise forwarded: %s", async (name) => {
    expect(await passOn([[name, "1, 2"]])).toEqual({ [name.toLowerCase()]: "1, 2" });
  });

  it("are forwarded with all repeated values", async () => {
    expect(
      await passOn([
        ["x-a", "1"],
        ["x-b", "3"],
        ["X-A", "2"],
      ]),
    ).toEqual({ "x-a": "1, 2", "x-b": "3" });
  });

  it("describe the address of the request only with the gate's values", async () => {
    const { headers } = await findOutgoing(
      requestWith({
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "http",
        x_forwarded_host: "evil.example",
      }),
    );
    expect(headers.get("x-forwarded-host")).toBe("api.contoso.example");
    expect(headers.get("x-forwarded-proto")).toBe("https");
    expect([...headers.values()].join()).not.toContain("evil");
  });

  it("include the token only if the configuration says so", async () => {
    const request = () => requestWith({ authorization: "Bearer a.b.c" });
    const strip = { config: { ...toUrl, authorization: "strip" } as const };
    expect((await findOutgoing(request())).headers.get("authorization")).toBe("Bearer a.b.c");
    expect((await findOutgoing(request(), strip)).headers.has("authorization")).toBe(false);
    expect((await findOutgoing(request(), { ...strip, caller: undefined })).headers.has("authorization")).toBe(false);
  });
});

describe("Connection of the client", () => {
  it.each([
    "X-Foo",
    "x-foo",
    "close, X-Foo",
    "close,X-Foo",
    " X-Foo ,close",
    ",,X-Foo,",
    "X-Bar\t,\tX-Foo",
    "[], x-foo",
  ])("removes the headers that it nominates: %j", async (connection) => {
    expect(await passOn({ connection, "X-Foo": "1", "X-Food": "2", Foo: "3" })).toEqual({ "x-food": "2", foo: "3" });
  });

  it("removes the headers that several of them nominate", async () => {
    const headers: HeadersInit = [
      ["connection", "x-foo"],
      ["x-foo", "1"],
      ["connection", "x-bar"],
      ["x-bar", "2"],
    ];
    expect(await passOn(headers)).toEqual({});
  });

  it.each([
    "X-MS-CLIENT-PRINCIPAL",
    "x-ms-client-principal-id",
    "X-Entra-Tenant",
    "x-entra-scopes, X-Entra-Roles",
    "x-forwarded-host, x-forwarded-proto",
  ])("does not remove the gate's own header: %s", async (connection) => {
    const { headers } = await findOutgoing(requestWith({ connection }));
    const bare = await findOutgoing(requestWith({}));
    expect([...headers]).toEqual([...bare.headers]);
  });

  it.each([
    "Authorization",
    "Cookie",
    "Content-Type",
    "Content-Encoding",
    "If-Match",
    "Origin",
    "Range",
    "Sec-Fetch-Site",
    "User-Agent",
    "Cache-Control",
    "CF-Connecting-IP",
    "X-Forwarded-For",
    "X-Real-IP",
    "True-Client-IP",
    "Via",
  ])("does not remove headers for the origin: %s", async (name) => {
    for (const connection of [name, name.toLowerCase(), `close, ${name}`, `keep-alive,${name.toUpperCase()} `]) {
      expect(await passOn({ connection, [name]: "1" }), connection).toEqual({ [name.toLowerCase()]: "1" });
    }
  });
});

describe("the token of the client", () => {
  const passOnToken = async (authorization: OriginAuthorization, ownAuthorization?: string) => {
    const request = requestWith({ authorization: "Bearer caller" });
    const { headers } = await findOutgoing(request, { config: { ...toUrl, authorization }, ownAuthorization });
    return headers.get("authorization");
  };

  it("is forwarded only in the mode forward", async () => {
    expect(await passOnToken("forward")).toBe("Bearer caller");
    expect([await passOnToken("strip"), await passOnToken("on-behalf-of")]).toEqual([null, null]);
  });

  it.each(["forward", "strip", "on-behalf-of"] as const)("is replaced by the origin's own, with %s", async (mode) => {
    expect(await passOnToken(mode, "Bearer own")).toBe("Bearer own");
  });
});

it("counts the bytes of names and of values", () => {
  expect(countBytes([])).toBe(0);
  expect(
    countBytes([
      ["x-a", "12345"],
      ["x-empty", ""],
    ]),
  ).toBe(15);
});
