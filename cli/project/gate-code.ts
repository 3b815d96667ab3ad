import { findContents } from "../../src/app/app-contents.ts";
import type { GateOptions } from "../../src/app/gate-options.ts";
import { noRoutes } from "../../src/app/gate-routes.ts";
import { accessToAbsent, accessWithoutRoute } from "../../src/app/pipeline/fallbacks.ts";
import type { NamedAccess, Route, RouteSource } from "../../src/app/pipeline/route.ts";
import { PathTree } from "../../src/app/routing/path-tree.ts";
import { createRouter } from "../../src/app/routing/router.ts";
import { describeApp, describeGate } from "../../src/app/setup-context.ts";
import { methods } from "../../src/app/types/definition.ts";
import { type ConfigContext, issuerVariables } from "../../src/config/config.ts";
import type { Mode } from "../../src/config/observation.ts";
import type { Environment } from "../../src/config/variables.ts";
import { readAliases } from "../../src/http/path-aliases.ts";
import { readPaths } from "../../src/http/path-readings.ts";
import type { Access } from "../../src/policy/requirement.ts";

/** The route of a request, and who may send it. */
export interface DeclaredRoute {
  /** Method and path as declared, or another name if there is no route. */
  readonly name: string;
  /** `undefined` if the code does not show it; `note` then says why. */
  readonly access: Access | undefined;
  /** Overrides the mode of the configuration. */
  readonly mode?: Mode | undefined;
  readonly ownsAccessTokenParameter?: boolean;
  /** Who may call, as a phrase in place of that of the access. */
  readonly callers?: string;
  /** Whether no handler can answer, so that admitted callers get 404. */
  readonly isUnanswered?: boolean;
  readonly note?: string | undefined;
  /** A mistake in the code, with which a requirement has no effect. */
  readonly mistake?: string | undefined;
  /** A part of the code that has no effect on the route, which need not be a mistake. */
  readonly unused?: string | undefined;
}

/** Who may send which request, as the code of a worker declares it. */
export interface RouteTable {
  readonly routes: readonly DeclaredRoute[];
  /** Paths of handlers for every method, such as middleware, which are no routes. */
  readonly sharedPaths?: readonly string[];
  /** Access by names in the messages of routes, such as tools of an MCP server. */
  readonly names?: readonly NamedAccess[];
  /** For every request that matches no route. */
  readonly rest: DeclaredRoute;
  readonly servesHealth: boolean;
  /** @param path normal form, see `normalizePath` */
  find(method: string, path: string): DeclaredRoute;
  /** What the code decides in addition to the environment. @param onWorkers whether it runs on Cloudflare Workers */
  createContext(onWorkers: boolean): ConfigContext;
}

/** What the code of a gate decides: its routes and options. */
export interface GateCode {
  readonly options: GateOptions;
  /** If absent, `createGate` serves the routes of the options. */
  readonly table?: RouteTable;
  /** Configuration in code, which replaces that of the environment. */
  readonly environment?: Environment;
  /** Why the routes are unknown. */
  readonly problem?: string;
  /** How to make them known. */
  readonly fix?: string;
  /** Whether the worker cannot start. */
  readonly broken?: true;
}

export function tableOf({ options, table, problem }: GateCode): RouteTable {
  if (table !== undefined) return table;
  const ofGate = createGateTable(options);
  return problem === undefined ? ofGate : { ...ofGate, createContext: () => unreadContext };
}

/** Code that was not read may decide anything. A configuration is then faulty only if it is so with any code. */
const unreadContext: ConfigContext = {
  tenantsDecidedInCode: true,
  defaultRequirementUnused: true,
  downstream: { check() {} },
  extensions: [{ variables: [...issuerVariables, "ENTRA_APP_ID_URI", "GATE_SESSION_KEY"], check() {} }],
};

