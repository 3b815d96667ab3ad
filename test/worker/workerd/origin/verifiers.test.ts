import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { createAdaptorServer } from "@hono/node-server";
import { fastify as createFastify, type FastifyRequest } from "fastify";
import { Hono } from "hono";
import { afterAll, describe, it } from "vitest";
import { type AssertedCaller, AssertionError, createAssertionVerifier } from "../../../../src/origin/origin.ts";
import type { AssertionRow } from "../../../support/assertion-rows.ts";
import { bundleWorkerOnce } from "../../../support/bundle.ts";
import { startServer } from "../../../support/server.ts";
import { startWorker } from "../../../support/worker-process.ts";
import { expectDecision, startAssertingGate } from "../../support/asserting-gate.ts";

/** Real servers with the verifier. Each answers 200 with the caller and the headers that are left, or 401. */

const assertingGate = await startAssertingGate();
const { issuer, audience } = assertingGate;
const rows = await assertingGate.createRows();
const gate = createAssertionVerifier({ issuer, audience });

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
const worker = await startWorker({ name: "origin", code, port: 0, vars: { ISSUER: issuer, AUDIENCE: audience } });

const servers = {
  Node: await startServer(node),
  Express: await startServer(createServer(app)),
  Hono: await startServer(createAdaptorServer({ fetch: hono.fetch, overrideGlobalObjects: false }) as Server),
  Fastify: { url: await fastify.listen({ port: 0, host: "127.0.0.1" }), stop: () => fastify.close() },
  "a Worker": worker,
};
afterAll(() => Promise.all([assertingGate, ...Object.values(servers)].map((server) => server.stop())));

describe.each(Object.entries(servers))("%s with the verifier", (_, { url }) => {
  it.each(rows)("decides about $name", (row) => expectDecision(url, row));
});

it.each(["/admin/..", "/admin/%2e%2e", "/.", "/admin\\.."])(
  "a Worker refuses a path that a URL parser reads as that of the assertion: it begins with %s",
  async (start) => {
    const row = rows.find(({ isGood }) => isGood) as AssertionRow;
    await expectDecision(worker.url, { ...row, isGood: false, path: start + row.path });
  },
);
