import type { RouterRoute } from "hono/types";
import {
  accessToAbsent,
  accessWithoutRoute,
  createRouter,
  describeApp,
  describeGate,
  findContents,
  type GateOptions,
  type NamedAccess,
  nameGroups,
  noRoutes,
  ownPrefix,
  type PartStep,
  PathTree,
  type Route,
  type RouteSource,
  readAliases,
  readPaths,
  workersObstacle,
} from "../../src/cli-exports/gate.ts";
import {
  type Access,
  authorityVariables,
  type ConfigContext,
  type Environment,
  issuerVariables,
  listRequirements,
  type Method,
  type Mode,
  mcpVariables,
  methods,
  namesOf,
  type Requirement,
  type Rule,
  revocationVariables,
} from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import { traits } from "./traits.ts";

/** How an app answers an admitted request for which it has no route. */
export interface NoRoute {
  readonly status: 404 | 405;
  /** Reason code in the log; `undefined` if the app logs nothing. */
  readonly reason: NoRouteReason | undefined;
  /** Methods that have a route at the path, for 405. */
  readonly allow?: readonly Method[];
}

/** Reason codes of {@link NoRoute}: those of `NotFoundError` and `MethodNotAllowedError`. */
export const noRouteReasons = ["not_found_error", "method_not_allowed_error"] as const;
type NoRouteReason = (typeof noRouteReasons)[number];

const notFound: NoRoute = { status: 404, reason: "not_found_error" };

/** The route of a request, and who may send it. */
export interface DeclaredRoute {
  /** Method and path as declared, or another name if there is no route. */
  readonly name: string;
  /** `undefined` if the code does not show it; `note` then says why. */
  readonly access: Access | undefined;
  /** Overrides the mode of the configuration. */
  readonly mode?: Mode | undefined;
  readonly ownsAccessTokenParameter?: boolean;
  /**
   * Name of the origin to which the code forwards admitted requests, `ORIGIN` for the one without a name; `undefined`
   * if it answers itself.
   */
  readonly origin?: string | undefined;
  /** Whether the route reads parts of the request, and can refuse them. */
  readonly validates?: boolean;
  /** Whether the gate itself has the route, such as that of a document which clients read before they have a token. */
  readonly isOwn?: boolean;
  /** Checks the messages of an MCP route. */
  readonly step?: PartStep | undefined;
  /**
   * Code before the guard that may answer by itself, as a clause: `whether middleware before entra() answers a request
   * by itself`.
   */
  readonly mayAnswer?: string | undefined;
  /** Code that the command cannot see and that may require more, as a clause. */
  readonly mayRequire?: string | undefined;
  /** Requirements behind middleware that may answer. If it only calls `next`, a caller must meet them too. */
  readonly later?: readonly [Requirement, ...Requirement[]] | undefined;
  /** Who may call, as a phrase in place of that of the access. */
  readonly callers?: string;
  /** How the app answers admitted callers, if it has no route. */
  readonly noRoute?: NoRoute | undefined;
  readonly note?: string | undefined;
  /** Routes one of which answers, if the code does not show which. */
  readonly candidates?: readonly DeclaredRoute[];
  /**
   * A mistake in the code, with which a requirement has no effect. If the access is `undefined`, it refuses every
   * caller.
   */
  readonly mistake?: string | undefined;
  /** What to do about the mistake. */
  readonly mistakeFix?: string;
  /** The route in the log, if the app is mistaken and has another name for it. */
  readonly loggedRoute?: string | undefined;
  /** A part of the code that has no effect on the route, which need not be a mistake. */
  readonly unused?: string | undefined;
}

/** Who may send which request, as the code of a worker declares it. */
export interface RouteTable {
  readonly routes: readonly DeclaredRoute[];
  /** Name of the router of a Hono app. Other tables have none. */
  readonly router?: string;
  /** Paths of handlers for every method, such as middleware, which are no routes. */
  readonly sharedPaths?: readonly string[];
  /** Routes and middleware in the order in which the app declares them, if the order decides. */
  readonly order?: readonly { readonly name: string; readonly requirement: Requirement | undefined }[];
  /** Access by names in the messages of routes, such as tools of an MCP server. */
  readonly names?: readonly NamedAccess[];
  /** For every request that matches no route. */
  readonly rest: DeclaredRoute;
  readonly servesHealth: boolean;
  /** @param path normal form, see `normalizePath` */
  find(method: string, path: string): DeclaredRoute;
  /** Finds the route of requests whose path has marks in place of segments, see `markOf`. Only Hono has expressions. */
  findMarked?(method: string, path: string): DeclaredRoute;
  /**
   * Finds what answers a request that the guard does not see, whatever its path is. A guard can be for a part of the
   * paths.
   *
   * @param path as sent
   * @returns `undefined` if the guard sees it
   */
  findUnguarded?(method: string, path: string): DeclaredRoute | undefined;
  /** What the code decides in addition to the environment. @param onWorkers whether it runs on Cloudflare Workers */
  createContext(onWorkers: boolean): ConfigContext;
}

