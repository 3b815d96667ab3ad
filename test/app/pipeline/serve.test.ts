import { describe, expect, it } from "vitest";
import { App } from "../../../src/app/app.ts";
import { contentsOf } from "../../../src/app/app-contents.ts";
import { origin } from "../../../src/app/build/origin.ts";
import { HttpError } from "../../../src/app/errors/errors.ts";
import { cors } from "../../../src/app/hooks/cors.ts";
import { secureHeaders } from "../../../src/app/hooks/secure-headers.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { caller, createAppGate, createAppWorld } from "../../support/app-world.ts";
import { createFakeIo } from "../../support/io.ts";

const gate = createAppGate(createFakeIo());
const ok = () => ({ status: 200, body: "ok" });
const problem = async (response: Response) => ({
  status: response.status,
  mediaType: response.headers.get("content-type"),
  ...(await response.json<object>()),
});

describe("an app that serves itself", () => {
  const declare = (app: App) => {
    app.get("/a", { public: true }, ok);
    app.post("/a", { middleware: [requireAuth("a")] }, ok);
    app.get("/orders/:id", { public: true }, ({ params }) => ({ status: 200, body: params }));
    app.head("/head", { public: true }, () => ({ status: 204 }));
  };

  it.each(["", " with hooks"])("answers 404 for unknown paths%s, in any spelling", async (hooks) => {
    const world = createAppWorld((app) => {
      if (hooks) app.use(secureHeaders());
      declare(app);
    });
    for (const path of ["/else", "/A", "/a/", "/a%2fb", "/orders"]) {
      expect(await problem(await world.ask(path))).toMatchObject({
        status: 404,
        mediaType: "application/problem+json",
        title: "Not Found",
        instance: `urn:uuid:${world.refusals().at(-1)?.id}`,
      });
    }
    expect(world.refusals().map(({ reason, route }) => [reason, route])).toEqual([
      ["not_found_error", "unlisted"],
      ["not_found_error", "near-miss"],
      ["not_found_error", "near-miss"],
      ["path_ambiguous", undefined],
      ["not_found_error", "unlisted"],
    ]);
  });

  it.each(["", " with hooks"])("answers 405 with the existing methods%s", async (hooks) => {
    const world = createAppWorld((app) => {
      if (hooks) app.use(secureHeaders());
      declare(app);
    });
    const response = await world.ask("/a", { method: "DELETE" });
    expect(response.headers.get("allow")).toBe("GET, POST, HEAD");
    expect(await problem(response)).toMatchObject({ status: 405, title: "Method Not Allowed" });
    const options = await world.ask("/orders/7", { method: "OPTIONS" });
    expect([options.status, options.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  });

  it("answers HEAD with the GET route and no body, unless HEAD has its own route", async () => {
    const world = createAppWorld(declare);
    const response = await world.ask("/a", { method: "HEAD" });
    expect([response.status, response.headers.get("content-type"), response.body]).toEqual([
      200,
      "application/json",
      null,
    ]);
    expect((await world.ask("/head", { method: "HEAD" })).status).toBe(204);
    expect((await world.ask("/head")).status).toBe(405);
    for (const path of ["/else", "/a%2fb"]) expect((await world.ask(path, { method: "HEAD" })).body).toBeNull();
  });

  it("keeps a guarded GET path closed for other methods and other readings of the path", async () => {
    const world = createAppWorld((app) => {
      app.get("/docs/*", { public: true }, ok);
      app.get("/docs/secret", { middleware: [requireAuth("a")] }, ok);
      app.head("/docs/*", { public: true }, ok);
      app.post("/docs/*", { public: true }, ok);
    });
    const ask = async (method: string, path: string) => (await world.ask(path, { method })).status;
    expect(await ask("HEAD", "/docs/secret")).toBe(401);
    for (const path of ["/docs/secret", "/docs/secret%3f", "/docs/%c5%9becret"]) {
      expect([path, await ask("POST", path)]).toEqual([path, 404]);
    }
    for (const path of ["/docs/secret%3f", "/docs/%c5%9becret"])
      expect([path, await ask("GET", path)]).toEqual([path, 404]);
    for (const method of ["GET", "HEAD", "POST"]) expect(await ask(method, "/docs/%c5%9bwiat")).toBe(200);
  });

  it("refuses plain http, and methods without a valid use", async () => {
    const world = createAppWorld(declare);
    expect((await world.ask("http://api.contoso.example/a")).status).toBe(403);
    expect((await world.ask("http://localhost/a")).status).toBe(200);
  });

  it("forwards through its guard, and keeps the answer private", async () => {
    const world = createAppWorld((app) => app.get("/x/*", { middleware: [requireAuth("a")] }, origin()));
    const response = await world.ask("/x/y", caller("a"));
    expect(await response.json()).toEqual({ forwarded: "/x/y", body: "" });
    expect((await world.ask("/x/y")).status).toBe(401);
  });

  it("can be called by tests without a network, with a path alone", async () => {
    const app = new App().get("/a", { public: true }, ({ request }) => ({ status: 200, body: request.url }));
    expect(await (await app.request("/a?b=1")).json()).toBe("https://app.example/a?b=1");
    expect(await (await app.request(new Request("https://x.example/a"))).json()).toBe("https://x.example/a");
  });
});

describe("access to an app", () => {
  const silent = "route GET /a: has no access rule. Add hooks: requireAuth(…), or public: true";

  it("a guarded app refuses a route without a requirement when it is declared", () => {
    const guarded = new App();
    contentsOf(guarded).guard(gate);
    expect(() => guarded.get("/a", {}, ok)).toThrow(new TypeError(silent));
    expect(() => guarded.group("/g", {}, (group) => void group.get("/a", {}, ok))).toThrow(TypeError);
    expect(contentsOf(guarded).routes).toEqual([]);
  });

  it("a guard refuses an app that has such a route", () => {
    expect(() => contentsOf(new App().get("/a", {}, ok)).guard(gate)).toThrow(new TypeError(silent));
  });

  it("an app without a guard is not served with such a route", async () => {
    const app = new App().get("/a", {}, ok).get("/b", { public: true }, ok);
    await expect(app.request("/b")).rejects.toThrow(new TypeError(silent));
    await expect(app.ready()).rejects.toThrow(new TypeError(silent));
  });

  it("an app without a guard refuses every caller if a route has a requirement", async () => {
    const world = createAppWorld((app) => app.get("/a", { middleware: [requireAuth("a")] }, ok), { open: true });
    const response = await world.ask("/a", caller("a"));
    expect(await problem(response)).toMatchObject({
      status: 500,
      detail: "The server is misconfigured. Contact the operator.",
    });
    expect(world.refusals()).toMatchObject([{ reason: "misconfigured", route: "GET /a" }]);
    expect(world.io.lines[0]).toEqual({
      event: "misconfigured",
      level: "error",
      fault: "route GET /a: requireAuth requires app.register(entraPlugin), or createGate({ routes: app })",
    });
  });

  it("an app without a guard cannot forward", async () => {
    const app = new App().get("/a", { public: true }, origin());
    await expect(app.ready()).rejects.toThrow(new TypeError("route GET /a: origin() requires a gate or entraPlugin"));
  });

  it("an app accepts one guard, and only before its routes", async () => {
    const { guard } = contentsOf(new App());
    guard(gate);
    expect(() => guard(gate)).toThrow(new TypeError("guard: the app already has one"));
    const served = new App();
    await served.ready();
    expect(() => contentsOf(served).guard(gate)).toThrow(
      new TypeError("guard: cannot be added after the app was served"),
    );
  });

  it("a declaration after the app is served is refused", async () => {
    const app = new App().get("/a", { public: true }, ok);
    await app.request("/a");
    const late = "cannot be added after the app was served";
    expect(() => app.get("/b", { public: true }, ok)).toThrow(new TypeError(`route GET /b: ${late}`));
    expect(() => app.use(secureHeaders())).toThrow(new TypeError(`use: ${late}`));
    expect(() => app.decorate("x", 1)).toThrow(new TypeError(`decorate: ${late}`));
    expect(() => app.register(() => {})).toThrow(new TypeError(`register: ${late}`));
  });
});

describe("a preflight", () => {
  const preflight = (method = "POST") => ({
    method: "OPTIONS",
    headers: { origin: "https://app.contoso.example", "access-control-request-method": method },
  });
  const policy = cors({ origin: "https://app.contoso.example", methods: ["POST"] });

  it("is answered by the policy of the requested route, without a token", async () => {
    const world = createAppWorld((app) => {
      app.group("/cors", { hooks: policy }, (group) => group.post("/a", { middleware: [requireAuth("a")] }, ok));
      app.post("/none", { middleware: [requireAuth("a")] }, ok);
    });
    const allowed = await world.ask("/cors/a", preflight());
    expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([
      204,
      "https://app.contoso.example",
    ]);
    expect(allowed.headers.get("access-control-allow-methods")).toBe("POST");
    for (const path of ["/none", "/else", "/cors/else"]) {
      const answer = await world.ask(path, preflight());
      expect([answer.status, answer.headers.has("access-control-allow-origin")]).toEqual([204, false]);
    }
  });

  it("is answered by the policy of the app if there is no such route", async () => {
    const world = createAppWorld((app) => app.use(policy).get("/a", { public: true }, ok));
    const answer = await world.ask("/else", preflight("GET"));
    expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.contoso.example");
  });

  it("is answered by the outermost of several policies, and by one in a bundle with other hooks", async () => {
    const inner = cors({ origin: "https://inner.contoso.example" });
    const world = createAppWorld((app) => {
      app.post("/bundle", { hooks: { ...policy, ...requireAuth("a") } }, ok);
      app.group("/group", { hooks: policy }, (group) => group.post("/a", { public: true, hooks: inner }, ok));
    });
    for (const path of ["/bundle", "/group/a"]) {
      const answer = await world.ask(path, preflight());
      expect(answer.headers.get("access-control-allow-origin")).toBe("https://app.contoso.example");
    }
  });

  it("never reaches a handler", async () => {
    let handled = 0;
    const world = createAppWorld((app) =>
      app.post("/a", { public: true, hooks: { preBody() {}, beforeHandle: () => void handled++ } }, () => {
        handled += 1;
        return { status: 200 };
      }),
    );
    expect([(await world.ask("/a", preflight())).status, handled]).toEqual([204, 0]);
  });
});

it("an unexpected error gets a response too", async () => {
  const io = createFakeIo();
  const app = new App({}, io).get("/a", { public: true }, () => {
    throw new HttpError(409, { title: "Conflict", detail: "The order is shipped.", code: 7 });
  });
  expect(await problem(await app.request("/a"))).toMatchObject({
    status: 409,
    detail: "The order is shipped.",
    code: 7,
  });
});
