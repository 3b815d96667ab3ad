import { Hono } from "hono";
import { expect, it, onTestFinished, vi } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import type { AuthHooks } from "../../../src/adapters/daloy.ts";
import { entra } from "../../../src/adapters/hono.ts";
import { guards } from "../../../src/adapters/hono-declared.ts";
import { contentsOf, findContents } from "../../../src/app/app-contents.ts";
import { createAbsentFallbacks } from "../../../src/app/pipeline/fallbacks.ts";
import { createServe } from "../../../src/app/pipeline/serve.ts";
import { createRouter } from "../../../src/app/routing/router.ts";
import { isAuthorityNamed, listRequirements } from "../../../src/core/policy/decision.ts";
import { App, createEntraPlugin, createGate, type Gate, type GateOptions } from "../../../src/index.ts";
import { type CreateFetch, createDaloyFetch, createTwinWorld } from "./world.ts";

/** The workers of the black-box tests. */
const modules = import.meta.glob<{ readonly default: unknown }>([
  "../../gates/*.ts",
  "../../gates/{decisions,proxied}/{app,daloy,gate,hono}.ts",
  "../../gates/shapes/{daloy,gate,hono}.ts",
  // Faulty by intent.
  "!../../gates/broken-origins.ts",
  // The routes of another one: with a credential in Entra, with other variables, and after a wait.
  "!../../gates/{mcp-any-host-credential,varied,waiting}.ts",
  // No gate of ours, and parts of gates.
  "!../../gates/{hono-glued,options,redirect-uris,verifying-origin}.ts",
  "!../../gates/{meddling-routes,sharing-code,sharing-routes}.ts",
]);
/** A good token of the other authority, and one that lacks client and scope too. */
const tokens = [{}, { scopes: ["other"], client: "cae-spa" }] as const;
const variables = {
  ENTRA_ALLOWED_CLIENTS: clients.spa.clientId,
  ENTRA_CUSTOMERS_ALLOWED_CLIENTS: clients.spa.clientId,
  GATE_URL: "https://api.contoso.example",
};

const credential = { ENTRA_CLIENT_ID: clients.spa.clientId, ENTRA_CLIENT_SECRET: "a-secret" };
const sessionKey = { GATE_SESSION_KEY: `k1:${"A".repeat(43)}` };
const origins = {
  ORIGIN_BILLING_URL: "https://billing.contoso.example",
  ORIGIN_ORDERS_URL: "https://orders.contoso.example",
};
/** What some gates need in addition. */
const ownVariables: Readonly<Record<string, Record<string, string>>> = {
  "../../gates/cookies.ts": origins,
  "../../gates/origins.ts": origins,
};

type RouteToCall = readonly [method: string, path: string];

/** A worker that is built again with the second authority. */
interface Worker {
  readonly createFetch: CreateFetch;
  readonly options?: GateOptions;
  /** Some of them may be public. */
  readonly routes: readonly RouteToCall[];
  /** Some routes are public, or code before the guard answers: those that do not answer 401 without a token. */
  readonly hasPublic?: boolean;
}

/** Options that need variables or services of their own. They decide nothing about authorities. */
function withoutServices(options: GateOptions): GateOptions {
  const { groups: _, issuer: __, revocations: ___, ...others } = options;
  return others;
}

function hasFacade(options: GateOptions | undefined): boolean {
  return findContents(options?.routes)?.parts.some(({ name }) => name === "facade") ?? false;
}

/** The routes of an App that admit only callers of the default authority. */
function listRoutes(app: unknown): readonly RouteToCall[] {
  return (findContents(app)?.routes ?? [])
    .filter(
      ({ access }) => access.kind !== "public" && !isAuthorityNamed("customers", listRequirements(access, undefined)),
    )
    .map(({ method, path }) => [method, path]);
}

function ofGate({ options }: Gate): Worker {
  return {
    createFetch: (given, io) => createGate(given, io).fetch,
    options: withoutServices(options),
    routes: [...listRoutes(options.routes), ["GET", "/x/y"]],
  };
}

/** An App that serves itself cannot get a second guard, so a new App has the guard for its routes. */
function ofApp(app: App): Worker {
  const contents = contentsOf(app);
  return {
    createFetch({ authorities }, io) {
      const options = { ...contents.gate?.settings?.options, ...(authorities && { authorities }) };
      const guarded = contentsOf(new App({}, io).register(createEntraPlugin(undefined, options, io)));
      const find = createRouter(contents.routes, contents.parts);
      return createServe({ ...guarded.gate!, find, fallbacks: createAbsentFallbacks(contents, find) });
    },
    routes: listRoutes(app),
    hasPublic: true,
  };
}

