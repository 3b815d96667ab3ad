import { describe, expect, it } from "vitest";
import { App } from "../src/app/app.ts";
import { cors } from "../src/app/hooks/cors.ts";
import type { RouteContext } from "../src/app/types/types.ts";
import { client, tenant, user } from "./support/claims.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";
import { settle } from "./support/io.ts";

describe("a handler", () => {
  const worldOf = (handler: (context: RouteContext) => unknown, open?: true) =>
    createGateWorld({
      routes: new App().route({
        method: "GET",
        path: "/:a/:b",
        handler: handler as never,
        ...(open && { public: open }),
      }),
    });

  it("gets the caller, the route and the environment", async () => {
    let told: RouteContext | undefined;
    const world = worldOf((context) => {
      told = context;
      return { status: 204 };
    });
    expect((await world.ask("/x/%C3%A4?q=1", { token: await bearer() })).status).toBe(204);
    expect(told?.request.url).toBe("https://api.contoso.example/x/%C3%A4?q=1");
    expect(told?.params).toEqual({ a: "x", b: "\u00e4" });
    expect(told?.state.principal).toMatchObject({ kind: "user", oid: user, tid: tenant, azp: client });
    expect(told?.env).toMatchObject({ ENTRA_TENANT_ID: tenant });
  });

  it("gets no caller on a public route, even with a token", async () => {
    const states: unknown[] = [];
    const world = worldOf(({ state }) => {
      states.push(state);
      return { status: 204 };
    }, true);
    await world.ask("/x/y");
    await world.ask("/x/y", { token: await bearer() });
    expect(states).toEqual([{}, {}]);
  });

  it("may continue work after the response, as the gate does with its keys", async () => {
    const world = worldOf(({ waitUntil }) => {
      waitUntil(Promise.resolve("left behind"));
      return { status: 204 };
    });
    await world.ask("/x/y", { token: await bearer() });
    await settle();
    expect(await Promise.all(world.background)).toContain("left behind");
    expect(world.background.length).toBeGreaterThan(1);
  });

  it.each([
    ["throws an Error", () => Promise.reject(new RangeError("at db.internal:5432")), "RangeError: at db.internal:5432"],
    ["throws text", () => Promise.reject("at db.internal:5432"), "unknown"],
    ["throws nothing", () => Promise.reject(), "unknown"],
    [
      "throws a Response",
      () => Promise.reject(new Response("at db.internal:5432")),
      "a Response was thrown. Return it, or throw an HttpError",
    ],
    ["answers nothing", () => undefined, expect.stringContaining("TypeError: a handler must return")],
    ["answers with text", () => "text", expect.stringContaining("TypeError: a handler must return")],
    [
      "answers with no status",
      async () => ({ body: "x" }),
      expect.stringContaining("TypeError: a handler must return"),
    ],
    ["answers with an invalid status", () => ({ status: 1 }), expect.stringContaining("RangeError")],
  ])("that %s results in a fixed text", async (_, handler, cause) => {
    for (const open of [undefined, true] as const) {
      const world = worldOf(handler, open);
      const response = await world.ask("/x/y", { token: await bearer() });
      expect([response.status, response.headers.get("content-type")]).toEqual([500, "application/problem+json"]);
      const text = await response.text();
      expect(text).toContain("An internal error occurred. Contact the operator.");
      expect(text).not.toContain("db.internal");
      expect(world.refusals()).toMatchObject([{ reason: "internal_error", cause, route: "GET /:a/:b" }]);
    }
  });

  it.each([new Error("at once"), "at once", undefined, null])(
    "that throws %s synchronously results in a fixed text too",
    async (thrown) => {
      for (const policy of [undefined, cors({ origin: "https://app.contoso.example" })]) {
        const world = createGateWorld({
          ...(policy && { cors: policy }),
          routes: new App().route({
            method: "GET",
            path: "/x",
            handler: () => {
              throw thrown;
            },
          }),
        });
        expect((await world.ask("/x", { token: await bearer() })).status).toBe(500);
        expect(world.refusals()).toMatchObject([{ reason: "internal_error" }]);
      }
    },
  );
});
