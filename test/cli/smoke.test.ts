import { createServer, type OutgoingHttpHeaders, type RequestListener } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../../cli/common/loopback.ts";
import { readMeasurement } from "../../cli/smoke/measure.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import { entra } from "../../src/adapters/hono.ts";
import { startServer } from "../support/server.ts";
import { type Stack, startStack } from "../support/stack.ts";
import { runHere } from "./support/run-command.ts";

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ onGateLog: () => {} });
});
afterAll(() => stack?.stop());

/** @param input for standard input */
async function smokeWith(input: string, ...args: readonly string[]): Promise<{ code: number; output: string }> {
  const { code, stdout, stderr } = await runHere(["smoke", ...args], { input });
  // A server of this process writes its log there too.
  return { code, output: stdout.replaceAll(/^\{"event".*\n/gm, "") + stderr };
}

const smoke = (...args: readonly string[]) => smokeWith("", ...args);

/** A Hono app behind `entra()`, which answers as if its callers named it by its address on loopback. */
function createApp(permits: boolean): RequestListener {
  const app = new Hono();
  if (permits) app.use(cors({ origin: "https://app.contoso.com" }));
  app.use(
    entra({
      ENTRA_TENANT_ID: tenants.contoso.id,
      ENTRA_API_AUDIENCE: api.clientId,
      ENTRA_REQUIRED_SCOPE: "access_as_user",
    }),
  );
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  return (request, response) => {
    request.headers.host = "127.0.0.1";
    return listener(request, response);
  };
}

/** The output of smoke for a server that is not a gate. */
async function smokeServer(
  listener: RequestListener,
  input = "",
  ...args: readonly string[]
): Promise<{ code: number; output: string }> {
  const server = await serve(listener);
  try {
    const { port } = new URL(server.url);
    return await smokeWith(input, `${server.url}/orders`, ...args.map((each) => each.replace("PORT", port)));
  } finally {
    await server.stop();
  }
}

describe("smoke", () => {
  it("reports that a gate refuses every request, even if forged tokens name its tenant and audience", async () => {
    const named = ["--tenant", tenants.contoso.id, "--audience", api.clientId];
    for (const args of [[], named]) {
      const { code, output } = await smoke(`${stack.gateUrl}/orders`, ...args);
      expect({ code, output }).toEqual({
        code: 0,
        output: expect.stringMatching(/^http.*\n(?: {2}✓ .*: refused \(40[01]\)\n){11}$/),
      });
    }
  });

  it("fails if a request is allowed: the origin without a gate", async () => {
    const { code, output } = await smoke(`${stack.originUrl}/orders`);
    expect(code).toBe(1);
    expect(output).toContain("✗ no token: LET IN (200");
    expect(output).toContain("If the route is public");
  });

  it("reads only the start of an answer, and judges one without an end by its status", async () => {
    let closed = 0;
    const { code, output } = await smokeServer((_request, response) => {
      response.once("close", () => (closed += 1));
      const send = () => {
        while (response.write("x".repeat(64 * 1024)));
        response.once("drain", send);
      };
      send();
    });
    expect(code).toBe(1);
    expect(output).toMatch(/^http.*\n(?: {2}✗ .*: LET IN \(200, no content type\)\n){11}/);
    await expect.poll(() => closed).toBe(11);
  });

  it("judges an answer that breaks off by its status", async () => {
    const { code, output } = await smokeServer((request, response) => {
      if (request.method !== "OPTIONS") return response.writeHead(404).end();
      response.writeHead(200, { "content-type": "text/event-stream" }).write(":\n", () => response.destroy());
    });
    expect(code).toBe(1);
    expect(output).toContain("✗ no token, with OPTIONS: LET IN (200, text/event-stream)");
  });

  it.each([
    ["a Cloudflare page", 403, { "content-type": "text/html" }, "blocked", "text/html is not what the gate answers"],
    [
      "an API's own 401",
      401,
      { "content-type": "application/problem+json" },
      "{}",
      "problem details that are not the gate's",
    ],
    [
      "a gate that is misconfigured",
      500,
      { "content-type": "application/problem+json", "cache-control": "no-store" },
      '{"instance":"urn:uuid:11111111-2222-3333-4444-555555555555"}',
      "misconfigured",
    ],
  ])("fails if something else answers: %s", async (_, status, headers, body, said) => {
    const { code, output } = await smokeServer((_request, response) => response.writeHead(status, headers).end(body));
    expect(code).toBe(1);
    expect(output).toContain(said);
    expect(output).not.toContain(": refused");
  });

  it("fails if a single request is allowed", async () => {
    const { code, output } = await smokeServer(async (request, response) => {
      const { method = "GET", url = "/" } = request;
      if (method === "POST") return response.end("created");
      const { authorization } = request.headers;
      const init = { method, ...(authorization && { headers: { authorization } }) };
      const answer = await fetch(new URL(url, stack.gateUrl), init);
      const names = ["content-type", "cache-control", "www-authenticate"];
      response.writeHead(
        answer.status,
        names.flatMap((name) => [name, answer.headers.get(name) ?? ""]),
      );
      return response.end(await answer.text());
    });
    expect(code).toBe(1);
    expect(output.match(/LET IN/g)).toHaveLength(1);
    expect(output).toContain("✗ no token, with POST: LET IN");
  });

  describe("of OPTIONS", () => {
    const app = createApp(true);
    const allow = { "access-control-allow-methods": "GET" };

    it("warns if an app answers it as a preflight before its guard", async () => {
      const { code, output } = await smokeServer(app);
      expect(output).toMatch(
        /^http.*\n(?: {2}✓ .*\n){2} {2}! no token, with OPTIONS: ANSWERED \(204.*\n(?: {2}✓ .*\n){8}$/,
      );
      expect(code).toBe(0);
    });

    it.each<[string, RequestListener]>([
      [
        "no preflight is answered",
        ({ headers }, response) => response.writeHead(headers.origin === undefined ? 204 : 401, allow),
      ],
      [
        "a preflight gets another list",
        ({ headers }, response) =>
          response.writeHead(204, headers.origin === undefined ? allow : { "access-control-allow-methods": "POST" }),
      ],
      ["it has a body", (_request, response) => response.writeHead(200, allow).write("orders")],
      ["it does not say which methods it permits", (_request, response) => response.writeHead(204)],
    ])("fails if %s", async (_, answer) => {
      const { code, output } = await smokeServer((request, response) => {
        if (request.method !== "OPTIONS") return app(request, response);
        answer(request, response);
        return response.end();
      });
      expect([code, output]).toEqual([1, expect.stringContaining("✗ no token, with OPTIONS: LET IN (20")]);
    });
  });

  describe("with a token", () => {
    it("exits with 0 if the gate admits it", async () => {
      const token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
      const { code, output } = await smokeWith(`Bearer ${token}\n`, `${stack.gateUrl}/orders`, "--token", "-");
      expect(output).toMatch(/(?: {2}✓ .*: refused.*\n){11} {2}✓ your token: admitted \(200\)\n$/);
      expect(code).toBe(0);
    });

    it("exits with 1 if the gate refuses it", async () => {
      const { code, output } = await smokeWith("not-a-token", `${stack.gateUrl}/orders`, "--token", "-");
      expect(output).toMatch(/✗ your token: NOT ADMITTED \(40[01] inval.*: npx entra-gate explain - says why\)\n$/);
      expect(code).toBe(1);
    });

    it.each<[string, OutgoingHttpHeaders, number]>([
      ["redirects", { location: "http://127.0.0.1:9/?secret-token" }, 307],
      ["gives an error that is not the gate's", { "content-type": "text/html; secret-token" }, 404],
      ["repeats a part of the token in an address", { location: "/?t=ecret-toke" }, 307],
      ["repeats the token in another form in an address", { location: "/?t=s%65cret%2Dtoken" }, 307],
      ["repeats a part of the token in a type", { "content-type": "ecret-toke" }, 404],
    ])("exits with 1 if the server %s, and shows no token", async (_, headers, status) => {
      const tokens: (string | undefined)[] = [];
      const app = createApp(false);
      const listener: RequestListener = (request, response) => {
        const { authorization } = request.headers;
        if (authorization !== "Bearer secret-token") return app(request, response);
        tokens.push(authorization);
        return response.writeHead(status, headers).end();
      };
      const { code, output } = await smokeServer(listener, "secret-token", "--token", "-");
      expect([code, tokens]).toEqual([1, ["Bearer secret-token"]]);
      expect(output).toMatch(/✗ your token: NOT ADMITTED \([34]0[47]/);
      expect(output).not.toMatch(/cret/);
    });

    it("does not send it to a server that is not a gate", async () => {
      const seen: unknown[] = [];
      const listener: RequestListener = (request, response) => {
        seen.push(request.headers.authorization);
        response.end("ok");
      };
      const { code, output } = await smokeServer(listener, "secret-token", "--token", "-");
      expect([code, output]).toEqual([1, expect.stringContaining("? your token: not sent")]);
      expect(seen).not.toContain("Bearer secret-token");
    });

    it.each([
      ["secret-token", ["https://api.contoso.com/orders", "--token", "secret-token"], "Allowed choices are -"],
      ["", ["http://127.0.0.1:9/orders", "--token", "-"], "the token is missing"],
      ["secret-token", ["http://api.contoso.com/orders", "--token", "-"], "must be a URL with https"],
    ])("refuses %j for %j", async (input, args, said) => {
      expect(await smokeWith(input, ...args)).toEqual({ code: 3, output: expect.stringContaining(said) });
    });
  });

  describe("with --measure", () => {
    const tokenOf = async ({ entraUrl }: Stack) => (await fetch(`${entraUrl}/local/token?persona=member`)).text();

    it("prints the times of cold and warm requests, and where the gate had its keys", async () => {
      const timed = await startStack({ onGateLog: () => {}, gateVars: { GATE_SERVER_TIMING: "true" } });
      try {
        const args = [`${timed.gateUrl}/orders`, "--token", "-", "--measure"];
        const { code, output } = await smokeWith(await tokenOf(timed), ...args);
        expect(output.split("\n").slice(-5)).toEqual([
          "with the token: 20 requests, answered by 1 isolate",
          expect.stringMatching(/^ {2}cold: 1 request, median \d+ ms, slowest \d+ ms; keys from authority 1$/),
          expect.stringMatching(/^ {2}warm: 19 requests, median \d+ ms, slowest \d+ ms; keys from memory 19$/),
          "  keys in memory: 19 of 20",
          "",
        ]);
        expect(code).toBe(0);
        const json = JSON.parse((await smokeWith(await tokenOf(timed), ...args, "--json")).output);
        expect(json.measurements).toHaveLength(20);
        expect(json.measurements[0]).toMatchObject({ status: 200, gate: { keys: "hit", from: "authority" } });
      } finally {
        await timed.stop();
      }
    });

    it("says how to switch it on", async () => {
      const { code, output } = await smokeWith(
        await tokenOf(stack),
        `${stack.gateUrl}/orders`,
        "--token",
        "-",
        "--measure",
      );
      expect(output).toMatch(
        /\nwith the token: 20 requests, median .*\n.*set GATE_SERVER_TIMING to true, and deploy it\.\n$/,
      );
      expect(code).toBe(0);
    });

    it("gives no answer if the server switches to another protocol", async () => {
      const { code, output } = await smokeServer((_, { socket }) => {
        socket?.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n");
      });
      expect([code, output]).toEqual([2, expect.stringContaining("no answer")]);
    });

    it("sends the token once if the gate refuses it, and never without one", async () => {
      const args = [`${stack.gateUrl}/orders`, "--measure"];
      expect((await smokeWith("not-a-token", ...args, "--token", "-")).output).toMatch(
        /NOT ADMITTED.*\nwith the token: 1 request, /,
      );
      expect(await smoke(...args)).toEqual({
        code: 3,
        output: expect.stringContaining("--measure requires --token -"),
      });
    });

    it("reads only what a gate writes", () => {
      const read = (value: string) =>
        readMeasurement({ status: 200, headers: new Headers({ "server-timing": value }), body: "" }, 1.4);
      const own =
        'entra-gate-keys;desc="hit", entra-gate-set;desc="edge";dur=2000, entra-gate-isolate;desc="0123abcd";dur=7';
      const gate = { keys: "hit", from: "edge", keysAgeSeconds: 2, isolate: "0123abcd", isolateMilliseconds: 7 };
      expect(read(own)).toEqual({ milliseconds: 1, status: 200, gate });
      expect(read(`db;dur=1, ${own.replace("hit", "stale")}, ${own}`)).toEqual({ milliseconds: 1, status: 200, gate });
      for (const value of [
        "",
        "db;dur=1",
        own.replace("hit", "\u001b[2J"),
        own.replace("0123abcd", "<b>"),
        `${own}x`,
      ]) {
        expect(read(value.replaceAll("\u001b", ""))).toEqual({ milliseconds: 1, status: 200 });
      }
    });
  });

  describe("with --resolve", () => {
    it.each(["127.0.0.1", "[::1]"])("connects to %s, and names the host of the URL", async (address) => {
      const hosts = new Set<string | undefined>();
      const app = createApp(false);
      const server = createServer((request, response) => {
        hosts.add(request.headers.host);
        return app(request, response);
      });
      const { port, stop } = await startServer(server, address.replace(/[[\]]/g, ""));
      const url = `http://api.contoso.invalid:${port}/orders`;
      const { code } = await smoke(url, "--resolve", `api.contoso.invalid:${port}:${address}`);
      await stop();
      expect([code, [...hosts]]).toEqual([0, [`api.contoso.invalid:${port}`]]);
    });

    it.each([
      ["api.contoso.com:443", "write HOST:PORT:ADDRESS, such as api.contoso.com:443:203.0.113.7"],
      ["api.contoso.com:443:elsewhere.contoso.com", "write HOST:PORT:ADDRESS"],
      ["other.contoso.com:443:203.0.113.7", "must name the host of the URL: api.contoso.com:443:203.0.113.7"],
      ["api.contoso.com:8443:203.0.113.7", "no entry is for api.contoso.com:443"],
    ])("refuses %s", async (entry, said) => {
      const { code, output } = await smoke("https://api.contoso.com/orders", "--resolve", entry);
      expect([code, output]).toEqual([3, expect.stringMatching(new RegExp(`^error: --resolve.*${said}`))]);
    });

    it("sends nothing in plain text to another machine", async () => {
      const { code } = await smoke("http://localhost:80/orders", "--resolve", "localhost:80:203.0.113.7");
      expect(code).toBe(3);
    });
  });

  it("exits with 2 if nothing answers, and with 3 for an invalid URL", async () => {
    const silent = await smoke("http://127.0.0.1:9/orders");
    expect([silent.code, silent.output]).toEqual([2, expect.stringMatching(/^http:.*: no answer \(.+\)\n$/)]);
    expect((await smoke("http://127.0.0.1:9/orders", "--json")).code).toBe(2);
    const unknown = await smoke("https://no-such-host.invalid/orders");
    expect([unknown.code, unknown.output]).toEqual([
      2,
      expect.stringMatching(/^https:\/\/no-such-host\.invalid\/orders: no answer \(getaddrinfo .+\)\n$/),
    ]);
    for (const target of ["http://api.contoso.com/orders", "api.contoso.com"]) {
      const { code, output } = await smoke(target);
      expect([code, output]).toEqual([
        3,
        `error: ${target} must be a URL with https, such as https://api.contoso.com/orders\n`,
      ]);
    }
  });
});