/** Table of a gate. A request that matches no route goes to the origin, or gets 404 after authentication. */
function createGateTable(options: GateOptions): RouteTable {
  const { unlisted = "guard" } = options;
  const source = findContents(options.routes) ?? noRoutes;
  const appWide = source.appWide.access;
  const access = accessWithoutRoute(appWide, unlisted);
  const rest: DeclaredRoute = { name: "unlisted", access: access.unlisted };
  const rule =
    unlisted === "reject"
      ? 'unlisted: "reject" answers 404 to authenticated callers'
      : `the ${appWide.kind === "default" ? "default requirement" : "whole app's requirement"} applies, then the request goes to the origin; unlisted: "reject" would answer 404`;
  return {
    routes: source.routes.map(describeRoute),
    rest,
    servesHealth: true,
    names: source.extensions.flatMap(({ names }) => names ?? []),
    find: createFind(source, (missing) => ({ ...rest, note: `${missing}: ${rule}` }), {
      name: "near-miss",
      access: access["near-miss"],
    }),
    createContext: (onWorkers) => describeGate(options, source, onWorkers),
  };
}

/** Table of an app that serves itself. A request that matches no route gets 404 or 405. */
export function createAppTable(source: RouteSource, options: GateOptions): RouteTable {
  const access = accessToAbsent(source.appWide.access);
  const rest: DeclaredRoute = { name: "unlisted", access };
  const who = access.kind === "absent" ? "any caller" : "callers that meet the whole app's requirement";
  return {
    routes: source.routes.map(describeRoute),
    rest,
    servesHealth: false,
    names: source.extensions.flatMap(({ names }) => names ?? []),
    find: createFind(source, (missing) => ({ ...rest, note: `${missing}: the app answers 404 or 405 to ${who}` }), {
      name: "near-miss",
      access,
    }),
    createContext: (onWorkers) => describeApp(options, source, onWorkers),
  };
}

function createFind(
  { routes, extensions }: Pick<RouteSource, "routes" | "extensions">,
  describeRest: (missing: string) => DeclaredRoute,
  nearMiss: DeclaredRoute,
): RouteTable["find"] {
  const find = createRouter(routes, extensions);
  return (method, path) => {
    const target = find(method, path);
    if (target.kind === "route") return describeRoute(target.route);
    if (target.kind === "no-document") return missingDocument;
    if (target.kind === "near-miss") {
      const name = findMistakenRoute(routes, method, path);
      const note = name && `an origin could read it as a request to ${name}, so the answer is 404`;
      return { ...nearMiss, note };
    }
    const others = methods.filter((other) => find(other, path).kind === "route");
    return describeRest(
      others.length > 0
        ? `${method} has no route at this path, which has routes for ${others.join(", ")}`
        : "no route has this path",
    );
  };
}

const missingDocument: DeclaredRoute = {
  name: "no-document",
  access: { kind: "absent" },
  note: "clients of a protected resource look for such documents without a token, so the answer is 404 to any caller",
};

function describeRoute({ name, access, mode, ownsAccessTokenParameter }: Route): DeclaredRoute {
  return { name, access, mode, ownsAccessTokenParameter };
}

/**
 * Finds the route that an origin could confuse with the path of a request that does not match it.
 *
 * @param path normal form, see `normalizePath`
 * @returns the name of the route; `undefined` if there are too many readings to try
 */
function findMistakenRoute(routes: readonly Route[], method: string, path: string): string | undefined {
  const tree = new PathTree<Route>();
  for (const route of routes) tree.add(route.method, route.path, route);
  const readings = readPaths(decodeURIComponent(path)) ?? new Set();
  const aliases = readAliases(readings) ?? [];
  for (const reading of [...readings, ...aliases.map((alias) => alias.path)]) {
    for (const asked of method === "HEAD" ? ["HEAD", "GET"] : [method]) {
      const [route] = tree.findAll(asked, reading);
      if (route !== undefined) return route.name;
    }
  }
  return undefined;
}