/** The parts of a Hono app that are used here. */
export interface HonoApp {
  readonly routes: readonly RouterRoute[];
  readonly router: {
    /** That of the router in use is its last word, after the first match. */
    readonly name: string;
    match(method: string, path: string): HonoMatch;
  };
  /** @returns an app with the same router */
  basePath(path: string): HonoCopy;
}

/** The handlers of a request, each with its route, and what else the router says. */
export type HonoMatch = readonly [
  readonly (readonly [readonly [handler: object, route: RouterRoute], ...unknown[]])[],
  ...unknown[],
];

/** A Hono app with its own fields. */
export interface HonoCopy {
  router: HonoApp["router"];
  notFound(handler: () => Response): unknown;
  onError(handler: () => Response): unknown;
  fetch(request: Request, environment: Environment): Response | Promise<Response>;
}

/** What the code of a gate decides: its routes and options. */
export interface GateCode {
  readonly options: GateOptions;
  /** If absent, `createGate` serves the routes of the options. */
  readonly table?: RouteTable;
  /** The Hono app whose table it is. */
  readonly hono?: HonoApp;
  /** Configuration in code, which replaces that of the environment. */
  readonly environment?: Environment;
  /** Code of a default export that does not show its routes. Those of `app` or `routes` were read in its place. */
  readonly entrance?: string;
  /** Why the routes are unknown. */
  readonly problem?: string;
  /** What the code throws while it is loaded, after its place. */
  readonly thrown?: string;
  /** How to make them known. */
  readonly fix?: string;
  /** Whether the worker cannot start. */
  readonly broken?: true;
}

/** @throws UsageError that says why the routes are unknown, and how to make them known */
export function checkRead({ problem, fix }: GateCode): void {
  if (problem !== undefined) throw new UsageError(problem, ...(fix === undefined ? [] : [fix]));
}

export function tableOf({ options, table, problem }: GateCode): RouteTable {
  if (table !== undefined) return table;
  const ofGate = createGateTable(options);
  return problem === undefined ? ofGate : { ...ofGate, createContext: createUnreadContext };
}

/**
 * Names the groups of requirements. Call it before a token is read: only groups that a requirement names are read from
 * it. The worker can have another copy of this package, which does not know what was named in this one.
 */
export function nameGroupsOf(requirements: readonly (Requirement | undefined)[]): void {
  const rules = requirements.flatMap((requirement) => requirement?.anyOf ?? []);
  for (const rule of rules) nameGroups(traits.groups.listNames(rule));
}

/** Lists who may use each name with an entry in the maps of MCP routes. */
export function listNameAccess({ names = [] }: RouteTable): readonly Pick<DeclaredRoute, "access">[] {
  return names.flatMap(({ entries, accessOf }) => entries.map(([kind, name]) => ({ access: accessOf(kind, name) })));
}

/**
 * Lists the rules that decide about callers of routes.
 *
 * @param standard the default requirement; without it, only rules that the code names itself
 */
export function listRules(routes: readonly Pick<DeclaredRoute, "access">[], standard?: Requirement): readonly Rule[] {
  return routes
    .flatMap(({ access }) => (access === undefined ? [] : listRequirements(access, standard)))
    .flatMap(({ anyOf }) => anyOf);
}

/** Code that was not read may decide anything. A configuration is then faulty only if it is so with any code. */
function createUnreadContext(onWorkers: boolean): ConfigContext {
  return {
    tenantsDecidedInCode: true,
    defaultRequirementUnused: true,
    tlsProxyObstacle: onWorkers ? workersObstacle : undefined,
    authorities: { variables: namesOf(authorityVariables), listVariables: () => [], read: () => [], check() {} },
    downstream: { check() {} },
    revocations: { variables: namesOf(revocationVariables), check() {} },
    // Without `origins`, any named origin may be one of a route.
    serving: { onWorkers: true, forwards: () => false },
    parts: [{ variables: namesOf({ ...issuerVariables, ...mcpVariables }), check() {} }],
  };
}

/** Table of a gate. A request that matches no route goes to the origin, or gets 404 after authentication. */
function createGateTable(options: GateOptions): RouteTable {
  const { unlisted = "guard" } = options;
  const source = findContents(options.routes) ?? noRoutes;
  const appWide = source.appWide.access;
  const access = accessWithoutRoute(appWide, unlisted);
  const rest: DeclaredRoute = { name: "unlisted", access: access.unlisted, origin: unnamedOrigin };
  const rule =
    unlisted === "reject"
      ? 'unlisted: "reject" answers 404 to authenticated callers'
      : `the ${appWide.kind === "default" ? "default requirement" : "whole app's requirement"} applies, then the request goes to the origin; unlisted: "reject" would answer 404`;
  return {
    routes: source.routes.map(describeRoute),
    rest,
    servesHealth: true,
    names: source.parts.flatMap(({ names }) => names ?? []),
    find: createFind(source, describeRoute, ({ missing }) => ({ ...rest, note: `${missing}: ${rule}` }), {
      name: "near-miss",
      access: access["near-miss"],
    }),
    createContext: (onWorkers) => describeGate(options, source, onWorkers),
  };
}

