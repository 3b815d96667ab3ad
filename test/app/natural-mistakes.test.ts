import { Hono } from "hono";
import { describe, expect, it, vi } from "vitest";
import { clients } from "../../entra/directory/clients.ts";
import * as daloy from "../../src/adapters/daloy.ts";
import * as hono from "../../src/adapters/hono.ts";
import { mcp } from "../../src/extensions/mcp/mcp.ts";
import {
  App,
  anyOf,
  createEntraPlugin,
  createGate,
  entraPlugin,
  origin,
  rateLimit,
  requireAuth,
  secureHeaders,
} from "../../src/index.ts";
import { environmentWith, plainLog } from "../support/environment.ts";
import { bearer, entra } from "../support/gate-world.ts";
import { createFakeIo } from "../support/io.ts";

/** A value of any type, as in JavaScript. */
// biome-ignore lint/suspicious/noExplicitAny: the programs are wrong on purpose
type Loose = any;
interface Worker {
  fetch(request: Request, env: object): Response | Promise<Response>;
}

const answer = () => ({ status: 200, body: "in" });
const createIo = () => createFakeIo({ fetch: (request) => entra.fetch(request) });
const gateOf = (routes: Loose, io: ReturnType<typeof createIo>): Worker => createGate({ routes }, io);

/**
 * Programs of engineers who know Hono and Workers, each with one mistake. Each says what is wrong when it starts, or in
 * the log of its first request.
 */
const programs: Readonly<Record<string, readonly [says: string, write: (io: Loose) => Worker | Promise<Worker>]>> = {
  "a full scope name, as clients request it": [
    'Tokens have the short name "orders.read"',
    (io) => gateOf(new App().get("/a", { hooks: requireAuth("api://orders/orders.read") }, answer), io),
  ],
  "middleware in place of hooks": [
    "hooks.beforeHandle has 2 parameters, but is called as (context). There is no next",
    (io) => {
      const guard = async (c: Loose, next: Loose) => (c.state.principal ? next() : new Response(null, { status: 403 }));
      return gateOf(new App().use({ beforeHandle: guard as Loose }).get("/a", {}, answer), io);
    },
  ],
  "two middleware in one use": [
    "use: must have one object. Call use(…) for each",
    (io) => {
      const app: Loose = new App();
      return gateOf(app.use(secureHeaders(), requireAuth("orders.admin")).get("/a", {}, answer), io);
    },
  ],
  "use after the routes": [
    "use: route GET /a was declared before and would not have the requirement",
    (io) => gateOf(new App().get("/a", {}, answer).use(requireAuth("orders.admin")), io),
  ],
  "a guard among the arguments, as in Hono": [
    "requireAuth(…) must be in the options",
    (io) => {
      const app: Loose = new App();
      return gateOf(app.get("/a", requireAuth("orders.admin"), answer), io);
    },
  ],
  "the path of another framework": [
    'path must look like /orders, /orders/:id or /orders/*. Write "/a/:id"',
    (io) => gateOf(new App().get("/a/{id}", { hooks: requireAuth("orders.read") }, answer), io),
  ],
  "options at the wrong level": [
    'unknown member "scopes". Write hooks: requireAuth({ scopes: … })',
    (io) => gateOf(new App().get("/a", { scopes: ["orders.admin"] } as Loose, answer), io),
  ],
  "a string in place of a list": [
    'anyRole of a requirement must be a non-empty list of strings: { anyRole: ["…"] }',
    (io) => {
      const admin = requireAuth({ anyRole: "Orders.Admin" as Loose });
      return gateOf(new App().get("/a", { hooks: anyOf(requireAuth("orders.read"), admin) }, answer), io);
    },
  ],
  "an empty list of roles": [
    'roles of a requirement must be a non-empty list of strings: { roles: ["…"] }',
    (io) => gateOf(new App().get("/a", { hooks: requireAuth({ scopes: ["orders.read"], roles: [] }) }, answer), io),
  ],
  "a client ID in upper case": [
    `which must be in lower case: "${clients.spa.clientId}"`,
    (io) => {
      const only = requireAuth({ scopes: ["orders.read"], clients: [clients.spa.clientId.toUpperCase()] });
      return gateOf(new App().get("/a", { hooks: only }, answer), io);
    },
  ],
  "an asynchronous function without await": [
    "createGate: routes must be an App and not a promise. Await it",
    (io) => {
      const declare = async () => new App().get("/a", { hooks: requireAuth("orders.read") }, answer);
      return gateOf(declare(), io);
    },
  ],
  "an app in place of options": [
    "createGate: the App must be an option. Write createGate({ routes: app })",
    (io) => createGate(new App().get("/a", { hooks: requireAuth("orders.read") }, answer) as Loose, io),
  ],
  "a decision among the variables": [
    "revokedAtSeconds must be in the second argument",
    (io) => {
      const config: Loose = { ...environmentWith(plainLog), revokedAtSeconds: () => 4_000_000_000 };
      const app = new App({}, io).register(createEntraPlugin(config, {}, io));
      return app.get("/a", { hooks: requireAuth("access_as_user") }, answer);
    },
  ],
  "hooks on the plugin": [
    "register: entraPlugin has no routes, so its options have no effect",
    (io) => {
      const app = new App({}, io).register(entraPlugin, { hooks: requireAuth("orders.admin") });
      return app.get("/a", { hooks: requireAuth("access_as_user") }, answer);
    },
  ],
  "no plugin": [
    "requireAuth requires app.register(entraPlugin)",
    (io) => new App({}, io).get("/a", { hooks: requireAuth("access_as_user") }, answer),
  ],
  "a promise as body": [
    "the body of a response is a promise. Await it",
    (io) => {
      const load = async () => ["secret"];
      return gateOf(
        new App().get("/a", {}, () => ({ status: 200, body: load() })),
        io,
      );
    },
  ],
  "origin without parentheses": [
    "origin: must be called when the route is declared: handler: origin()",
    (io) => gateOf(new App().get("/a", {}, origin as Loose), io),
  ],
  "a name with a scope in place of a requirement, for a tool": [
    'mcp: tools["delete"] must be requireAuth(…) or anyOf(…)',
    (io) => gateOf(new App().register(mcp("/a", { tools: { delete: "tools.write" as Loose } })), io),
  ],
  "a limit that is not called": [
    "hooks must not be a function",
    (io) => gateOf(new App().use(rateLimit as Loose).get("/a", {}, answer), io),
  ],
  "Hono's requireAuth in an App": [
    'hooks must not be middleware of Hono. Import requireAuth and anyOf from "entra-gate", not from "entra-gate/hono"',
    (io) => gateOf(new App().get("/a", { hooks: hono.requireAuth("orders.read") as Loose }, answer), io),
  ],
  "the requireAuth of DaloyJS in an App": [
    'hooks must not be those of a DaloyJS app. Import requireAuth and anyOf from "entra-gate", not from "entra-gate/daloy"',
    (io) => gateOf(new App().get("/a", { hooks: daloy.requireAuth("orders.read") as Loose }, answer), io),
  ],
  "the requireAuth of the gate in Hono": [
    'are hooks of an App, and no handlers. In a Hono app, import them from "entra-gate/hono"',
    (io) => {
      const app: Loose = new Hono().use(hono.entra(undefined, {}, io));
      return app.get("/a", requireAuth("access_as_user"), (c: Loose) => c.text("in"));
    },
  ],
  "the requireAuth of the gate in Hono, without entra()": [
    'are hooks of an App, and no handlers. In a Hono app, import them from "entra-gate/hono"',
    () => {
      const app: Loose = new Hono();
      return app.get("/a", requireAuth("access_as_user"), (c: Loose) => c.text("in"));
    },
  ],
  "the anyOf of the gate as middleware of Hono, without entra()": [
    'are hooks of an App, and no handlers. In a Hono app, import them from "entra-gate/hono"',
    () => {
      const app: Loose = new Hono();
      return app.use(anyOf(requireAuth("access_as_user"))).get("/a", (c: Loose) => c.text("in"));
    },
  ],
  "requireAuth in place of a handler": [
    'handler must not be requireAuth(…) or anyOf(…). Write hooks: requireAuth("…")',
    (io) => gateOf(new App().get("/a", {}, requireAuth("orders.read") as Loose), io),
  ],
  "requireAuth in place of a hook": [
    'hooks.preBody must not be requireAuth(…) or anyOf(…). Write hooks: requireAuth("…")',
    (io) => gateOf(new App().get("/a", { hooks: { preBody: requireAuth("orders.read") as Loose } }, answer), io),
  ],
  "requireAuth in place of a plugin": [
    "register: a plugin must be a function, or have a function register. Hooks belong to app.use(…)",
    (io) => gateOf(new App().register(requireAuth("orders.read") as Loose).get("/a", {}, answer), io),
  ],
  "requireAuth in place of the function of a group": [
    "group /a: the function must come last",
    (io) => gateOf((new App() as Loose).group("/a", {}, requireAuth("orders.read")), io),
  ],
  "requireAuth after the handler, in Hono": [
    "requireAuth comes after the handler. Put it before",
    (io) => {
      const app: Loose = new Hono().use(hono.entra(undefined, {}, io));
      return app.get("/a", (c: Loose) => c.text("in"), hono.requireAuth("orders.admin"));
    },
  ],
  "requireAuth without parentheses, in Hono": [
    "requireAuth must be called with scopes",
    (io) => {
      const app: Loose = new Hono().use(hono.entra(undefined, {}, io));
      return app.get("/a", hono.requireAuth, (c: Loose) => c.text("in"));
    },
  ],
};

