import { describe, expect, it } from "vitest";
import { App } from "../src/app/app.ts";
import { origin } from "../src/app/build/origin.ts";
import type { GateOptions } from "../src/app/gate-options.ts";
import { describeGate } from "../src/app/gate-options.ts";
import { noRoutes } from "../src/app/gate-routes.ts";
import { createGate } from "../src/gate.ts";
import { environmentWith } from "./support/environment.ts";
import { bearer, createGateWorld } from "./support/gate-world.ts";

/** A gate around a worker in the same script, which notes what it gets. */
function createInnerWorld(options: GateOptions = {}) {
  const calls: { readonly request: Request; readonly env: unknown; readonly context: unknown }[] = [];
  const worker = {
    name: "inner",
    async fetch(request: Request, env: unknown, context: unknown) {
      calls.push({ request, env, context });
      return new Response(`${this.name}: ${request.method} ${new URL(request.url).pathname} ${await request.text()}`);
    },
  };
  return { ...createGateWorld({ ...options, worker }), calls };
}

describe("createGate with a worker", () => {
  it("lets the worker answer allowed requests, and none that it refuses", async () => {
    const { ask, calls, forwarded } = createInnerWorld();
    expect((await ask("/orders")).status).toBe(401);
    expect((await ask("/orders", { token: await bearer({ scopes: ["other"] }) })).status).toBe(403);
    expect(calls).toEqual([]);
    const response = await ask("/orders/1?a=b", { token: await bearer(), method: "PUT", body: "two" });
    expect([response.status, await response.text()]).toEqual([200, "inner: PUT /orders/1 two"]);
    expect(calls[0]?.request.url).toMatch(/\/orders\/1\?a=b$/);
    expect(forwarded).toEqual([]);
  });

  it("passes on the environment, the context and the caller's identity, and no identity that a client claims", async () => {
    const { ask, calls } = createInnerWorld();
    await ask("/", { token: await bearer(), headers: { "x-ms-client-principal-name": "admin" } });
    const [call] = calls;
    expect(call?.env).toMatchObject({ ENTRA_REQUIRED_SCOPE: "access_as_user" });
    expect(call?.context).toMatchObject({ waitUntil: expect.any(Function) });
    expect(call?.request.headers.get("x-ms-client-principal")).not.toBeNull();
    expect(call?.request.headers.get("x-ms-client-principal-name")).not.toBe("admin");
  });

  it("keeps what Cloudflare says about the connection", async () => {
    const countries: unknown[] = [];
    const worker = { fetch: (request: Request) => Response.json(countries.push(request.cf?.country)) };
    const { io } = createGateWorld();
    const request = new Request("https://api.contoso.example/", {
      headers: { authorization: await bearer() },
      cf: { country: "SE" },
    });
    await createGate({ worker }, io).fetch(request, environmentWith({}));
    expect(countries).toEqual(["SE"]);
  });

  it("answers routes with origin() too, and is not asked for paths that unlisted rejects", async () => {
    const routes = new App().get("/open", { public: true }, origin());
    const { ask, calls } = createInnerWorld({ routes, unlisted: "reject" });
    expect(await (await ask("/open")).text()).toBe("inner: GET /open ");
    expect((await ask("/other", { token: await bearer() })).status).toBe(404);
    expect(calls).toHaveLength(1);
  });

  it("needs no ORIGIN_URL outside Workers", () => {
    const needsOrigin = (options: GateOptions) =>
      describeGate(options, noRoutes, false).serving?.forwards("report") === true;
    expect([needsOrigin({ worker: { fetch: () => new Response() } }), needsOrigin({})]).toEqual([false, true]);
  });

  it("answers 502 if the worker throws, and logs the message", async () => {
    const worker = {
      fetch() {
        throw new Error("broken");
      },
    };
    const world = createGateWorld({ worker });
    expect((await world.ask("/", { token: await bearer() })).status).toBe(502);
    expect(world.refusals()).toMatchObject([{ reason: "origin_unreachable", cause: "broken" }]);
  });

  it.each([null, {}, { fetch: true }, () => {}])("refuses a worker without fetch: %j", (worker) => {
    expect(() => createGate({ worker } as unknown as GateOptions)).toThrow(
      new TypeError("createGate: worker must have fetch, as the default export of a worker"),
    );
  });
});
