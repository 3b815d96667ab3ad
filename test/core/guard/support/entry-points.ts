import { Hono } from "hono";
import * as daloy from "../../../../src/adapters/daloy.ts";
import * as hono from "../../../../src/adapters/hono.ts";
import type { EntraOptions } from "../../../../src/core/guard/entra-options.ts";
import { App, createEntraPlugin, createGate, requireAuth } from "../../../../src/index.ts";
import { environmentWith, plainLog } from "../../../support/environment.ts";
import { entra } from "../../../support/frozen-entra.ts";
import { createFakeIo, type FakeIo } from "../../../support/io.ts";

/** One entry point in one isolate, with the route `GET /orders` for the scope `access_as_user`. */
export interface EntryPoint {
  readonly io: FakeIo;
  ask(question: Question): Promise<Response>;
}

export interface Question {
  readonly token?: string;
  /** The text before the token. */
  readonly scheme?: string;
  /** `https://api.contoso.example/orders` when absent. */
  readonly url?: string;
}

export interface EntryPointOptions extends EntraOptions {
  /** Changes to the least environment. */
  readonly vars?: Readonly<Record<string, unknown>>;
}

const scope = "access_as_user";
const address = "192.0.2.1";
/** Variables that a gate needs outside Workers. */
const addresses = { GATE_URL: "https://api.contoso.example", ORIGIN_URL: "https://origin.contoso.example" };

/** Functions by name that create an entry point and return its handler. */
const makers = {
  gate(options, env, io) {
    const routes = new App().get("/orders", { hooks: requireAuth(scope) }, () => ({ status: 200 }));
    const gate = createGate({ routes, unlisted: "reject", ...options }, io);
    return (request) => gate.fetch(request, env);
  },
  "self-served App"(options, env, io) {
    const app = new App({}, io).register(createEntraPlugin(undefined, options, io));
    app.get("/orders", { hooks: requireAuth(scope) }, () => ({ status: 200 }));
    return (request) => app.fetch(request, env);
  },
  Hono(options, env, io) {
    const app = new Hono<hono.EntraEnv>();
    app.use(hono.entra(undefined, options, io));
    app.all("/orders", hono.requireAuth(scope), (c) => c.text("in"));
    return (request) => app.fetch(request, env);
  },
  /** DaloyJS passes no bindings, so its configuration is in code. */
  DaloyJS(options, { remoteAddr, RATE_LIMITER, ORIGIN_URL, ...config }, io) {
    const { verifier } = daloy.createEntraPlugin(config as daloy.EntraConfig, options, io);
    const hooks = daloy.requireAuth(scope);
    return async (request) =>
      (await hooks.preBody({ request, state: { verifier }, routePath: "/orders" })) ?? new Response("in");
  },
} satisfies Readonly<Record<string, Maker>>;

type Maker = (
  options: EntraOptions,
  env: Readonly<Record<string, unknown>>,
  io: FakeIo,
) => (request: Request) => Response | Promise<Response>;

export type EntryPointName = keyof typeof makers;

export const entryPointNames = Object.keys(makers) as readonly EntryPointName[];

/** Creates an entry point with the local Entra, and with the client's address as Workers and Deno pass it. */
export function createEntryPoint(name: EntryPointName, { vars, ...options }: EntryPointOptions = {}): EntryPoint {
  const io = createFakeIo({ fetch: (request) => entra.fetch(request) });
  // The same object for every request, as in an isolate.
  const env = {
    ...environmentWith({ ...plainLog, ...addresses, GATE_LOG_ALLOWED: "1", ...vars }),
    remoteAddr: { hostname: address },
  };
  const answer = makers[name](options, env, io);
  return {
    io,
    async ask({ token, scheme = "Bearer ", url = "https://api.contoso.example/orders" }) {
      const authorization = token === undefined ? {} : { authorization: scheme + token };
      const response = await answer(new Request(url, { headers: { "cf-connecting-ip": address, ...authorization } }));
      await response.body?.cancel();
      return response;
    },
  };
}
