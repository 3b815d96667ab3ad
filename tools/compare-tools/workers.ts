import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Hono, type MiddlewareHandler } from "hono";
import { readApi } from "../../cli/compile/authority.ts";
import { compileDocument } from "../../cli/compile/document.ts";
import { writeRoutes } from "../../cli/compile/write-routes.ts";
import { settingsName } from "../../src/adapters/configuration.ts";
import * as daloy from "../../src/adapters/daloy.ts";
import * as hono from "../../src/adapters/hono.ts";
import { findVerifierGate } from "../../src/adapters/verifier.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import type { GateOptions } from "../../src/app/gate-options.ts";
import type { PluginObject } from "../../src/app/plugin.ts";
import { anyOf, requireAuth } from "../../src/app/types/auth.ts";
import { type Io, platformIo } from "../../src/base/common/io.ts";
import { entryVariables } from "../../src/core/config/table.ts";
import type { Principal } from "../../src/core/token/principal.ts";
import { authorities } from "../../src/extensions/authorities/authorities.ts";
import { mcp } from "../../src/extensions/mcp/mcp.ts";
import type { Entras } from "./callers.ts";
import type { CodeSpec, DaloySpec, HonoSpec, Need, OperationSpec, PartSpec, TableSpec } from "./tables.ts";

/** How a worker answered a request, and the line that it logged. */
export interface Answer {
  readonly status: number;
  readonly allow: readonly string[] | undefined;
  /** `allowed`, `reported` or `refused`; `undefined` if nothing is logged. */
  readonly event: string | undefined;
  readonly reason: string | undefined;
  readonly route: string | undefined;
  /** Why policy would have refused the request, if report mode admitted it. */
  readonly reported: string | undefined;
}

/** A running worker. */
export interface RunningWorker {
  /** Its default export, as the tools read it. */
  readonly exported: unknown;
  readonly environment: Readonly<Record<string, string>>;
  send(method: string, target: string, token: string | undefined, body?: object): Promise<Answer>;
}

export const base = "https://api.contoso.example";
const originUrl = "https://origin.contoso.example";

interface Line {
  readonly event?: string;
  readonly reason?: string;
  readonly route?: string;
}

/** Answers a request to one of the test authorities. */
export function answerFor({ default: own, customers }: Entras, request: Request): Promise<Response> {
  const isOfCustomers = request.url.startsWith(`${customers.variables.ENTRA_CUSTOMERS_AUTHORITY}/`);
  return (isOfCustomers ? customers : own).fetch(request);
}

/** Starts a worker of a table, with the test authorities in place of Entra. */
export function startWorker({ code, variables, revokes, hasCustomers }: TableSpec, entras: Entras): RunningWorker {
  const environment = {
    ...entras.default.variables,
    ...(hasCustomers && entras.customers.variables),
    ...variables,
    GATE_URL: base,
    ...(code.kind !== "hono" && code.kind !== "daloy" && { ORIGIN_URL: originUrl }),
    GATE_LOG_ALLOWED: "1",
    GATE_LOG_SUBJECT: "none",
  };
  let lines: Line[] = [];
  const log = (line: object) => void lines.push(line);
  const io: Io = {
    ...platformIo,
    log,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      return request.url.startsWith(originUrl) ? new Response("from the origin") : answerFor(entras, request);
    },
    openCache: async () => undefined,
    random: () => 0,
  };
  const options = {
    ...(hasCustomers && { authorities: authorities("customers") }),
    ...(revokes && {
      revokedAtSeconds: ({ claims }: Principal) => (claims.revoked ? Number(claims.iat) + 1 : undefined),
    }),
  };
  const worker = createWorker(code, environment, options, io);
  return {
    exported: worker,
    environment,
    async send(method, target, token, body) {
      lines = [];
      const headers = {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      };
      const request = new Request(base + target, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      // Requirements without a guard log to the console.
      const { log: print } = console;
      console.log = (text: string) => log(JSON.parse(text));
      try {
        const response = await worker.fetch(request, environment);
        const line = lines.findLast(({ event = "" }) => ["allowed", "reported", "refused"].includes(event));
        const allow = response.headers.get("allow")?.split(", ");
        const reported = lines.find(({ event }) => event === "reported")?.reason;
        return {
          status: response.status,
          allow,
          event: line?.event,
          reason: line?.reason,
          route: line?.route,
          reported,
        };
      } finally {
        console.log = print;
      }
    },
  };
}

