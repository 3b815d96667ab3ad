import { connect } from "node:http2";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestCertificate } from "../../../support/client-certificate.ts";
import { startProcess } from "../../../support/deno/process.ts";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { readPage } from "../../../support/docs/pages.ts";
import {
  type HeaderField,
  type HttpAnswer,
  type HttpRequest,
  readHeader,
  sendBytes,
  sendRequest,
} from "../../../support/http.ts";
import { isNginxInstalled, type Nginx, startNginx } from "../../../support/nginx.ts";
import { serveByFile } from "../../../support/runtimes/serve-file.ts";
import { type Part, type Place, type Stack, startStack } from "../../../support/stack.ts";

type Vars = Readonly<Record<string, string>>;

/** Starts a module as docs/reference/runtimes.md describes. */
const starts: Readonly<Record<string, (entry: string, vars: Vars, place: Place) => Promise<Part>>> = {
  Deno: (entry, vars, place) => serveInDeno(entry, vars, [], 0, place),
  Node: (entry, vars, place) => serveByFile("Node", entry, vars, undefined, undefined, 0, place),
  Bun: (entry, vars, place) => serveByFile("Bun", entry, vars, undefined, undefined, 0, place),
};
const entries = {
  gate: "test/gates/proxied/gate.ts",
  App: "test/gates/proxied/app.ts",
  "Hono app": "test/gates/proxied/hono.ts",
  "Hono app, configured in code": "test/gates/proxied/hono-in-code.ts",
} as const;

type Shape = keyof typeof entries;

const shapes = Object.keys(entries) as readonly Shape[];
const api = "api.contoso.example";
const proxied: Vars = {
  GATE_URL: `https://${api} https://${api}:8443`,
  GATE_TLS_PROXY: "true",
  GATE_LOG_SUBJECT: "plain",
};
const health = "/.well-known/entra-gate/health";
const https: HeaderField = ["X-Forwarded-Proto", "https"];

/** An address of this machine that is not loopback, where there is one. */
const ownAddress =
  Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.2";

const { pem } = await createTestCertificate();
const key = pem.slice(pem.indexOf("-----BEGIN PRIVATE KEY-----"));
const { snippets } = readPage("docs/how-to/run-behind-a-proxy.md");
const documented = snippets.find(({ language }) => language === "nginx")?.code ?? "";