/** Finds the origin that gets requests; `undefined` if none does. Only report mode admits callers of a closed route. */
export function findOrigin({ access, mode, origin }: DeclaredRoute, modeOfGate: Mode): string | undefined {
  return access?.kind === "closed" && (mode ?? modeOfGate) === "enforce" ? undefined : origin;
}

const unguardedMistake = "the app has no guard, so it answers 500 to every caller";
const unguarded = {
  access: undefined,
  note: unguardedMistake,
  mistake: unguardedMistake,
  mistakeFix: "app.register(entraPlugin), or export createGate({ routes: app }) in place of the app",
};

/** An app without a guard refuses every caller of a route that is not public. */
function describeUnguarded(route: Route): DeclaredRoute {
  return route.access.kind === "public" ? describeRoute(route) : { name: route.name, ...unguarded };
}

/**
 * Table of an app that serves itself. A request that matches no route gets 404 or 405.
 *
 * @param isGuarded whether the app has a guard; without one, it serves only public routes
 */
export function createAppTable(source: RouteSource, options: GateOptions, isGuarded: boolean): RouteTable {
  const describe = isGuarded ? describeRoute : describeUnguarded;
  const access = accessToAbsent(source.appWide.access);
  const isAbsent = access.kind === "absent";
  const absent = isAbsent || isGuarded ? { access, noRoute: notFound } : unguarded;
  const rest: DeclaredRoute = {
    name: "unlisted",
    ...absent,
    ...(isAbsent && { callers: "404 or 405 to any caller" }),
  };
  const who = isAbsent ? "any caller" : "callers that meet the whole app's requirement";
  return {
    routes: source.routes.map(describe),
    rest,
    servesHealth: false,
    names: source.parts.flatMap(({ names }) => names ?? []),
    find: createFind(source, describe, ({ missing, allow }) => describeAbsent(rest, missing, allow, who), {
      name: "near-miss",
      ...absent,
    }),
    createContext: (onWorkers) => describeApp(options, source, onWorkers),
  };
}

function describeAbsent(rest: DeclaredRoute, missing: string, allow: readonly Method[], who: string): DeclaredRoute {
  if (rest.noRoute === undefined) return rest;
  const noRoute: NoRoute = allow.length > 0 ? { status: 405, reason: "method_not_allowed_error", allow } : notFound;
  return { ...rest, noRoute, note: `${missing}: the app answers ${noRoute.status} to ${who}` };
}

/** What a path lacks. */
interface Lack {
  /** As a clause. */
  readonly missing: string;
  /** Other methods that have a route at the path. */
  readonly allow: readonly Method[];
}

function createFind(
  { routes, parts }: Pick<RouteSource, "routes" | "parts">,
  describe: (route: Route) => DeclaredRoute,
  describeRest: (lack: Lack) => DeclaredRoute,
  nearMiss: DeclaredRoute,
): RouteTable["find"] {
  const find = createRouter(routes, parts);
  return (method, path) => {
    const target = find(method, path);
    if (target.kind === "route") return describe(target.route);
    if (target.kind === "no-document") return missingDocument;
    if (target.kind === "near-miss") {
      const name = findMistakenRoute(routes, method, path);
      const note = name && `an origin could read it as a request to ${name}, so the answer is 404`;
      return { ...nearMiss, note };
    }
    const allow = methods.filter((other) => find(other, path).kind === "route");
    const missing =
      allow.length > 0
        ? `${method} has no route at this path, which has routes for ${allow.join(", ")}`
        : "no route has this path";
    return describeRest({ missing, allow });
  };
}

const missingDocument: DeclaredRoute = {
  name: "no-document",
  access: { kind: "absent" },
  noRoute: notFound,
  note: "clients of a protected resource look for such documents without a token, so the answer is 404 to any caller",
};

/** Name of the origin without a name. */
export const unnamedOrigin = "ORIGIN";

function describeRoute(route: Route): DeclaredRoute {
  const { name, access, mode, ownsAccessTokenParameter, forwarding, request, operation, step } = route;
  const origin = forwarding && (forwarding.to ?? unnamedOrigin);
  // A route with a step, such as that of an MCP server, serves the app's own data.
  const isOwn = operation.operationId?.startsWith(ownPrefix) === true && step === undefined;
  return { name, access, mode, ownsAccessTokenParameter, origin, validates: request !== undefined, isOwn, step };
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