interface Worker {
  fetch(request: Request, environment: object): Response | Promise<Response>;
}

type Options = Pick<GateOptions, "authorities" | "revokedAtSeconds">;

/** The parts of the package that forward. Their types are those of Workers, which are not known here. */
interface Package {
  createGate(options: GateOptions, io: Io): Worker;
  createEntraPlugin(config: undefined, options: Options, io: Io): PluginObject<App>;
}

const { createGate, createEntraPlugin }: Package = await import(
  path.resolve(import.meta.dirname, "../../src/index.ts")
);

function createWorker(code: CodeSpec, environment: object, options: Options, io: Io): Worker {
  switch (code.kind) {
    case "gate":
      return createGate({ ...options, unlisted: code.unlisted, routes: declareAll(new App(), code.parts) }, io);
    case "document": {
      const routes = compileOperations(code.operations, environment);
      return createGate({ ...options, unlisted: "reject", routes }, io);
    }
    case "app": {
      const app = new App({}, io);
      if (code.isGuarded) app.register(createEntraPlugin(undefined, options, io));
      return declareAll(app, code.parts, code.isGuarded);
    }
    case "hono":
      return declareHono(new Hono(), code.parts, options, io);
    case "daloy":
      return createDaloyApp(code.routes, environment, options, io);
  }
}

const hookOf = (need: Need) => anyOf(...need.map((rule) => requireAuth(rule)));
const answer = () => new Response("from a handler");

/** An MCP server cannot be declared in full: its routes exist, and the requirements of its names do not. */
export class HalfDeclaredError extends Error {}

/** Declares the parts that can be declared: two routes can be the same, and a hook can come too late. */
function declareAll(app: App, parts: readonly PartSpec[], canForward = true): App {
  for (const part of parts) {
    try {
      declare(app, part, canForward);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (part.kind === "mcp") throw new HalfDeclaredError(error.message);
    }
  }
  return app;
}

function declare(app: App, part: PartSpec, canForward: boolean): void {
  switch (part.kind) {
    case "use":
      app.use(hookOf(part.need));
      return;
    case "group":
    case "plugin": {
      const { prefix, hooks, parts } = part;
      const options = hooks.length > 0 ? { hooks: hooks.map(hookOf) } : {};
      if (part.kind === "group")
        app.group(
          prefix as `/${string}`,
          options,
          (group) => void declareAll(group as unknown as App, parts, canForward),
        );
      else app.register((inner) => void declareAll(inner as unknown as App, parts, canForward), { ...options, prefix });
      return;
    }
    case "mcp": {
      const tools = Object.entries(part.tools).map(([name, need]) => [name, hookOf(need)] as const);
      const named = tools.length > 0 ? { tools: Object.fromEntries(tools) } : {};
      app.register(mcp(part.path as `/${string}`, { ...accessOf(part.access), ...named }, answer));
      return;
    }
    case "route": {
      const { method, path, access, mode } = part;
      const isOwn = !canForward || method === "PUT" || method === "OPTIONS";
      const handler = isOwn ? answer : origin();
      app.route({ method, path: path as "/", ...accessOf(access), ...(mode && { mode }), handler });
    }
  }
}

function accessOf(access: "public" | readonly Need[]) {
  if (access === "public") return { public: true } as const;
  return access.length > 0 ? { hooks: access.map(hookOf) } : {};
}

function declareHono(app: Hono, parts: readonly HonoSpec[], options: Options, io: Io): Hono {
  const needOf = (need: Need) => hono.anyOf(...need.map((rule) => hono.requireAuth(rule)));
  const pass: MiddlewareHandler = (_, next) => next();
  for (const part of parts) {
    switch (part.kind) {
      case "entra":
        app.use(part.path, hono.entra(undefined, options, io));
        break;
      case "use":
        if (part.what === "passing") app.use(part.path, hono.passThrough(pass));
        else if (part.what === "answering") app.use(part.path, (c) => Promise.resolve(c.text("from middleware")));
        else app.use(part.path, needOf(part.what));
        break;
      case "mount":
        app.route(part.path, declareHono(new Hono(), part.parts, options, io));
        break;
      case "handle": {
        const needs = part.needs.map(needOf) as MiddlewareHandler[];
        const handler: MiddlewareHandler = (c) => Promise.resolve(c.text("from a handler"));
        const handlers = part.isLate ? [handler, ...needs] : [...needs, handler];
        for (const each of handlers) app.on(part.method, part.path, each);
      }
    }
  }
  return app;
}

