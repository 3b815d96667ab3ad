import { Hono } from "hono";
import { refuseForeign, type ServerVars, serverPages } from "../../../entra/server/pages.ts";
import { createEcho, describeRequest, type RequestDescription, readBody } from "./echo.ts";
import { createDownload, createDrip, createEvents } from "./streams.ts";

/** Content of the answer to `GET /local/requests`. Requests to `/local/` do not count. */
interface Journal {
  count: number;
  /** Responses of `/drip` whose client closed the connection. */
  cancelled: number;
  last: RequestDescription | null;
}

const bodilessStatuses = [204, 205, 304];

/** Response headers that a request asks for, in the form of a query: `set-cookie=a%3D1&cache-control=public`. */
const wantedHeaders = "X-Sample-Headers";
/** A browser that shows a response runs no script of it. */
const safeHeaders = {
  "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
};

/**
 * The sample origin. It echoes the request as JSON, except on the paths below. No part of a URL becomes a response
 * header: a link or an image of another site could then set cookies of this machine, or show a page of its own.
 *
 * @param vars of the server
 * @param openSocket accepts a WebSocket; without it, the origin has none
 */
export function createSampleOrigin(vars: ServerVars, openSocket = refuseSocket): Hono {
  const app = new Hono();
  let journal: Journal = { count: 0, cancelled: 0, last: null };

  app.use(async (c, next) => {
    await next();
    // The headers of an accepted WebSocket are fixed.
    if (c.res.status === 101) return;
    for (const [name, value] of Object.entries(safeHeaders)) c.res.headers.set(name, value);
  });
  app.use(async (c, next) => refuseForeign(c.req.raw, vars, serverPages.sampleOrigin) ?? next());
  app.get("/local/requests", (c) => c.json(journal));
  app.delete("/local/requests", (c) => {
    journal = { count: 0, cancelled: 0, last: null };
    return c.json(journal);
  });
  app.use(async (c, next) => {
    journal.count += 1;
    journal.last = describeRequest(c.req.raw);
    await next();
    const wanted = new URLSearchParams(c.req.header(wantedHeaders));
    for (const [name, value] of wanted) c.res.headers.append(name, value);
  });

  app.get("/sse", () => createStream(createEvents(), "text/event-stream"));
  app.get("/ws", (c) => openSocket(c.req.raw));
  app.get("/download", (c) =>
    createStream(createDownload(readCount(c.req.query("bytes"))), "application/octet-stream"),
  );
  app.get("/drip", () =>
    createStream(
      createDrip(() => (journal.cancelled += 1)),
      "text/plain",
    ),
  );
  app.all("/upload", async (c) => c.json({ bytes: (await readBody(c.req.raw)).bytes }));
  app.all("/status/:code", (c) => createStatus(readCount(c.req.param("code"))));
  app.all("/slow", async (c) => {
    await new Promise((resolve) => setTimeout(resolve, readCount(c.req.query("ms"))));
    return createEcho(c.req.raw);
  });
  app.all("*", (c) => createEcho(c.req.raw));
  app.onError((error) => new Response(`${error.message}\n`, { status: error instanceof RangeError ? 400 : 500 }));
  return app;
}

function refuseSocket(_request: Request): Response {
  return new Response("This sample origin has no WebSockets.\n", { status: 501 });
}

function createStream(body: ReadableStream, contentType: string): Response {
  return new Response(body, { headers: { "Content-Type": contentType } });
}

/** Any status from 200 to 599. */
function createStatus(status: number): Response {
  return new Response(bodilessStatuses.includes(status) ? null : `status ${status}\n`, { status });
}

function readCount(text: string | undefined): number {
  const count = Number(text ?? "0");
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`"${text}" is not a count`);
  return count;
}