type CreateApps = (createGuard: () => ReturnType<typeof entra>) => readonly Hono[];

/** Apps that create their guards, each below its number in the list. */
function ofHonoApps(createApps: CreateApps): Worker {
  return {
    createFetch({ authorities }, io) {
      const apps = createApps(() => entra(undefined, authorities && { authorities }, io));
      return (request, environment) => {
        const [, index] = new URL(request.url).pathname.split("/");
        return apps[Number(index)]!.fetch(request, environment);
      };
    },
    routes: createApps(() => entra()).flatMap(({ routes }) => listHonoRoutes(routes)),
    hasPublic: true,
  };
}

function listHonoRoutes(routes: Hono["routes"]): readonly RouteToCall[] {
  return routes.map(({ method, path }) => [method === "ALL" ? "GET" : method, path]);
}

function ofHono({ routes }: Hono): Worker {
  return {
    createFetch({ authorities }, io) {
      const guard = entra(undefined, authorities && { authorities }, io);
      const app = new Hono();
      for (const { method, path, handler } of routes) app.on(method, path, guards.has(handler) ? guard : handler);
      return app.fetch;
    },
    routes: listHonoRoutes(routes),
    hasPublic: true,
  };
}

/** What a module exports if it is not a gate, an App or a Hono app itself. */
interface Exported extends Gate {
  readonly workers: readonly unknown[];
  readonly createApps: CreateApps;
  /** Hooks of each route of a DaloyJS app. */
  readonly bundles: readonly AuthHooks[];
}

function listWorkers(exported: unknown): readonly Worker[] {
  const { workers, createApps, bundles, options } = exported as Partial<Exported>;
  if (workers) return workers.flatMap(listWorkers);
  if (createApps) return [ofHonoApps(createApps)];
  if (bundles) return [{ createFetch: createDaloyFetch(bundles), routes: [["GET", "/orders"]] }];
  if (exported instanceof Hono) return [ofHono(exported)];
  if (findContents(exported)) return [ofApp(exported as App)];
  if (options) return [ofGate(exported as Gate)];
  throw new TypeError("exports no worker");
}

it.each(["enforce", "report"])(
  "a gate or an app refuses callers of an authority that no route names, in mode %s",
  { tags: "authority-named" },
  async (mode) => {
    vi.stubEnv("ENTRA_REQUIRED_SCOPE", "access_as_user");
    onTestFinished(() => void vi.unstubAllEnvs());
    let called = 0;
    const admitted: string[] = [];
    const skipped: string[] = [];
    async function callRoutes(name: string, { createFetch, options, routes, hasPublic }: Worker): Promise<void> {
      const create = (mode: string) =>
        createTwinWorld(
          {
            ...variables,
            ...ownVariables[name],
            ...(options?.downstream && credential),
            ...(hasFacade(options) && sessionKey),
            GATE_MODE: mode,
          },
          options,
          createFetch,
        );
      const world = create(mode);
      const enforcing = hasPublic && create("enforce");
      const earlier = called;
      const own = await Promise.all(tokens.map((token) => world.issue("customers", token as never)));
      for (const [method, declared] of routes) {
        const path = declared.replace(/:\w+/g, "1").replace("*", "x");
        if (enforcing && (await enforcing.send(path, { method })).status !== 401) continue;
        for (const token of own) {
          const { status } = await world.ask(path, token, {}, method);
          const { reason } = world.io.lines.findLast(({ event }) => event === "refused") ?? {};
          called += 1;
          if (status < 400 || !["authority_not_allowed", "route_unlisted"].includes(String(reason)))
            admitted.push(`${name} ${method} ${path}: ${status} ${reason}`);
        }
      }
      if (called === earlier) skipped.push(`${name}: no route that refuses an anonymous caller`);
    }
    for (const [name, load] of Object.entries(modules)) {
      try {
        for (const worker of listWorkers((await load()).default)) await callRoutes(name, worker);
      } catch (error) {
        skipped.push(`${name}: ${(error as Error).message}`);
      }
    }
    expect(admitted).toEqual([]);
    expect(skipped).toEqual([]);
    expect(called).toBeGreaterThan(600);
  },
);
