import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cache } from "hono/cache";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { csrf } from "hono/csrf";
import { etag } from "hono/etag";
import { logger } from "hono/logger";
import { methodOverride } from "hono/method-override";
import { poweredBy } from "hono/powered-by";
import { prettyJSON } from "hono/pretty-json";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { timeout } from "hono/timeout";
import { timing } from "hono/timing";
import { appendTrailingSlash } from "hono/trailing-slash";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isPassThrough } from "../../src/adapters/hono-declared.ts";

const passing = {
  compress: compress({ threshold: 1 }),
  etag: etag({ weak: true }),
  logger: logger(() => {}),
  poweredBy: poweredBy({ serverName: "x" }),
  prettyJSON: prettyJSON({ space: 4 }),
  requestId: requestId({ headerName: "" }),
  secureHeaders: secureHeaders({ contentSecurityPolicy: { defaultSrc: ["'none'"] } }),
  timing: timing({ total: false }),
};

const answering = {
  bodyLimit: bodyLimit({ maxSize: 1 }),
  cors: cors(),
  csrf: csrf(),
  methodOverride: methodOverride({ app: new Hono() }),
  timeout: timeout(1_000),
  appendTrailingSlash: appendTrailingSlash(),
};

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

describe("isPassThrough", () => {
  it.each(Object.entries(passing))("recognizes %s, with any options", (_, middleware) => {
    expect(isPassThrough(middleware)).toBe(true);
    expect(isPassThrough(middleware)).toBe(true);
  });

  it.each(Object.entries(passing))("is correct about %s: it calls next and does not answer", async (_, middleware) => {
    const reached: string[] = [];
    const app = new Hono().use(middleware).all("*", (c) => {
      reached.push(c.req.method);
      return c.json({});
    });
    for (const method of ["GET", "HEAD", "OPTIONS", "POST", "DELETE"]) {
      const headers = {
        "if-none-match": "*",
        range: "bytes=0-",
        "accept-encoding": "gzip",
        origin: "https://x.example",
      };
      await app.request("https://api.contoso.example/?pretty", { method, headers });
    }
    // Hono routes HEAD to GET handlers, and keeps the method.
    expect(reached).toEqual(["GET", "HEAD", "OPTIONS", "POST", "DELETE"]);
  });

  it.each(Object.entries(answering))("treats %s as middleware that may answer", (_, middleware) => {
    expect(isPassThrough(middleware)).toBe(false);
  });

  it("treats a function that only has the name as middleware that may answer", () => {
    async function logger(_c: unknown, next: () => Promise<void>) {
      await next();
    }
    expect(isPassThrough(logger)).toBe(false);
    expect(isPassThrough(logger.bind(undefined))).toBe(false);
    expect(isPassThrough(cache)).toBe(false);
  });

  it("recognizes nothing if the runtime does not keep source text", async () => {
    vi.spyOn(Function.prototype, "toString").mockReturnValue("function () { [native code] }");
    const fresh: typeof import("../../src/adapters/hono-declared.ts") = await import(
      "../../src/adapters/hono-declared.ts"
    );
    expect(fresh.isPassThrough(logger())).toBe(false);
    expect(fresh.isPassThrough(() => new Response("in"))).toBe(false);
  });
});
