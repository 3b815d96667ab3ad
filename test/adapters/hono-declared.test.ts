import type { MiddlewareHandler } from "hono";
import { compress } from "hono/compress";
import { cors } from "hono/cors";
import { etag } from "hono/etag";
import { logger } from "hono/logger";
import { secureHeaders } from "hono/secure-headers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { passThrough, requireAuth } from "../../src/adapters/hono.ts";
import { createHonoWorld } from "../support/adapter-world.ts";
import { environmentWith, plainLog } from "../support/environment.ts";
import { bearer } from "../support/gate-world.ts";

const guarded = requireAuth("access_as_user");
const statusOf = async (response: Promise<Response>) => (await response).status;

/** A Hono app with middleware between the guard and a route with a requirement. */
const createWorld = (middleware: MiddlewareHandler, vars: Readonly<Record<string, string | undefined>> = {}) =>
  createHonoWorld(
    (app, guard) => {
      app.use(guard);
      app.use(middleware);
      app.get("/orders", guarded, (c) => c.text("in"));
    },
    {},
    environmentWith({ ...plainLog, ...vars }),
  );
const withoutDefault = { ENTRA_REQUIRED_SCOPE: undefined };

afterEach(() => {
  vi.restoreAllMocks();
});

describe("passThrough", () => {
  it.each<[string, MiddlewareHandler]>([
    ["compress", compress({ threshold: 1 })],
    ["etag", etag()],
    ["logger", logger(() => {})],
    ["secureHeaders", secureHeaders()],
  ])("lets the requirement behind %s apply, without a default requirement", async (_, middleware) => {
    const { ask } = createWorld(passThrough(middleware), withoutDefault);
    expect(await statusOf(ask("/orders", { token: await bearer() }))).toBe(200);
    expect(await statusOf(ask("/orders"))).toBe(401);
  });

  it("answers 500 and names the middleware if it responds without calling next", async () => {
    const permissive: MiddlewareHandler = async (c) => c.text("in");
    const log = vi.spyOn(console, "log").mockReturnValue(undefined);
    const { ask } = createWorld(passThrough(permissive));
    expect(await statusOf(ask("/orders", { token: await bearer() }))).toBe(500);
    expect(await statusOf(ask("/orders"))).toBe(401);
    expect(await statusOf(ask("/reset/SECRET", { token: await bearer() }))).toBe(500);
    const lines = JSON.stringify(log.mock.calls);
    expect(lines).toContain("passThrough: permissive did not call next");
    expect(lines).not.toContain("SECRET");
  });

  it("lets hono/cors before the guard answer preflights, and no other OPTIONS", async () => {
    const log = vi.spyOn(console, "log").mockReturnValue(undefined);
    const { ask } = createHonoWorld((app, guard) => {
      app.use(passThrough(cors({ origin: "https://app.contoso.com" })), guard);
      app.all("/orders", guarded, (c) => c.text("in"));
    });
    const page = { origin: "https://app.contoso.com" };
    const preflight = await ask("/orders", {
      method: "OPTIONS",
      headers: { ...page, "access-control-request-method": "GET" },
    });
    expect([preflight.status, preflight.headers.get("access-control-allow-origin")]).toEqual([204, page.origin]);
    expect(await statusOf(ask("/orders", { method: "OPTIONS", headers: page }))).toBe(401);
    expect(await statusOf(ask("/orders", { method: "OPTIONS", token: await bearer() }))).toBe(200);
    expect(await statusOf(ask("/orders", { token: await bearer() }))).toBe(200);
    expect(JSON.stringify(log.mock.calls)).not.toContain("did not call next");
  });

  it("answers 500 if the middleware sets a response and does not call next", async () => {
    const setting: MiddlewareHandler = async (c) => {
      c.res = new Response("in");
    };
    vi.spyOn(console, "log").mockReturnValue(undefined);
    const { ask } = createWorld(passThrough(setting));
    expect(await statusOf(ask("/orders", { token: await bearer() }))).toBe(500);
    expect(await statusOf(ask("/orders", { token: await bearer(), method: "OPTIONS" }))).toBe(500);
  });

  it("throws if it gets no middleware", () => {
    expect(() => passThrough(undefined as unknown as MiddlewareHandler)).toThrow("Write passThrough(logger())");
  });
});

describe("unmarked middleware before a requirement", () => {
  it("refuses every caller without a default requirement, and the log says what to write", async () => {
    const { ask, io } = createWorld(
      logger(() => {}),
      withoutDefault,
    );
    expect(await statusOf(ask("/orders", { token: await bearer() }))).toBe(403);
    expect(io.lines).toContainEqual(
      expect.objectContaining({ fault: expect.stringContaining("write passThrough(logger(…))") }),
    );
  });

  it("runs for callers that meet the default requirement", async () => {
    const { ask } = createWorld(cors({ origin: "https://app.example" }), { ENTRA_REQUIRED_SCOPE: "orders.read" });
    expect(await statusOf(ask("/orders", { token: await bearer() }))).toBe(403);
    const scopes = ["orders.read", "access_as_user"];
    expect(await statusOf(ask("/orders", { token: await bearer({ scopes }) }))).toBe(200);
  });
});
