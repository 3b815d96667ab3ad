import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Playground, startPlayground } from "../../../cli/dev/playground/server.ts";
import { tenants } from "../../../entra/directory/directory.ts";
import { startOnFreePort } from "../../support/free-port.ts";
import { type HeaderField, type HttpRequest, readHeader, sendRequest } from "../../support/http.ts";
import { type Stack, startStack } from "../../support/stack.ts";

let stack: Stack;
let playground: Playground;

beforeAll(async () => {
  playground = await startPlayground();
  stack = await startOnFreePort((entraPort) =>
    startOnFreePort((originPort) =>
      startStack({ entraPort, originPort, playgroundUrl: playground.url, onGateLog: () => {} }),
    ),
  );
});
afterAll(() => Promise.all([stack.stop(), playground.stop()]));

const portOf = (url: string) => new URL(url).port;
const token = "/local/token?persona=member";
const from = (origin: string): readonly HeaderField[] => [["Origin", origin]];

/** Paths of the local Entra, of the sample origin, and of the playground behind the local Entra. */
const targets = [
  ["entraUrl", token],
  ["entraUrl", "/"],
  ["entraUrl", `/${tenants.contoso.id}/discovery/v2.0/keys`],
  ["entraUrl", "/local/playground/"],
  ["originUrl", "/orders"],
  ["originUrl", "/local/requests"],
] as const;

/** Host headers that a browser sends for a page of another site; PORT is the server's own. */
const foreign = [
  "evil.example:PORT",
  "evil.example",
  "127.0.0.1.evil.example:PORT",
  "localhost.evil.example:PORT",
  "localhost.:PORT",
  "10.0.0.1:PORT",
  "0.0.0.0:PORT",
  "localhost:1",
  "localhost",
];

describe("a foreign host", () => {
  it.each(targets.flatMap(([server, path]) => foreign.map((host) => ({ server, path, host }))))(
    "$host is refused at $path of $server",
    async ({ server, path, host }) => {
      const url = stack[server];
      const answer = await sendRequest(url, { path, host: host.replace("PORT", portOf(url)) });
      expect([answer.status, answer.body]).toEqual([
        421,
        `Only for this machine. Use http://127.0.0.1:${portOf(url)} or http://localhost:${portOf(url)}\n`,
      ]);
      expect(readHeader(answer, "access-control-allow-origin")).toEqual([]);
    },
  );

  it("is refused beside X-Forwarded-Host and X-Forwarded-Proto too", async () => {
    for (const [server, path] of targets) {
      const url = stack[server];
      const { host } = new URL(url);
      const forged: readonly HeaderField[] = [
        ["X-Forwarded-Host", host],
        ["X-Forwarded-Proto", "https"],
        ["Forwarded", `host=${host}`],
      ];
      const answer = await sendRequest(url, { path, host: `evil.example:${portOf(url)}`, headers: forged });
      expect(answer.status).toBe(421);
    }
  });

  it.each(["127.0.0.1:PORT", "localhost:PORT", "LOCALHOST:PORT", "[::1]:PORT"])("does not include %s", async (host) => {
    for (const [server, path] of targets) {
      const url = stack[server];
      expect((await sendRequest(url, { path, host: host.replace("PORT", portOf(url)) })).status).toBe(200);
    }
  });

  it("is refused by the playground's own server too", async () => {
    for (const host of [`evil.example:${portOf(playground.url)}`, `localhost:${portOf(playground.url)}`]) {
      expect((await sendRequest(playground.url, { path: "/local/playground/", host })).status).toBe(421);
    }
  });

  it("is refused by the gate, which serves localhost and 127.0.0.1", async () => {
    const ask = async (name: string) =>
      (await sendRequest(stack.gateUrl, { host: `${name}:${portOf(stack.gateUrl)}` })).status;
    expect([await ask("localhost"), await ask("127.0.0.1"), await ask("evil.example")]).toEqual([401, 401, 403]);
  });
});

const refused = {
  own: "Only for pages of this server",
  forwarded: "Only for pages whose requests come through the gate",
};
const signIn = "Only for pages of this machine: their origin is on localhost or 127.0.0.1";
const localPages = ["http://localhost:5173", "http://127.0.0.1:3000", "http://[::1]:8080"];
const otherPages = ["https://evil.example", "http://evil.example:8788", "http://127.0.0.1.evil.example", "null"];
/** What a browser says of a link, an image or a frame of another site, and of another port of this machine. */
const sites = ["cross-site", "same-site"].map((site): HeaderField => ["Sec-Fetch-Site", site]);
const forwardedHost: HeaderField = ["X-Forwarded-Host", "127.0.0.1:8787"];

/** Sends a request, and expects no answer that a page can read. */
async function expectRefused(url: string, request: HttpRequest, text: string): Promise<void> {
  const answer = await sendRequest(url, request);
  expect([answer.status, answer.body], JSON.stringify(request)).toEqual([403, expect.stringContaining(text)]);
  expect(readHeader(answer, "access-control-allow-origin")).toEqual([]);
}

