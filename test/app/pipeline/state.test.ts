import { describe, expect, it } from "vitest";
import { App } from "../../../src/app/app.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { createEntraPlugin } from "../../../src/entra-plugin.ts";
import { createGate } from "../../../src/gate.ts";
import type { RouteContext } from "../../../src/index.ts";
import { user } from "../../support/claims.ts";
import { environmentWith, plainLog } from "../../support/environment.ts";
import { bearer, entra } from "../../support/gate-world.ts";
import { createFakeIo } from "../../support/io.ts";

const environment = environmentWith({ ...plainLog, ORIGIN_URL: "https://origin.contoso.example" });

/** Servers of one handler. It answers for any caller, on a route of the root and of a group. */
const servers = {
  "an App": (io: ReturnType<typeof createFakeIo>, handler: (context: RouteContext) => unknown) => {
    const app = new App({}, io).register(createEntraPlugin(undefined, {}, io));
    return declare(app, handler);
  },
  "a gate": (io: ReturnType<typeof createFakeIo>, handler: (context: RouteContext) => unknown) =>
    createGate({ routes: declare(new App({}, io), handler) }, io),
};

function declare(app: App, handler: (context: RouteContext) => unknown): App {
  const answer = async (context: RouteContext) => ({ status: 200, body: await handler(context) });
  app.get("/root", { public: true }, answer as never);
  app.group("/group", {}, (group) => void group.get("/a", { public: true }, answer as never));
  return app;
}

const createIo = () => createFakeIo({ fetch: (request) => entra.fetch(request) });

describe.each(Object.entries(servers))("state in %s", (_, serve) => {
  const ask = (io: ReturnType<typeof createFakeIo>, path: string, handler: (context: RouteContext) => unknown) =>
    serve(io, handler).fetch(new Request(`https://api.contoso.example${path}`), environment);

  it.each(["/root", "/group/a"])("has a verifier on %s, with the checks of the guard", async (path) => {
    const io = createIo();
    const token = (await bearer()).slice("Bearer ".length);
    const verify = async ({ state: { verifier } }: RouteContext) => [
      (await verifier.verify(token)).oid,
      await verifier.verify(`${token}x`).catch((error) => String(error)),
    ];
    const response = await ask(io, path, verify);
    expect(await response.json()).toEqual([user, "Error: the access token is refused"]);
    expect(io.lines).toContainEqual(expect.objectContaining({ event: "refused", route: "verify" }));
  });

  it.each(["downstream", "downstreamFetch"])("says which option %s requires", async (name) => {
    const io = createIo();
    const response = await ask(io, "/root", ({ state }) => (state as unknown as Record<string, unknown>)[name]);
    expect(response.status).toBe(500);
    expect(io.lines).toContainEqual(
      expect.objectContaining({
        reason: "internal_error",
        cause: `TypeError: state.${name} requires the option downstream: downstream(), of createGate or createEntraPlugin`,
      }),
    );
  });

  it("shows only the values of the app", async () => {
    const response = await ask(createIo(), "/root", ({ state }) => [Object.keys(state), { ...state }]);
    expect(await response.json()).toEqual([[], {}]);
  });

  it("can get values of the same names from hooks", async () => {
    const response = await ask(createIo(), "/root", ({ state }) => {
      Object.assign(state, { verifier: "own", downstream: "own", downstreamFetch: "own" });
      return state;
    });
    expect(await response.json()).toEqual({ verifier: "own", downstream: "own", downstreamFetch: "own" });
  });
});

it("keeps a decorated verifier", async () => {
  const io = createIo();
  const app = new App({}, io).register(createEntraPlugin(undefined, {}, io)).decorate("verifier", "own");
  app.get("/a", { public: true }, ({ state }) => ({ status: 200, body: state.verifier }));
  const response = await app.fetch(new Request("https://api.contoso.example/a"), environment);
  expect(await response.json()).toBe("own");
});

it("refuses a token without the configuration of a guard", async () => {
  const app = new App({}, createIo()).get("/a", { public: true }, async ({ state }) => ({
    status: 200,
    body: await state.verifier.verify("x").catch(String),
  }));
  expect(await (await app.request("/a")).json()).toBe("Error: the access token is refused");
});

it("keeps the requirement of a route beside the verifier", async () => {
  const io = createIo();
  const app = new App({}, io).register(createEntraPlugin(undefined, {}, io));
  app.get("/a", { hooks: requireAuth("orders.read") }, () => ({ status: 200 }));
  const request = new Request("https://api.contoso.example/a", { headers: { authorization: await bearer() } });
  expect((await app.fetch(request, environment)).status).toBe(403);
});