/** A DaloyJS app as the adapter and the tools see one: routes with hooks, which run before the handler. */
function createDaloyApp(specs: readonly DaloySpec[], environment: object, options: Options, io: Io) {
  // The app has the configuration in code, and no addresses.
  const own = Object.entries(environment).filter(
    ([name]) => name.startsWith("ENTRA_") || Object.hasOwn(entryVariables, name),
  );
  const { verifier } = daloy.createEntraPlugin(Object.fromEntries(own), options, io);
  const hooksOf = (need: Need) => ({
    ...daloy.anyOf(...need.map((rule) => daloy.requireAuth(rule))),
    // Without it, hooks show the options of the only plugin of the process, which has those of many apps.
    [settingsName]: () => findVerifierGate(verifier).settings,
  });
  const routes = specs.map(({ method, path: pattern, need }) => ({
    method,
    path: pattern,
    hooks: need && hooksOf(need),
  }));
  return {
    routes,
    introspect() {},
    async fetch(request: Request) {
      const { pathname } = new URL(request.url);
      const route = routes.find(
        ({ method, path: pattern }) =>
          method === request.method && new RegExp(`^${pattern.replace(/:\w+/g, "[^/]+")}$`).test(pathname),
      );
      if (route === undefined) return new Response(null, { status: 404 });
      const refusal = await route.hooks?.preBody({ request, state: { verifier }, routePath: route.path });
      return refusal ?? answer();
    },
  };
}

const login = "https://login.microsoftonline.com/organizations/oauth2/v2.0";
const names = (list: readonly string[]) => Object.fromEntries(list.map((name) => [name, ""]));
const securitySchemes = {
  user: {
    type: "oauth2",
    flows: {
      authorizationCode: {
        authorizationUrl: `${login}/authorize`,
        tokenUrl: `${login}/token`,
        scopes: names(["a", "b"]),
      },
    },
  },
  app: {
    type: "oauth2",
    flows: { clientCredentials: { tokenUrl: `${login}/token`, scopes: names(["R", "S"]) } },
  },
};

/** Compiles a document of these operations as `compile` does, without those that are faults. */
function compileOperations(operations: readonly OperationSpec[], environment: object): App {
  const folder = realpathSync(mkdtempSync(path.join(tmpdir(), "compare-tools-")));
  const { ENTRA_AUTHORITY: _, ENTRA_CUSTOMERS_AUTHORITY: __, ...others } = environment as Record<string, string>;
  try {
    for (let kept = operations; kept.length > 0; kept = kept.slice(0, -1)) {
      writeFileSync(path.join(folder, "openapi.json"), JSON.stringify(documentOf(kept)));
      const choices = { api: readApi(others), open: "any", originChecks: "any", domains: new Map() } as const;
      const compiled = compileDocument(folder, "openapi.json", choices);
      if ("document" in compiled) return loadRoutes(writeRoutes(compiled.document) ?? "");
    }
    return new App();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function documentOf(operations: readonly OperationSpec[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path: template, security, groups: needed } of operations) {
    paths[template] ??= {};
    const alternatives =
      security === "public"
        ? []
        : security.flatMap(({ scopes, roles }) => [
            ...(scopes.length > 0 ? [{ user: scopes }] : []),
            ...(roles.length > 0 ? [{ app: roles }] : []),
          ]);
    const isForUsers = alternatives.some((alternative) => "user" in alternative);
    const extensions = {
      ...(needed?.groups && { "x-entra-groups": { user: needed.groups } }),
      ...(needed?.anyGroup && { "x-entra-any-group": { user: needed.anyGroup } }),
    };
    paths[template][method.toLowerCase()] = {
      security: alternatives,
      responses: {},
      ...(isForUsers && extensions),
    };
  }
  return { openapi: "3.1.0", info: { title: "t", version: "1" }, paths, components: { securitySchemes } };
}

/** Runs the module that `compile` writes. */
function loadRoutes(text: string): App {
  const code = text.replace(/^import .*$/m, "").replace("export const routes", "const routes");
  const names = { App, anyOf, origin, requireAuth };
  return new Function(...Object.keys(names), `${code}; return routes;`)(...Object.values(names));
}
