import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOnFreePort } from "../../../cli/common/loopback.ts";
import { type Playground, startPlayground } from "../../../cli/dev/playground/server.ts";
import { tenants } from "../../../entra/directory/directory.ts";
import { type HeaderField, readHeader, sendRequest } from "../../support/http.ts";
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

describe("a page of another origin", () => {
  it.each(["https://evil.example", "http://evil.example:8788", "http://127.0.0.1.evil.example", "null"])(
    "%j gets no token, and changes nothing",
    async (origin) => {
      const url = stack.entraUrl;
      const before = await sendRequest(url, { path: "/local/keys" });
      const body = '{"kind":"emergency"}';
      const answers = [
        await sendRequest(url, { path: token, headers: from(origin) }),
        await sendRequest(url, { path: "/local/faults/rollOver", method: "POST", body, headers: from(origin) }),
        await sendRequest(url, { path: "/local/counts", method: "OPTIONS", headers: from(origin) }),
        await sendRequest(stack.originUrl, { path: "/local/requests", method: "DELETE", headers: from(origin) }),
      ];
      for (const answer of answers) {
        expect([answer.status, answer.body]).toEqual([
          403,
          "Only for pages of this machine: their origin is on localhost or 127.0.0.1\n",
        ]);
        expect(readHeader(answer, "access-control-allow-origin")).toEqual([]);
      }
      expect((await sendRequest(url, { path: "/local/keys" })).body).toBe(before.body);
    },
  );

  it("gets a token if it is on this machine", async () => {
    for (const origin of ["http://localhost:5173", "http://127.0.0.1:3000", stack.entraUrl]) {
      const answer = await sendRequest(stack.entraUrl, { path: token, headers: from(origin) });
      expect(answer.body).toMatch(/^eyJ/);
    }
  });

  it("may call the sample origin through a gate", async () => {
    const answer = await sendRequest(stack.originUrl, { path: "/orders", headers: from("https://app.example") });
    expect(answer.status).toBe(200);
  });
});