describe("what is below /local/, and the page of the directory", () => {
  const controls = [token, "/", "/local/playground/", "/%6cocal/token", "/local%2Ftoken", "/local/keys", "/local"];

  it.each([...localPages, ...otherPages])("gives a page of %s nothing, and changes nothing", async (origin) => {
    const url = stack.entraUrl;
    const before = await sendRequest(url, { path: "/local/keys" });
    for (const path of controls) await expectRefused(url, { path, headers: from(origin) }, refused.own);
    const writes = [
      { path: "/local/faults/rollOver", method: "POST", body: '{"kind":"emergency"}', headers: from(origin) },
      { path: "/local/counts", method: "OPTIONS", headers: from(origin) },
      { path: "/local/counts", method: "DELETE", headers: from(origin) },
    ];
    for (const request of writes) await expectRefused(url, request, refused.own);
    const { body } = await sendRequest(url, { path: "/local/keys" });
    expect(body).toBe(before.body);
    await expectRefused(
      stack.originUrl,
      { path: "/local/requests", method: "DELETE", headers: [...from(origin), forwardedHost] },
      refused.own,
    );
  });

  it.each(sites)("gives a request without an origin nothing if %s is %s", async (...site) => {
    for (const path of controls) await expectRefused(stack.entraUrl, { path, headers: [site] }, refused.own);
    const path = "/local/requests";
    await expectRefused(stack.originUrl, { path, headers: [site, forwardedHost] }, refused.own);
  });

  it("answers a program, an address that a user enters, and the server's own pages, without CORS", async () => {
    const url = stack.entraUrl;
    const own = [[], [["Sec-Fetch-Site", "none"]], [["Sec-Fetch-Site", "same-origin"]], from(url)] as const;
    for (const headers of own) {
      for (const path of [token, "/", "/local/playground/", "/local/unknown"]) {
        const answer = await sendRequest(url, { path, headers });
        expect(answer.status).toBe(path === "/local/unknown" ? 404 : 200);
        expect(readHeader(answer, "access-control-allow-origin")).toEqual([]);
      }
      expect(
        (await sendRequest(stack.originUrl, { path: "/local/requests", headers: from(stack.originUrl) })).status,
      ).toBe(200);
    }
  });
});

describe("Entra's own endpoints", () => {
  const paths = [
    `/${tenants.contoso.id}/discovery/v2.0/keys`,
    `/${tenants.contoso.id}/v2.0/.well-known/openid-configuration`,
  ];

  it.each(localPages)("answer a page of %s, as those of Entra do", async (origin) => {
    for (const path of paths) {
      const answer = await sendRequest(stack.entraUrl, { path, headers: from(origin) });
      expect([answer.status, readHeader(answer, "access-control-allow-origin")]).toEqual([200, ["*"]]);
    }
    const path = `/${tenants.contoso.id}/oauth2/v2.0/token`;
    const preflight = [...from(origin), ["Access-Control-Request-Method", "POST"]] as const;
    const answer = await sendRequest(stack.entraUrl, { path, method: "OPTIONS", headers: preflight });
    expect([answer.status, readHeader(answer, "access-control-allow-origin")]).toEqual([204, ["*"]]);
  });

  it.each(otherPages)("refuse a page of %s", async (origin) => {
    for (const path of paths) await expectRefused(stack.entraUrl, { path, headers: from(origin) }, signIn);
  });

  it("answer a link of another site, which signs in", async () => {
    for (const path of paths) {
      expect((await sendRequest(stack.entraUrl, { path, headers: [sites[0]!] })).status).toBe(200);
    }
  });
});

describe("the sample origin", () => {
  const ways: readonly (readonly HeaderField[])[] = [...localPages, ...otherPages].map(from);
  const paths = ["/orders", "/status/200", "/download?bytes=1", "/ws", "/sse"];

  it.each([...ways, ...sites.map((site) => [site])])("refuses a request with %j", async (...headers) => {
    for (const path of paths) await expectRefused(stack.originUrl, { path, headers }, refused.forwarded);
    const preflight = [...headers, ["Access-Control-Request-Headers", "x-forwarded-host"]] as const;
    await expectRefused(stack.originUrl, { method: "OPTIONS", headers: preflight }, refused.forwarded);
  });

  it("answers every page through a gate", async () => {
    for (const headers of ways) {
      expect(
        (await sendRequest(stack.originUrl, { path: "/orders", headers: [...headers, forwardedHost] })).status,
      ).toBe(200);
    }
  });

  it("has a policy under which no response runs a script, and no response header from a URL", {
    tags: "dev-pages",
  }, async () => {
    const query = "content-type=text/html&location=/x&set-cookie=a%3Db&access-control-allow-origin=*&q=%3Cscript%3E";
    for (const path of ["/headers", "/orders", "/status/302", "/status/x", "/ws", "/sse", "/local/requests", "/slow"]) {
      const answer = await sendRequest(stack.originUrl, { path: `${path}?${query}` });
      expect(readHeader(answer, "content-security-policy"), path).toEqual([expect.stringMatching(/^sandbox;/)]);
      expect(readHeader(answer, "x-content-type-options")).toEqual(["nosniff"]);
      expect(readHeader(answer, "content-type")).not.toEqual([expect.stringContaining("html")]);
      for (const name of ["location", "set-cookie", "access-control-allow-origin"]) {
        expect(readHeader(answer, name)).toEqual([]);
      }
    }
    const refusal = await sendRequest(stack.originUrl, { headers: [sites[0]!] });
    expect(readHeader(refusal, "x-content-type-options")).toEqual(["nosniff"]);
  });

  it("keeps that policy if a header asks for another one", async () => {
    const wanted: HeaderField = ["X-Sample-Headers", "content-security-policy=x&x-content-type-options=x"];
    const answer = await sendRequest(stack.originUrl, { headers: [wanted] });
    expect(readHeader(answer, "content-security-policy")).toEqual([expect.stringMatching(/^sandbox;/)]);
    expect(readHeader(answer, "x-content-type-options")).toEqual(["nosniff"]);
  });

  it("shows no cookie of another program", async () => {
    const secret = "session-of-another-program";
    const headers: readonly HeaderField[] = [["Cookie", `id=${secret}`]];
    const { body } = await sendRequest(stack.originUrl, { path: "/orders", headers });
    expect(JSON.parse(body).headers.cookie).toBe("(not shown)");
    expect((await sendRequest(stack.originUrl, { path: "/local/requests" })).body).not.toContain(secret);
  });
});
