import { Hono } from "hono";
import { refuseForeign, type ServerVars } from "../../../entra/server/foreign.ts";
import { createEcho, describeRequest, type RequestDescription, readBody } from "./echo.ts";
import { createDownload, createDrip, createEvents } from "./streams.ts";

/** Content of the answer to `GET /local/requests`. Requests to `/local/` do not count. */
interface Journal {
  count: number;
  /** Responses of `/drip` whose client closed the connection. */
  cancelled: number;
  last: RequestDescription | null;
}

const redirectStatuses = [301, 302, 303, 307, 308];
const bodilessStatuses = [204, 205, 304];

/**
 * The sample origin. It echoes the request as JSON, except on the paths below.
 *
 * @param vars of the server
 * @param openSocket accepts a WebSocket; without it, the origin has none
 */
export function createSampleOrigin(vars: ServerVars, openSocket = refuseSocket): Hono {
  const app = new Hono();
  let journal: Journal = { count: 0, cancelled: 0, last: null };

  app.use(async (c, next) => {
    // The gate forwards the `Origin` of its callers, which can be any page.
    return refuseForeign(c.req.raw, vars, c.req.path.startsWith("/local/")) ?? next();
  });
  app.get("/local/requests", (c) => c.json(journal));
  app.delete("/local/requests", (c) => {
    journal = { count: 0, cancelled: 0, last: null };
    return c.json(journal);
  });
  app.use(async (c, next) => {
    journal.count += 1;
    journal.last = describeRequest(c.req.raw);
    await next();
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
  app.all("/status/:code", (c) => createStatus(readCount(c.req.param("code")), c.req.query("location") ?? "/"));
  app.all("/slow", async (c) => {
    await new Promise((resolve) => setTimeout(resolve, readCount(c.req.query("ms"))));
    return createEcho(c.req.raw);
  });
  app.all("/headers", async (c) => {
    const response = await createEcho(c.req.raw);
    for (const [name, value] of new URL(c.req.url).searchParams) response.headers.append(name, value);
    return response;
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

/** Any status from 200 to 599. A redirect also has a Location. */
function createStatus(status: number, location: string): Response {
  const headers: Record<string, string> = redirectStatuses.includes(status) ? { Location: location } : {};
  return new Response(bodilessStatuses.includes(status) ? null : `status ${status}\n`, { status, headers });
}

function readCount(text: string | undefined): number {
  const count = Number(text ?? "0");
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`"${text}" is not a count`);
  return count;
}
