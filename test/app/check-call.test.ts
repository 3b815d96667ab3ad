import { describe, expect, it } from "vitest";
import { requireAuth as requireInHono } from "../../src/adapters/hono.ts";
import { App } from "../../src/app/app.ts";
import {
  anyOf,
  createEntraPlugin,
  createGate,
  entraPlugin,
  openapi,
  origin,
  requireAuth,
  secureHeaders,
} from "../../src/index.ts";

const handler = () => ({ status: 200 });
const options = { hooks: requireAuth("orders.read") };
/** An app whose methods accept any arguments, as in JavaScript. */
const looseApp = () =>
  new App() as unknown as Record<
    "get" | "post" | "use" | "route" | "group" | "register",
    (...args: readonly unknown[]) => unknown
  >;
const written = 'Write get("/a", { hooks: requireAuth("…") }, handler)';

describe("a shorthand", () => {
  it.each([
    [["/a", origin()], 'the options are missing. Write get("/a", { hooks: requireAuth("…") }, origin())'],
    [["/a", handler], `the options are missing. ${written}`],
    [["/a", handler, options], `the handler must come last. ${written}`],
    [["/a", handler, handler], `the handler must come last. ${written}`],
    [["/a", requireAuth("orders.read"), handler], `requireAuth(…) must be in the options. ${written}`],
    [["/a", anyOf(requireAuth("orders.read")), handler], `requireAuth(…) must be in the options. ${written}`],
    [["/a", options], `the handler is missing. ${written}`],
    [["/a"], `the handler is missing. ${written}`],
    [["/a", { ...options, handler }], `the handler must be an argument of its own. ${written}`],
    [["/a", options, handler, handler], `there are more arguments than path, options and handler. ${written}`],
    [["/a", {}, handler, requireAuth("a")], `there are more arguments than path, options and handler. ${written}`],
  ])("says how to write %j", (args, problem) => {
    expect(() => looseApp().get(...args)).toThrow(new TypeError(`route GET /a: ${problem}`));
  });

  it("says that the path comes first, and names its method", () => {
    const call = 'post("/orders", { hooks: requireAuth("…") }, handler)';
    expect(() => looseApp().post({ path: "/a", handler })).toThrow(
      new TypeError(`route POST /orders: the path must come first. Write ${call}`),
    );
  });

  it("accepts undefined options, as an empty object", () => {
    expect(() => looseApp().get("/a", undefined, handler)).not.toThrow();
  });
});

describe("route", () => {
  it.each([[["/a", handler]], [["/a", new App()]], [[new App()]], [[]], [[null]], [[handler]]])(
    "says how to write %j",
    (args) => {
      const call = 'route({ method: "GET", path: "/orders", hooks: requireAuth("…"), handler })';
      expect(() => looseApp().route(...args)).toThrow(new TypeError(`route: must have one object. Write ${call}`));
    },
  );
});

describe("use", () => {
  it.each([
    [["/a", requireAuth("a")], "use: hooks have no path. Write group("],
    [[secureHeaders(), requireAuth("a")], "use: must have one object. Call use(…) for each"],
    [[[requireAuth("a")]], "use: must have one object. Call use(…) for each"],
    [[requireInHono("a")], 'hooks must not be middleware of Hono. Import requireAuth and anyOf from "entra-gate", not'],
    [[requireAuth], 'hooks must not be a function. Use requireAuth("…")'],
    [[async (_: unknown, next: () => unknown) => next()], 'hooks must not be a function. Use requireAuth("…")'],
    [[entraPlugin], "A plugin belongs to app.register(…)"],
    [[openapi()], 'unknown member "hooks.register". This is a plugin: app.register(…)'],
    [[{ scopes: ["a"] }], 'unknown member "hooks.scopes". Write requireAuth({ scopes: … })'],
    [[{ acrs: ["c1"] }], 'unknown member "hooks.acrs". Write requireAuth({ acrs: … })'],
    [[Promise.resolve(requireAuth("a"))], "hooks must be an object and not a promise. Await it"],
  ])("refuses %j, which would have no effect", (args, problem) => {
    expect(() => looseApp().use(...args)).toThrow(problem);
  });

  it.each([
    ["preBody", (_context: unknown, _next: unknown) => undefined, "(context)"],
    ["beforeHandle", (_context: unknown, _next: unknown) => undefined, "(context)"],
    ["onRequest", (_request: unknown, _next: unknown) => undefined, "(request)"],
    ["onSend", (_response: unknown, _context: unknown, _next: unknown) => undefined, "(response, context)"],
  ])("refuses middleware as %s", (name, hook, call) => {
    expect(() => looseApp().use({ [name]: hook })).toThrow(
      new TypeError(`hooks.${name} has ${hook.length} parameters, but is called as ${call}. There is no next`),
    );
  });

  it("refuses a requirement after a route that would not have it, in a group or plugin too", () => {
    const complaint = new TypeError(
      "use: route GET /a was declared before and would not have the requirement. Call use(…) before it, or give it its own hooks: requireAuth(…)",
    );
    const requirement = requireAuth("orders.admin");
    expect(() => new App().get("/a", {}, handler).use(requirement)).toThrow(complaint);
    const plugin = (inner: App) => void inner.group("/", {}, (group) => void group.get("/a", {}, handler));
    expect(() => new App().register(plugin).use(requirement)).toThrow(complaint);
    expect(() => new App().group("/", {}, (group) => void group.get("/a", {}, handler).use(requirement))).toThrow(
      complaint,
    );
  });

  it("accepts a requirement after public routes, routes with their own, and routes outside the group", () => {
    const app = new App().get("/open", { public: true }, handler).get("/own", options, handler);
    expect(() => app.use(requireAuth("orders.admin"))).not.toThrow();
    const outer = new App().get("/outside", {}, handler);
    expect(() => outer.group("/inside", {}, (group) => void group.use(requireAuth("a")))).not.toThrow();
    expect(() => new App().get("/a", {}, handler).use(secureHeaders())).not.toThrow();
  });
});

describe("group and register", () => {
  it("say how to write the call", () => {
    expect(() => looseApp().group("/a", (_: unknown) => {})).toThrow(
      'group /a: the function must come last. Write group("/orders", { hooks: requireAuth("…") }, (group) => { … })',
    );
    expect(() => looseApp().register(new App())).toThrow(
      'register: an App is not a plugin. Write register((orders) => { … }, { prefix: "/orders" })',
    );
    for (const value of [requireAuth("a"), null, "openapi"]) {
      expect(() => looseApp().register(value)).toThrow("a plugin must be a function, or have a function register");
    }
    expect(() => looseApp().register(createEntraPlugin)).toThrow(
      "createEntraPlugin: pass its result to the app. Write app.register(createEntraPlugin(…))",
    );
    expect(() => looseApp().register(openapi)).toThrow(
      "openapi: pass its result to the app. Write app.register(openapi(…))",
    );
  });
});

describe("createGate", () => {
  it.each([
    [new App(), "createGate: the App must be an option. Write createGate({ routes: app })"],
    [{ routes: Promise.resolve(new App()) }, "createGate: routes must be an App and not a promise. Await it"],
    [{ ENTRA_TENANT_ID: "x" }, "createGate: ENTRA_TENANT_ID is a variable. Set it in the environment"],
    [null, "createGate: options must be an object with routes, unlisted"],
  ])("says how to write %j", (given, problem) => {
    expect(() => createGate(given as never)).toThrow(problem);
  });
});
