import { createServer, type RequestListener } from "node:http";
import { isDeepStrictEqual } from "node:util";
import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, expect, it } from "vitest";
import { serve } from "../../../../cli/common/loopback.ts";
import { downstreamApi } from "../../../../entra/directory/directory.ts";
import { gateRuntime, startAddressedStack } from "../../../support/gate-runtime.ts";
import { makeIssuerKey } from "../../../support/issuer-keys.ts";
import type { Stack, StackOptions } from "../../../support/stack.ts";
import { certificateOf, type MutualTlsOrigin, startMutualTlsOrigin } from "../../support/mutual-tls-origin.ts";

/** What an origin received. */
interface Seen {
  readonly origin: string;
  readonly target: string;
  readonly certificate?: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Fewer on Deno and Node, where a promise belongs to no request, so requests that share one do not harm each other. */
const requests = gateRuntime === "workerd" ? 1_500 : 400;
/** The time limit of each origin: that of the gate. */
const limitMs = 20_000;
/** Requests under way at a time. */
const lanes = 32;
const key = await makeIssuerKey("ES256");
const keySet = createLocalJWKSet({ keys: [{ ...JSON.parse(key.publicJwk), kid: key.kid, alg: "ES256" }] });

/** An origin that answers with what it received. It never answers a request whose target ends in `hang`. */
const show =
  (origin: string): RequestListener =>
  (request, response) => {
    const { url = "", headers, socket } = request;
    if (url.endsWith("/hang")) return;
    const certificate = "encrypted" in socket && { certificate: certificateOf(socket) };
    response.end(JSON.stringify({ origin, target: url, headers, ...certificate }));
  };

/** The same as a worker. */
const billingWorker = `export default {
  async fetch(request) {
    const { pathname: target } = new URL(request.url);
    if (target.endsWith("/hang")) await new Promise((resolve) => setTimeout(resolve, 3_600_000));
    return Response.json({ origin: "billing", target, headers: Object.fromEntries(request.headers) });
  },
};`;

const servers: { stop(): Promise<void> }[] = [];
let stack: Stack;
let ordersOrigin: MutualTlsOrigin | undefined;

async function keep<Server extends { stop(): Promise<void> }>(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  servers.push(server);
  return server;
}

/** Where two of the origins are. In workerd, a binding carries their requests: to a worker, and with a certificate. */
async function locateNamed(): Promise<{ readonly billing: string; readonly orders: string; readonly bound?: object }> {
  if (gateRuntime !== "workerd") {
    return { billing: (await keep(serve(show("billing")))).url, orders: (await keep(serve(show("orders")))).url };
  }
  const http = createServer(show("orders"));
  // A server that closes an idle connection can do so while the next request is on its way.
  http.keepAliveTimeout = 0;
  ordersOrigin = await keep(startMutualTlsOrigin((socket) => void http.emit("connection", socket)));
  return {
    billing: "https://billing.contoso.example",
    orders: "https://orders.contoso.example",
    bound: {
      gateBindings: {
        ORIGIN_BILLING: { type: "worker", worker: "billing" },
        ORIGIN_ORDERS: ordersOrigin.binding,
      } satisfies StackOptions["gateBindings"],
      gateNeighbors: [{ name: "billing", code: billingWorker, port: 0, vars: {} }],
    },
  };
}

beforeAll(async () => {
  const own = await keep(serve(show("own")));
  const { billing, orders, bound } = await locateNamed();
  stack = await startAddressedStack((gateUrl) => ({
    gateEntry: "test/gates/origins.ts",
    gateVars: {
      GATE_URL: gateUrl,
      GATE_ISSUER: gateUrl,
      GATE_SIGNING_KEY: key.pem,
      ORIGIN_ASSERTION: "jwt",
      ORIGIN_URL: own.url,
      ORIGIN_AUDIENCE: "own",
      ORIGIN_BILLING_URL: `${billing}/base`,
      ORIGIN_BILLING_AUDIENCE: "billing",
      ORIGIN_BILLING_AUTHORIZATION: "strip",
      ORIGIN_ORDERS_URL: orders,
      ORIGIN_ORDERS_AUDIENCE: "orders",
      ORIGIN_ORDERS_AUTHORIZATION: "on-behalf-of",
      ORIGIN_ORDERS_SCOPE: `${downstreamApi.appIdUri}/inventory.read`,
    },
    downstream: true,
    onGateLog: () => {},
    ...bound,
  }));
});
afterAll(async () => {
  await stack.stop();
  for (const server of servers) await server.stop();
});

/** A GET as a caller. */
async function ask(path: string, token: string): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(stack.gateUrl + path, { headers: { authorization: `Bearer ${token}` } });
  return { status: response.status, text: await response.text() };
}

const readToken = (authorization = "") =>
  decodeJwt<Readonly<Record<string, unknown>>>(authorization.slice("Bearer ".length));

it("send each of many interleaved requests to its own origin, with the token and the assertion for it", async () => {
  const callers = await Promise.all(
    ["member", "guest", "admin"].map(async (persona) => {
      const token = await (await fetch(`${stack.entraUrl}/local/token?persona=${persona}`)).text();
      return { token, oid: decodeJwt<{ oid: string }>(token).oid };
    }),
  );
  const origins = [
    { name: "own", path: "/own", base: "" },
    { name: "billing", path: "/billing", base: "/base" },
    { name: "orders", path: "/orders", base: "" },
  ] as const;
  const wrong: unknown[] = [];
  let answered = 0;
  let next = 0;
  const hanging = origins.map(async ({ path }) => {
    const startMs = performance.now();
    const { status } = await ask(`${path}/hang`, callers[0]!.token);
    return { status, tookMs: performance.now() - startMs, answered };
  });
  async function runLane(): Promise<void> {
    for (let index = next++; index < requests; index = next++) {
      const { name, path, base } = origins[index % 3]!;
      const { token, oid } = callers[Math.floor(index / 3) % 3]!;
      const { status, text } = await ask(`${path}/${index}`, token);
      const { origin, target, certificate, headers } = JSON.parse(text) as Seen;
      const assertion = headers["x-entra-assertion"] ?? "";
      const { payload } = await jwtVerify(assertion, keySet, { audience: name });
      const { authorization } = headers;
      const sent = name === "orders" ? readToken(authorization) : authorization;
      const found = {
        ...{ status, origin, target, certificate, sub: payload.sub },
        oid: headers["x-ms-client-principal-id"],
        token: typeof sent === "object" ? { scp: sent.scp, oid: sent.oid } : sent,
      };
      const expected = {
        ...{ status: 200, origin: name, target: `${base}${path}/${index}`, sub: oid, oid },
        certificate: name === "orders" ? ordersOrigin?.fingerprint : undefined,
        token: { own: `Bearer ${token}`, billing: undefined, orders: { scp: "inventory.read", oid } }[name],
      };
      answered += 1;
      if (!isDeepStrictEqual(found, expected)) wrong.push({ found, expected });
    }
  }
  await Promise.all(Array.from({ length: lanes }, runLane));
  expect(wrong.slice(0, 3)).toEqual([]);
  for (const { status, tookMs, answered } of await Promise.all(hanging)) {
    expect(status).toBe(504);
    // Clocks of two processes differ a little.
    expect(tookMs).toBeGreaterThan(limitMs - 100);
    // An origin that does not answer delays no other, nor other requests to itself: each lane would have waited for it.
    expect(answered).toBeGreaterThan(3 * lanes);
  }
});