/** Sends requests with and without a token to a program. @returns what it answered, and everything that it said */
async function tryProgram(write: (io: Loose) => Worker | Promise<Worker>) {
  const io = createIo();
  const said: unknown[] = [];
  const silenced = [vi.spyOn(console, "log"), vi.spyOn(console, "error")];
  for (const spy of silenced) spy.mockImplementation((line) => void said.push(String(line)));
  const statuses: number[] = [];
  try {
    const worker = await write(io);
    for (const authorization of [undefined, await bearer()]) {
      const headers = new Headers(authorization === undefined ? {} : { authorization });
      const request = new Request("https://api.contoso.example/a", { headers });
      statuses.push((await worker.fetch(request, environmentWith(plainLog))).status);
    }
  } catch (error) {
    said.push(String(error));
  } finally {
    for (const spy of silenced) spy.mockRestore();
  }
  return { statuses, said: [...said, ...io.lines.map((line) => JSON.stringify(line))].join("\n") };
}

describe.each(Object.entries(programs))("a program with %s", (_, [says, write]) => {
  it("lets no request in, and says what to do", async () => {
    const { statuses, said } = await tryProgram(write);
    expect(said.replaceAll('\\"', '"')).toContain(says);
    expect(statuses.filter((status) => status < 400)).toEqual([]);
  });
});

it("lets a request in without a mistake", async () => {
  const { statuses, said } = await tryProgram((io) =>
    gateOf(new App().get("/a", { hooks: requireAuth("access_as_user") }, answer), io),
  );
  expect(statuses, said).toEqual([401, 200]);
});