/** The configuration of the guide, for another server and other addresses. */
function writeServer(port: number, upstream: string, isSecure = true): string {
  const changes = {
    "listen 443 ssl;": `listen ${ownAddress}:${port}${isSecure ? " ssl" : ""}; listen 127.0.0.1:${port}${isSecure ? " ssl" : ""};`,
    "http://10.0.0.7:8787": upstream,
    "/etc/ssl/api.contoso.com.crt": "server.crt",
    "/etc/ssl/api.contoso.com.key": "server.key",
  };
  return Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the guide does not contain ${from}`);
    return text.replace(from, to);
  }, documented);
}

const startProxy = (upstream: string, isSecure = true) =>
  startNginx({
    files: { "server.crt": pem, "server.key": key },
    write: (port) => writeServer(port, upstream, isSecure),
  });

/** Two proxies that each append an address. The first ends TLS. */
const startTwoProxies = (upstream: string) =>
  startNginx({
    files: { "server.crt": pem, "server.key": key },
    write: (port, folder) => {
      const socket = `unix:${folder}/inner.sock`;
      const appending = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;";
      const append = (text: string) => text.replace("proxy_set_header X-Forwarded-For $remote_addr;", appending);
      const inner = `server {
        listen ${socket};
        location / {
          proxy_pass ${upstream};
          proxy_http_version 1.1;
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
          proxy_set_header X-Forwarded-For "$http_x_forwarded_for, 192.0.2.200";
        }
      }`;
      return `${append(writeServer(port, `http://${socket}:`))}\n${inner}`;
    },
  });

describe.runIf(isNginxInstalled).each(Object.entries(starts))("behind nginx, in %s", (runtime, start) => {
  const log: Record<string, unknown>[] = [];
  const running: Pick<Part, "stop">[] = [];
  const parts = {} as Record<Shape, { readonly url: string; readonly nginx: Nginx }>;
  let stack: Stack;
  let tokens: Record<"good" | "weak" | "forged", string>;

  function keepLine(line: string): void {
    if (line.startsWith("{")) log.push(JSON.parse(line));
  }

  function readVars(entry: string, changes: Vars = {}): Vars {
    const vars: Vars = { ...stack.gateVars, ...changes };
    const { ENTRA_TENANT_ID = "", ENTRA_API_AUDIENCE = "", ENTRA_AUTHORITY = "", GATE_URL = "" } = vars;
    const inCode = {
      TENANT: ENTRA_TENANT_ID,
      AUDIENCE: ENTRA_API_AUDIENCE,
      AUTHORITY: ENTRA_AUTHORITY,
      URLS: GATE_URL,
    };
    return entry.endsWith("in-code.ts") ? inCode : vars;
  }

  /** Starts a module beside the local Entra and the origin of the stack. */
  async function run(entry: string, changes: Vars = {}): Promise<string> {
    const part = await start(entry, readVars(entry, changes), { host: ownAddress, onLine: keepLine });
    running.push(part);
    return part.url;
  }

  async function runOverHttp2(entry: string): Promise<string> {
    let url = "";
    const program = path.resolve(import.meta.dirname, "../../../support/runtimes/http2-server.ts");
    const command = [process.execPath, program, path.resolve(entry)];
    const part = await startProcess(command, { env: readVars(entry) }, (line) => {
      url = line.replace(/^Listening on /, "http://");
      return url !== line;
    });
    running.push(part);
    return url;
  }

  const keepProxy = async (starting: Promise<Nginx>): Promise<Nginx> => {
    const nginx = await starting;
    running.push(nginx);
    return nginx;
  };

  beforeAll(async () => {
    stack = await startStack({
      gateEntry: entries.gate,
      gateVars: { ...proxied, GATE_HEALTH: "public" },
      runGate: (entry, vars) => start(entry, vars, { host: ownAddress, onLine: keepLine }),
    });
    running.push(stack);
    for (const shape of shapes) {
      const url = shape === "gate" ? stack.gateUrl : await run(entries[shape], { GATE_HEALTH: "public" });
      parts[shape] = { url, nginx: await keepProxy(startProxy(url)) };
    }
    const { entraUrl } = stack;
    const issue = async (query: string) => (await fetch(`${entraUrl}/local/token?persona=member${query}`)).text();
    const good = await issue("&scope=access_as_user");
    const forged = `${good.slice(0, -60)}${good.at(-60) === "A" ? "B" : "A"}${good.slice(-59)}`;
    tokens = { good, weak: await issue("&scope=orders.read"), forged };
  });
  afterAll(() => Promise.all(running.map((part) => part.stop())));

  const bearer = (token = tokens.good): HeaderField => ["Authorization", `Bearer ${token}`];
  const through = (shape: Shape, request: HttpRequest = {}, address = ownAddress): Promise<HttpAnswer> =>
    sendRequest(`https://${address}:${parts[shape].nginx.port}`, { host: api, headers: [bearer()], ...request });
  const direct = (shape: Shape, request: HttpRequest = {}): Promise<HttpAnswer> =>
    sendRequest(parts[shape].url, { host: api, headers: [bearer()], ...request });
  /** The log line of the refusal with which a request was answered. */
  async function lineOf(answer: HttpAnswer): Promise<Record<string, unknown> | undefined> {
    const [, id] = /"instance":"urn:uuid:([^"]+)"/.exec(answer.body) ?? [];
    await expect.poll(() => log.some((line) => line.id === id)).toBe(true);
    return log.find((line) => line.id === id);
  }

  describe.each(shapes)("the %s", (shape) => {
    it("allows a caller with a good token, and refuses others", async () => {
      const statuses = [];
      for (const headers of [[bearer()], [bearer()], [], [bearer(tokens.forged)], [bearer(tokens.weak)]])
        statuses.push((await through(shape, { headers })).status);
      expect(statuses).toEqual([200, 200, 401, 401, 403]);
    });

    it("takes nothing from the headers that the proxy overwrites", async () => {
      const headers = [
        bearer(),
        ["X-Forwarded-Proto", "http"],
        ["X-Forwarded-Proto", "wss"],
        ["Forwarded", "proto=http"],
      ] as const;
      expect((await through(shape, { headers })).status).toBe(200);
    });

    it("is at each address of GATE_URL, in any spelling of its host, and nowhere else", async () => {
      const hosts = [api, api.toUpperCase(), `${api}:443`, `${api}:8443`];
      const others = [
        `${api}.`,
        `${api}:80`,
        `${api}:8444`,
        "evil.example",
        "127.0.0.1",
        "localhost",
        "[::1]",
        ownAddress,
      ];
      const statuses = [];
      for (const host of [...hosts, ...others])
        statuses.push((await direct(shape, { host, headers: [bearer(), https] })).status);
      expect(statuses).toEqual([...hosts.map(() => 200), ...others.map(() => 421)]);
    });

    it.each([
      "api.contoso.example/orders?",
      "api.contoso.example#",
      "user@api.contoso.example",
      "api.contoso.example@evil.example",
      "api.contoso.example\\public?",
      "api.contoso.example%2fpublic",
      `api.contoso.example${health}?`,
    ])("has no route in Host: %s", async (host) => {
      // Node and nginx refuse some of them themselves.
      for (const path of ["/orders", "/"])
        expect([400, 421]).toContain((await direct(shape, { host, path, headers: [bearer(), https] })).status);
      expect([400, 421]).toContain((await through(shape, { host })).status);
    });

    it("refuses a request without Host, with two, or with another authority in a request line that the runtime shows", {
      tags: "proxy-address",
    }, async () => {
      const { url } = parts[shape];
      const [name, value] = bearer();
      const end = `${name}: ${value}\r\n${https.join(": ")}\r\nConnection: close\r\n\r\n`;
      const ask = async (head: string) => /HTTP\/1\.\d (\d{3})/.exec(await sendBytes(url, `${head}\r\n${end}`))?.[1];
      expect(await ask("GET /orders HTTP/1.1")).toBe("400");
      expect(await ask("GET /orders HTTP/1.0")).toBe("400");
      expect(await ask("GET /orders HTTP/1.1\r\nHost:")).toBe("400");
      expect(await ask(`GET https://${api}/orders HTTP/1.0`)).toBe("400");
      expect(await ask(`GET /orders HTTP/1.1\r\nHost: ${api}\r\nHost: ${api}`)).toBe("400");
      expect(await ask(`GET /orders HTTP/1.1\r\nHost: ${api}\r\nHost: evil.example`)).toBe("400");
      const askFor = async (authority: string, host = api) =>
        (await direct(shape, { path: `https://${authority}/orders`, host, headers: [bearer(), https] })).status;
      expect(await askFor(api)).toBe(200);
      // Bun passes on no authority of a request line. What counts is Host.
      const byRuntime = runtime === "Bun" ? 200 : 400;
      for (const authority of ["evil.example", `${api}:8443`, `user@${api}`, `${api}.`])
        expect(await askFor(authority), authority).toBe(byRuntime);
      expect(await askFor(api, "evil.example")).toBe(runtime === "Bun" ? 421 : 400);
    });

    it("refuses plain HTTP, whatever the request says, and the log says which header was wrong", {
      tags: "proxy-tls",
    }, async () => {
      const rows: readonly [string, readonly HeaderField[], HttpRequest?][] = [
        ["absent", []],
        ["absent", [], { path: `https://${api}/orders` }],
        [
          "absent",
          [
            ["Forwarded", "proto=https"],
            ["X-Forwarded-Ssl", "on"],
            ["CF-Visitor", '{"scheme":"https"}'],
          ],
        ],
        ["repeated", [https, https]],
        ["repeated", [["X-Forwarded-Proto", "https,http"]]],
        ["other", [["X-Forwarded-Proto", "HTTPS"]]],
        ["other", [["X-Forwarded-Proto", "wss"]]],
        ["other", [["X-Forwarded-Proto", "secret-value"]]],
        ["other", [["X-Forwarded-Proto", ""]]],
      ];
      for (const [forwardedProto, headers, request] of rows) {
        const answer = await direct(shape, { ...request, headers: [bearer(), ...headers] });
        expect(answer.status).toBe(403);
        const line = await lineOf(answer);
        expect(line).toMatchObject({ event: "refused", reason: "plaintext_transport", forwardedProto });
        expect(JSON.stringify(line)).not.toMatch(/HTTPS|wss|secret-value/);
      }
      // The proxy's own port for plain HTTP.
      const nginx = await keepProxy(startProxy(parts[shape].url, false));
      const answer = await sendRequest(`http://${ownAddress}:${nginx.port}`, { host: api, headers: [bearer(), https] });
      expect([answer.status, (await lineOf(answer))?.forwardedProto]).toEqual([403, "other"]);
    });

    it("needs the header for a preflight and for OPTIONS too", async () => {
      const headers: HeaderField[] = [
        ["Origin", "https://app.contoso.example"],
        ["Access-Control-Request-Method", "GET"],
      ];
      const statuses = [];
      for (const more of [[], [https]])
        statuses.push((await direct(shape, { method: "OPTIONS", headers: [...headers, ...more] })).status);
      expect(statuses).toEqual([403, 204]);
    });

    // Bun's server has no HTTP/2.
    it.skipIf(runtime === "Bun")(
      "has no HTTP/2 in which :authority differs from Host, or Host is missing",
      async () => {
        const url = runtime === "Deno" ? parts[shape].url : await runOverHttp2(entries[shape]);
        const session = connect(url);
        const ask = (headers: Record<string, string>) =>
          new Promise<number | string>((resolve) => {
            const usual = { ":path": "/orders", authorization: bearer()[1], "x-forwarded-proto": "https" };
            const stream = session.request({ ...usual, ...headers });
            stream.on("response", ({ ":status": status }) => resolve(status ?? 0));
            stream.on("error", ({ message }) => resolve(message));
            stream.end();
          });
        const statuses = [
          await ask({ ":authority": api, host: api }),
          await ask({ ":authority": "evil.example", host: api }),
          await ask({ ":authority": api, host: "evil.example" }),
          await ask({ ":authority": api }),
          await ask({ ":authority": api, host: api, ":scheme": "https", "x-forwarded-proto": "http" }),
        ];
        const withUser = await ask({ ":authority": `user@${api}`, host: api });
        session.destroy();
        expect(statuses).toEqual([200, 400, 400, 400, 403]);
        // Node's server ends the stream.
        expect(withUser).toEqual(runtime === "Deno" ? 400 : expect.stringContaining("PROTOCOL_ERROR"));
      },
    );

    it("speaks HTTP/2 with clients of the proxy", async () => {
      const session = connect(`https://${ownAddress}:${parts[shape].nginx.port}`, { rejectUnauthorized: false });
      const stream = session.request({ ":path": "/orders", ":authority": api, authorization: bearer()[1] });
      const status = await new Promise((resolve) => stream.on("response", (headers) => resolve(headers[":status"])));
      session.destroy();
      expect(status).toBe(200);
    });

    it("gets paths as the client sent them, because the proxy changes none", async () => {
      const statuses = [];
      for (const path of ["//orders", "/orders/..%2fadmin", "/orders;x", "/orders%5cadmin"])
        statuses.push((await through(shape, { path })).status);
      expect(statuses).toEqual([404, 404, 404, 404]);
    });
  });

  it("a health probe speaks plain HTTP to the gate, and nothing else does", async () => {
    const { url } = parts.gate;
    const ask = async (method: string, path: string, host?: string) =>
      (await sendRequest(url, { method, path, ...(host !== undefined && { host }) })).status;
    expect([await ask("GET", health), await ask("HEAD", health), await ask("GET", health, "gate.internal")]).toEqual([
      200, 200, 200,
    ]);
    const withoutHost = await sendBytes(url, `GET ${health} HTTP/1.0\r\n\r\n`);
    expect(withoutHost).toMatch(/^HTTP\/1\.\d 200 /);
    expect((await through("gate", { path: health, headers: [] })).status).toBe(200);
    expect([
      await ask("POST", health),
      await ask("OPTIONS", health),
      await ask("GET", `${health}/x`),
      await ask("GET", "/limited"),
    ]).toEqual([421, 421, 421, 421]);
    expect([await ask("POST", health, api), await ask("GET", "/limited", api)]).toEqual([403, 403]);
    for (const shape of shapes.slice(1)) expect((await direct(shape, { path: health, headers: [] })).status).toBe(403);
  });

  it("a guarded health page needs the header and a token", async () => {
    const url = await run(entries.gate, { GATE_HEALTH: "guarded" });
    const ask = async (headers: readonly HeaderField[], host?: string) =>
      (await sendRequest(url, { path: health, headers, ...(host !== undefined && { host }) })).status;
    expect([
      await ask([bearer(), https]),
      await ask([bearer()], api),
      await ask([https], api),
      await ask([bearer(), https], api),
    ]).toEqual([421, 403, 401, 200]);
  });

  it("the origin gets the address of GATE_URL", async () => {
    const answer = await through("gate", {
      path: "/a/b?c=d",
      headers: [bearer(), ["X-Forwarded-Host", "evil.example"], ["X-Forwarded-Proto", "http"]],
    });
    const { headers, url } = JSON.parse(answer.body);
    expect(headers).toMatchObject({ "x-forwarded-proto": "https", "x-forwarded-host": api });
    expect(new URL(url).pathname + new URL(url).search).toBe("/a/b?c=d");
    const move = async (location: string) => {
      const wanted = ["X-Sample-Headers", `${new URLSearchParams({ location })}`] as const;
      const moved = await through("gate", { path: "/status/302", headers: [bearer(), wanted], host: `${api}:8443` });
      return [moved.status, readHeader(moved, "location")];
    };
    expect(await move(`${stack.originUrl}/next`)).toEqual([302, [`https://${api}:8443/next`]]);
    // The origin has plain http, so it means a path.
    expect(await move("http:/evil.example/x")).toEqual([302, [`https://${api}:8443/evil.example/x`]]);
    expect(await move("http:evil.example")).toEqual([302, ["./evil.example"]]);
  });

  it("the OpenAPI document names the address of GATE_URL", async () => {
    const { body } = await through("gate", { path: "/openapi.json", headers: [], host: `${api}:8443` });
    expect(JSON.parse(body).servers).toEqual([{ url: `https://${api}:8443` }]);
  });

  it("verifier.verify needs no header of its own", async () => {
    const ask = async (token: string) =>
      (await through("App", { path: "/verify", headers: [["X-Token", `Bearer ${token}`]] })).status;
    expect([await ask(tokens.good), await ask(tokens.forged)]).toEqual([200, 500]);
  });

  it("what comes before entra() in a Hono app is public, and not checked", async () => {
    const answers = [];
    for (const host of [api, "evil.example"])
      answers.push((await direct("Hono app", { path: "/public", host, headers: [] })).body);
    expect(answers).toEqual(["public", "public"]);
  });

  it("the URL in a Hono app stays as the runtime received it", async () => {
    expect(JSON.parse((await through("Hono app")).body)).toEqual({ url: `http://${api}/orders` });
  });

  it.runIf(process.platform === "linux")(
    "limits each client by its own address, and never by one that it claims",
    { tags: "proxy-clients" },
    async () => {
      for (const shape of ["gate", "App"] as const) {
        const ask = async (from: string, claimed: string) => {
          const headers: HeaderField[] = ["X-Forwarded-For", "CF-Connecting-IP", "X-Real-IP"].map(
            (name) => [name, claimed] as const,
          );
          return (await through(shape, { path: "/limited", headers, from }, "127.0.0.1")).status;
        };
        const first = [];
        for (let count = 1; count <= 4; count += 1) first.push(await ask("127.0.0.2", `192.0.2.${count}`));
        expect([...first, await ask("127.0.0.3", "127.0.0.2")]).toEqual([204, 204, 204, 429, 204]);
      }
    },
  );

  it.runIf(process.platform === "linux")("limits each client behind two proxies", async () => {
    const url = await run(entries.gate, { GATE_TLS_PROXY_HOPS: "2" });
    const { port } = await keepProxy(startTwoProxies(url));
    const ask = async (from: string, claimed: string) =>
      (
        await sendRequest(`https://127.0.0.1:${port}`, {
          host: api,
          path: "/limited",
          headers: [["X-Forwarded-For", claimed]],
          from,
        })
      ).status;
    const first = [];
    for (let count = 1; count <= 4; count += 1) first.push(await ask("127.0.0.2", `192.0.2.${count}`));
    expect([...first, await ask("127.0.0.3", "127.0.0.2")]).toEqual([204, 204, 204, 429, 204]);
  });

  it("counts the address that Cloudflare documents for a tunnel", async () => {
    const url = await run(entries.gate);
    const ask = async (visitor: string, count: number) => {
      const headers: HeaderField[] = [
        https,
        ["X-Forwarded-For", `198.51.100.${count}, ${visitor}`],
        ["CF-Connecting-IP", visitor],
        ["CF-Visitor", '{"scheme":"https"}'],
        ["CF-Ray", "230b030023ae2822-SJC"],
        ["CF-IPCountry", "DE"],
        ["CDN-Loop", "cloudflare; loops=1"],
      ];
      return (await sendRequest(url, { host: api, path: "/limited", headers })).status;
    };
    const first = [];
    for (let count = 1; count <= 4; count += 1) first.push(await ask("2001:db8:1:2::7", count));
    // The same customer, and another one.
    expect([...first, await ask("2001:db8:1:2::8", 5), await ask("2001:db8:1:3::7", 6)]).toEqual([
      204, 204, 204, 429, 429, 204,
    ]);
  });

  it("counts all callers as one whose address is unknown, and never the proxy", async () => {
    const url = await run(entries.gate, { GATE_TLS_PROXY_HOPS: "2" });
    const unknown = [
      [],
      [["X-Forwarded-For", "192.0.2.1"]],
      [["X-Forwarded-For", "fe80::1%eth0, 192.0.2.1"]],
      [["X-Forwarded-For", "name, 192.0.2.2"]],
    ] as const;
    const statuses = [];
    for (const headers of unknown) {
      statuses.push((await sendRequest(url, { host: api, path: "/limited", headers: [https, ...headers] })).status);
    }
    expect(statuses).toEqual([204, 204, 204, 429]);
  });

  it("a configuration that is faulty with the variable refuses every request, and names it", async () => {
    const faults: readonly [Vars, RegExp][] = [
      [{ GATE_URL: "https://api.contoso.example http://127.0.0.1:8787" }, /^GATE_TLS_PROXY requires https addresses/],
      [{ GATE_TLS_PROXY: "yes" }, /^GATE_TLS_PROXY is "yes"/],
      [{ GATE_TLS_PROXY_HOPS: "6" }, /^GATE_TLS_PROXY_HOPS is "6"/],
    ];
    for (const [changes, fault] of faults) {
      const url = await run(entries.gate, changes);
      expect((await sendRequest(url, { host: api, headers: [bearer(), https] })).status).toBe(500);
      expect(log.filter(({ event }) => event === "misconfigured").some((line) => fault.test(String(line.fault)))).toBe(
        true,
      );
    }
  });
});
