import { createHash } from "node:crypto";
import type { IncomingHttpHeaders, RequestListener } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../../../../cli/common/loopback.ts";
import { gateRuntime, startAddressedStack } from "../../../support/gate-runtime.ts";
import { type HttpAnswer, readHeader, sendRequest } from "../../../support/http.ts";
import { openConnection } from "../../../support/origin-socket.ts";
import type { Stack } from "../../../support/stack.ts";

/** Cookies of other origins, which a browser sends to every path of the gate. */
const sent = "orders-session=of-orders; theme=dark";
const set = ["billing-session=of-billing; Path=/; HttpOnly", "fixed=by-billing; Path=/"];
/** Cookies of RFC 2965, and a header that deletes those of all origins. */
const others = { "set-cookie2": "old=by-billing; Version=1", "clear-site-data": '"cookies"' };
/** Magic value of RFC 6455 section 1.3. */
const magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface CookieOrigin {
  readonly url: string;
  /** The `Cookie` of the last request, and its `Cookie2`. */
  last(): string | undefined;
  stop(): Promise<void>;
}

/** An origin that sets cookies with every answer, also with a 101. */
async function startOrigin(): Promise<CookieOrigin> {
  let last: string | undefined;
  const read = (headers: IncomingHttpHeaders) => [headers.cookie, headers.cookie2].flatMap((each) => each ?? []).join();
  const answer: RequestListener = ({ headers }, response) => {
    last = read(headers);
    response.writeHead(200, { "set-cookie": set, ...others }).end("ok");
  };
  const { url, stop } = await serve(answer, 0, ({ headers }, socket) => {
    last = read(headers);
    const accept = createHash("sha1").update(`${headers["sec-websocket-key"]}${magic}`).digest("base64");
    const lines = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
    const fields = [...set.map((cookie) => ["Set-Cookie", cookie]), ...Object.entries(others)];
    const cookies = fields.map((field) => field.join(": "));
    socket.on("error", () => {});
    socket.write(["HTTP/1.1 101 Switching Protocols", ...lines, ...cookies, "", ""].join("\r\n"));
  });
  return { url, last: () => last, stop };
}

let stack: Stack;
let origins: Record<"own" | "billing" | "orders", CookieOrigin>;
let authorization: string;
const log: string[] = [];

beforeAll(async () => {
  origins = { own: await startOrigin(), billing: await startOrigin(), orders: await startOrigin() };
  stack = await startAddressedStack(() => ({
    gateEntry: "test/gates/cookies.ts",
    gateVars: {
      ORIGIN_URL: origins.own.url,
      ORIGIN_BILLING_URL: origins.billing.url,
      ORIGIN_BILLING_AUTHORIZATION: "strip",
      ORIGIN_ORDERS_URL: origins.orders.url,
      ORIGIN_ORDERS_COOKIES: "forward",
    },
    onGateLog: (line) => void log.push(line),
  }));
  authorization = `Bearer ${await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text()}`;
});
afterAll(async () => {
  await stack.stop();
  for (const each of Object.values(origins)) await each.stop();
});

const ask = (path: string): Promise<HttpAnswer> =>
  sendRequest(stack.gateUrl, {
    path,
    headers: [
      ["Authorization", authorization],
      ["Cookie", sent],
      ["Cookie2", "$Version=1"],
    ],
  });

const readOthers = (answer: HttpAnswer) => Object.keys(others).map((name) => readHeader(answer, name));

/** Opens a WebSocket. @returns the head of the answer */
async function upgrade(path: string): Promise<string> {
  const connection = await openConnection(stack.gateUrl);
  const { host } = new URL(stack.gateUrl);
  const key = "dGhlIHNhbXBsZSBub25jZQ==";
  const lines = [
    ...[
      `GET ${path} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: ${authorization}`,
      `Cookie: ${sent}`,
      "Cookie2: $Version=1",
    ],
    ...["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", `Sec-WebSocket-Key: ${key}`],
  ];
  connection.write([...lines, "", ""].join("\r\n"));
  const head = await connection.until(/\r\n\r\n/);
  connection.close();
  return head;
}

describe("cookies", () => {
  it.each([
    ["of the origin without a name are forwarded both ways", "own", "/own"],
    ["of a named origin with _COOKIES=forward are forwarded both ways", "orders", "/orders/1"],
  ] as const)("%s", async (_, origin, path) => {
    const answer = await ask(path);
    expect([answer.status, origins[origin].last(), readHeader(answer, "set-cookie")]).toEqual([200, sent, set]);
    expect(readOthers(answer)).toEqual([[], [others["clear-site-data"]]]);
  });

  it("of another named origin do not reach it, and do not come from it", { tags: "origin-cookies" }, async () => {
    const answer = await ask("/billing/1");
    expect([answer.status, origins.billing.last(), readHeader(answer, "set-cookie")]).toEqual([200, "", []]);
    expect(readOthers(answer)).toEqual([[], []]);
  });

  it.each(["/billing/ws", "/billing/expiring"])(
    "do not cross with the WebSocket at %s",
    { tags: "origin-cookies" },
    async (path) => {
      const head = await upgrade(path);
      // Only Workers forward WebSockets. Deno sends the origin a request without `Upgrade`.
      if (gateRuntime === "workerd") expect(head).toMatch(/^HTTP\/1\.1 101 /);
      expect([origins.billing.last(), /^(?:set-cookie2?|clear-site-data):.*$/im.exec(head)]).toEqual(["", null]);
    },
  );

  it.runIf(gateRuntime === "workerd").each(["/orders/ws", "/orders/expiring"])(
    "cross with the WebSocket at %s, whose origin has _COOKIES=forward",
    async (path) => {
      const head = await upgrade(path);
      expect(head).toMatch(/^HTTP\/1\.1 101 /);
      expect([origins.orders.last(), head.match(/^set-cookie2?:.*$/gim)?.length]).toEqual([sent, 2]);
    },
  );

  it.runIf(gateRuntime === "workerd")(
    "that were dropped are in the log once for each origin, without name or value",
    async () => {
      const dropped = () => log.filter((line) => line.includes("cookie_dropped")).map((line) => JSON.parse(line));
      await expect.poll(dropped).toHaveLength(1);
      await ask("/billing/2");
      await ask("/own");
      expect(dropped()).toEqual([
        {
          event: "cookie_dropped",
          level: "info",
          origin: "billing",
          sender: "caller",
          variable: "ORIGIN_BILLING_COOKIES",
        },
      ]);
      expect(log.join("\n")).not.toMatch(/session|theme|fixed/);
    },
  );
});
