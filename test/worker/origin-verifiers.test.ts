import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { fastify as createFastify, type FastifyRequest } from "fastify";
import { Hono } from "hono";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, describe, it } from "vitest";
import { type AssertedCaller, AssertionError, createAssertionVerifier } from "../../src/at-origin/origin.ts";
import { bundleWorkerOnce } from "../support/bundle.ts";
import { expectDecision, startAssertingGate } from "./support/asserting-gate.ts";

/** Real servers with the verifier. Each answers 200 with the caller and the headers that are left, or 401. */

const assertingGate = await startAssertingGate();
const { issuer, audience } = assertingGate;
const rows = await assertingGate.createRows();
const gate = createAssertionVerifier({ issuer, audience });

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Node's own server. */
const node = createServer((request, response) => {
  gate.verifyMessage(request).then(
    (caller) => response.end(JSON.stringify({ caller, headers: request.headers })),
    ({ status }: AssertionError) => response.writeHead(status).end(),
  );
});

interface ExpressApp {
  disable(name: string): void;
  use(...handlers: readonly unknown[]): void;
  (request: IncomingMessage, response: ServerResponse): void;
}
type ExpressRequest = IncomingMessage & { caller?: AssertedCaller };
const express = createRequire(import.meta.url)("express") as (() => ExpressApp) & { Router(): ExpressApp };
const app = express();
app.use(async (request: ExpressRequest, _: unknown, next: () => void) => {
  request.caller = await gate.verifyMessage(request);
  next();
});
app.use((request: ExpressRequest, response: { json(body: object): void }) =>
  response.json({ caller: request.caller, headers: request.headers }),
);
app.use((error: AssertionError, _: unknown, response: ServerResponse, _next: unknown) => {
  response.writeHead(error.status).end();
});

const hono = new Hono();
hono.onError((error, c) => c.body(null, error instanceof AssertionError ? error.status : 500));
hono.all("*", async (c) => {
  const { caller, request } = await gate.verify(c.req.raw);
  return c.json({ caller, headers: Object.fromEntries(request.headers) });
});
const honoServer = serve({ fetch: hono.fetch, port: 0, hostname: "127.0.0.1", overrideGlobalObjects: false }) as Server;
await once(honoServer, "listening");

const fastify = createFastify();
fastify.decorateRequest("caller");
fastify.addHook("onRequest", async (request: FastifyRequest & { caller?: AssertedCaller }) => {
  request.caller = await gate.verifyMessage(request.raw);
});
fastify.all("*", async (request: FastifyRequest & { caller?: AssertedCaller }) => ({
  caller: request.caller,
  headers: request.headers,
}));

const code = await bundleWorkerOnce("test/gates/verifying-origin.ts");
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    host: "127.0.0.1",
    cf: false,
    logRequests: false,
    compatibilityDate: "2026-10-12",
    modules: [{ type: "ESModule" as const, path: "worker.js", contents: code }],
    bindings: { ISSUER: issuer, AUDIENCE: audience },
  } as never),
);

const origins: Readonly<Record<string, string>> = {
  Node: await listen(node),
  Express: await listen(createServer(app)),
  Fastify: await fastify.listen({ port: 0, host: "127.0.0.1" }),
  Hono: `http://127.0.0.1:${(honoServer.address() as AddressInfo).port}`,
  "a Worker": (await miniflare.ready).origin,
};
afterAll(async () => {
  for (const server of [node, honoServer]) server.close();
  await Promise.all([fastify.close(), assertingGate.stop(), miniflare.dispose()]);
});

describe.each(Object.entries(origins))("%s with the verifier", (_, origin) => {
  it.each(rows)("decides about $name", (row) => expectDecision(origin, row));
});
