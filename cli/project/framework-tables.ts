import type { RouterRoute } from "hono/types";
import { findTargetHandler } from "hono/utils/handler";
import { getPath } from "hono/utils/url";
import {
  daloyObstacle,
  describeOptions,
  type GateOptions,
  type HonoSettings,
  passingName,
  type Requiring,
  type SettingsInCode,
  settingsName,
  workersObstacle,
} from "../../src/cli-exports/gate.ts";
import { type Access, accessOf, type Requirement } from "../../src/cli-exports/policy.ts";
import type { DeclaredRoute, GateCode, HonoApp, NoRoute, RouteTable } from "./gate-code.ts";
import { listSamples, matchesPath, needsPlainRouter, plainRouterAdvice, readPattern } from "./path-patterns.ts";

/** Reads a Hono app behind `entra()`, with the function that `entra()` uses to find requirements. */
export function readHonoApp(app: HonoApp): GateCode {
  const guards = app.routes.flatMap(({ handler }) => honoSettingsOf(handler) ?? []);
  const [guard] = guards;
  if (guard === undefined && !app.routes.some(({ handler }) => requirementOf(handler) !== undefined))
    return { options: {}, problem: "the Hono app has no entra() of this package" };
  const { options = {}, environment } = guard ?? {};
  const find = (method: string, path: string) =>
    decideInHono(matchInHono(app, nameMethod(method), path), guard, method, path);
  find("GET", "/");
  const router = app.router.name.replace(/^.* /, "");
  const patterns = app.routes.map((route) => ({ route, read: readPattern(route.path, [router]) }));
  const areRead = patterns.every(({ read }) => read !== undefined);
  const findMarked = (method: string, path: string) => {
    const matched = patterns.flatMap(({ route, read = [] }) =>
      ["ALL", nameMethod(method)].includes(route.method) && matchesPath(read, path) ? route : [],
    );
    return decideInHono(matched, guard, method, path);
  };
  const named = app.routes.filter(({ method, handler }) => method !== "ALL" && !isOfGuard(handler));
  const names = [...new Set(named.map(({ method, path }) => `${method} ${path}`))];
  const routes = names.map((name) => {
    if (!name.includes("{")) return findDeclaredRoute(find, name, router);
    const found = findDeclaredRoute(findMarked, name, router);
    if (areRead || found.access === undefined) return found;
    return { name, access: undefined, note: "a pattern that this command cannot read may match its requests too" };
  });
  const isLate = routes.length > 0 && routes.every(({ note }) => note === beforeGuard);
  const rest: DeclaredRoute = {
    name: noRouteName,
    access: { kind: "default" },
    ...(isLate && { mistake: "entra() comes after every route, so all of them are public" }),
  };
  return {
    options: options as GateOptions,
    ...(environment && { environment }),
    hono: app,
    table: {
      routes,
      order: app.routes.map(({ method, path, handler }) => ({
        name: `${method} ${path}`,
        requirement: requirementOf(handler),
      })),
      router,
      sharedPaths: app.routes.filter(({ method }) => method === "ALL").map(({ path }) => path),
      rest,
      servesHealth: false,
      find,
      findMarked,
      findUnguarded(method, path) {
        const found = find(method, path);
        // The guard reports a mistake before it reads the path.
        return found.access !== undefined && isOfGuarded(found.access) ? undefined : found;
      },
      createContext: (onWorkers) => describeOptions(options, onWorkers ? workersObstacle : undefined),
    },
  };
}

function isOfGuarded({ kind }: Access): boolean {
  return kind !== "public" && kind !== "absent";
}

/** What `entra()` shows; `undefined` if the handler is another. */
export function honoSettingsOf(handler: RouterRoute["handler"]): HonoSettings | undefined {
  return settingsOf<HonoSettings>(findTargetHandler(handler));
}

/** The requirement of `requireAuth`; `undefined` if the handler is another. */
export function requirementOf(handler: RouterRoute["handler"]): Requirement | undefined {
  return (findTargetHandler(handler) as Partial<Requiring>).requirement;
}

/** Whether a handler is middleware of `passThrough`, of any copy of this package. */
export function isPassing(handler: RouterRoute["handler"]): boolean {
  return (findTargetHandler(handler) as { readonly [passingName]?: boolean })[passingName] === true;
}

/** Finds the requirement of a route by a request that it matches. */
function findDeclaredRoute(find: RouteTable["find"], name: string, router: string): DeclaredRoute {
  const [method = "", pattern = ""] = name.split(" ");
  const found = listSamples(pattern, router).map((path) => find(method, path));
  const [own = found[0]] = found.filter((each) => each.name === name);
  if (own !== undefined) return { ...own, name };
  const advice = needsPlainRouter(pattern, [router]) ? `: ${plainRouterAdvice}` : "";
  return { name, access: undefined, note: `this command does not know which requests its pattern matches${advice}` };
}

const beforeGuard = "it comes before entra()";
const noRouteName = "no route";
/** Hono answers by itself, and no line in the log says so. */
const noRoute: NoRoute = { status: 404, reason: undefined };

const withoutGuard = "requireAuth has no entra() before it";

/** Hono answers HEAD with the routes for GET. */
const nameMethod = (method: string) => (method === "HEAD" ? "GET" : method);

/** Hono decodes a path before it looks for routes. */
function matchInHono(app: HonoApp, method: string, path: string): readonly RouterRoute[] {
  const decoded = getPath({ url: `https://gate.invalid${path}` } as Request);
  const [handlers] = app.router.match(method, decoded);
  return handlers.map(([[, route]]) => route);
}

/**
 * Decides who may send a request.
 *
 * @param matched its routes and middleware in their order
 * @param first guard of the app, whose settings decide about callers
 */
function decideInHono(
  matched: readonly RouterRoute[],
  first: HonoSettings | undefined,
  method: string,
  path: string,
): DeclaredRoute {
  const at = matched.findIndex(({ handler }) => honoSettingsOf(handler));
  const last = matched.findLast(({ method: own }) => own !== "ALL");
  const name = last === undefined ? `${method} ${path}` : `${last.method} ${last.path}`;
  const before = matched.slice(0, at === -1 ? undefined : at);
  const answering = before.find(
    ({ handler }) => !isPassing(handler) && (isFinal(handler) || requirementOf(handler) !== undefined),
  );
  const combining = before.slice(0, answering && before.indexOf(answering)).find(isCombining);
  if (at === -1 && combining !== undefined) {
    const note = `${nameCombining(combining)} may run entra(), which this command cannot see`;
    return { name, access: undefined, note };
  }
  if (answering !== undefined && requirementOf(answering.handler) !== undefined) {
    const loggedRoute = `${answering.method} ${answering.path}`;
    return { name, access: undefined, note: withoutGuard, mistake: withoutGuard, loggedRoute };
  }
  if (at === -1) {
    const note = "no entra() comes before it";
    return matched.some(({ handler }) => !isPassing(handler))
      ? { name, access: { kind: "public" }, note }
      : { name: noRouteName, access: { kind: "absent" }, note, noRoute };
  }
  if (answering !== undefined) {
    return {
      name: `${answering.method} ${answering.path}`,
      access: { kind: "public" },
      note: beforeGuard,
    };
  }
  const guard = honoSettingsOf(matched[at]!.handler)!;
  const { wanted, mistake, unused, advice, route } = guard.findDeclared(matched.slice(at));
  if (mistake !== undefined) return { name, access: undefined, note: mistake, mistake, loggedRoute: route };
  const guards = matched.flatMap(({ handler }) => honoSettingsOf(handler) ?? []);
  if (!guards.every((each) => decidesAlike(first ?? guard, each))) return { name, access: undefined, note: otherGuard };
  if (wanted.length > 0 && requiresDefaultToo(matched.slice(at + 1)))
    return { name, access: undefined, note: secondGuard };
  const isBehind = before.some(({ handler }) => !isPassing(handler));
  const note = isBehind ? "middleware before entra() may answer by itself, which this command cannot see" : advice;
  const mayAnswer = isBehind ? "whether middleware before entra() answers a request by itself" : undefined;
  const later = findLater(matched.slice(at + 1), wanted);
  const wrapper = matched.slice(at + 1).find(isCombining);
  const mayRequire = wrapper && `what ${nameCombining(wrapper)} requires`;
  const found = { name, access: accessOf(wanted), note, mayAnswer, mayRequire, later, unused: unused?.problem };
  // Requests that only such middleware can answer have no name of their own, so that diff shows them as one change.
  if (isBehind && matched.slice(at + 1).every(isOwn)) return { ...found, name: noRouteName };
  return matched.every(isOwn) ? { ...found, name: noRouteName, noRoute } : found;
}

/** Finds the requirements that the guard leaves to those who reach them, behind middleware that may answer. */
function findLater(behind: readonly RouterRoute[], wanted: readonly Requirement[]): DeclaredRoute["later"] {
  const last = behind.findIndex(({ handler }) => isFinal(handler));
  const reached = behind
    .slice(0, last === -1 ? undefined : last)
    .flatMap(({ handler }) => requirementOf(handler) ?? []);
  const [first, ...others] = reached.filter((requirement) => !wanted.includes(requirement));
  return first && [first, ...others];
}

/** Names of the functions of `hono/combine`, which hide what they run. Bundlers number them. */
const combiningName = /^(some|every|except)\d*$/;

function isCombining({ handler }: RouterRoute): boolean {
  return combiningName.test(findTargetHandler(handler).name);
}

function nameCombining({ handler }: RouterRoute): string {
  return `${findTargetHandler(handler).name.replace(combiningName, "$1")}() of hono/combine`;
}

const otherGuard =
  "an entra() before it has another configuration or other options than the first one, which this command reads";

function decidesAlike(one: HonoSettings, other: HonoSettings): boolean {
  const listParts = ({ environment = {}, options }: HonoSettings) => [
    ...Object.entries(environment),
    ...Object.entries(options),
  ];
  const [parts, others] = [listParts(one), new Map(listParts(other))];
  return parts.length === others.size && parts.every(([name, value]) => others.get(name) === value);
}

const secondGuard = "another entra() comes after requireAuth, and requires the default too. Call entra() once";

/**
 * Whether a further `entra()` has no requirement behind it. It requires the default, beside the requirements before it.
 */
function requiresDefaultToo(behind: readonly RouterRoute[]): boolean {
  return behind.some(({ handler }, index) => {
    const guard = honoSettingsOf(handler);
    return guard?.findDeclared(behind.slice(index)).wanted.length === 0;
  });
}

/** Whether a handler is one of this package, which answers only with refusals. */
function isOwn({ handler }: RouterRoute): boolean {
  return isOfGuard(handler) || isPassing(handler) || requirementOf(handler) !== undefined;
}

/**
 * Whether a handler must answer, because it takes no `next` that it could call. A function without parameters can be
 * `(...all) => …`, or read `arguments`; the arrow function `() => …` cannot.
 */
export function isFinal(handler: RouterRoute["handler"]): boolean {
  const target = findTargetHandler(handler);
  return target.length === 1 || /^(?:async\s*)?\(\s*\)\s*=>/.test(String(target));
}

interface DaloyRoute {
  readonly method: string;
  readonly path: string;
  readonly hooks?: unknown;
  /** Whether only the app itself calls it. */
  readonly internal?: boolean;
}

/** The parts of a DaloyJS app that are used here. */
export interface DaloyApp {
  readonly routes: readonly DaloyRoute[];
  /** Absent in an app that is not made by DaloyJS itself. */
  readonly router?: {
    find(method: string, path: string): { readonly handler: { readonly def: DaloyRoute } } | undefined;
  };
}

/** Reads a DaloyJS app from the hooks of its routes. Hooks of groups and of the whole app are not accessible. */
export function readDaloyApp(app: DaloyApp): GateCode {
  const routes = app.routes.map(readDaloyRoute);
  const [hook] = app.routes.flatMap(({ hooks }) => settingsOf<() => SettingsInCode | undefined>(hooks) ?? []);
  const { options, environment } = hook?.() ?? { options: {} };
  return {
    options: options as GateOptions,
    ...(environment && { environment }),
    table: {
      routes,
      rest: { name: "no route", access: { kind: "absent" } },
      servesHealth: false,
      find: (method, path) => findInDaloy(app, routes, method, path),
      createContext: () => describeOptions(options, daloyObstacle),
    },
  };
}

function readDaloyRoute({ method, path, hooks }: DaloyRoute): DeclaredRoute {
  const name = `${method} ${path}`;
  const wanted = [hooks]
    .flat()
    .flatMap((hook) => (hook as { requirement?: Requirement } | undefined)?.requirement ?? []);
  if (wanted.length > 0) return { name, access: accessOf(wanted), mayRequire: hooksOfGroups };
  const note = "the route itself has no requireAuth(…): hooks of a group or of the whole app may guard it";
  return { name, access: undefined, note };
}

const hooksOfGroups = "what the hooks of DaloyJS groups and of the whole app require";

/** Asks the router of DaloyJS, or compares the segments of the path without one. A route for GET answers HEAD. */
function findInDaloy(
  { routes: declared, router }: DaloyApp,
  routes: readonly DeclaredRoute[],
  method: string,
  path: string,
): DeclaredRoute {
  const isMatch = ({ name }: DeclaredRoute) => {
    const [own, pattern = ""] = name.split(" ");
    const source = pattern.split("/").map((part) => (part.startsWith(":") ? "[^/]+" : part.replace(/\W/g, "\\$&")));
    return own === method && new RegExp(`^${source.join("/")}$`).test(path);
  };
  const found = routes.filter(isMatch);
  if (router !== undefined) {
    const { def } =
      (router.find(method, path) ?? (method === "HEAD" ? router.find("GET", path) : undefined))?.handler ?? {};
    const own = def === undefined || def.internal ? undefined : routes[declared.indexOf(def)];
    if (own !== undefined) return own;
  } else if (found.length === 1) return found[0]!;
  const note = found.length > 1 ? "several routes match" : "no route of the app matches";
  return { name: `${method} ${path}`, access: undefined, note: `${note}: DaloyJS decides`, candidates: found };
}

function isOfGuard(handler: RouterRoute["handler"]): boolean {
  return honoSettingsOf(handler) !== undefined;
}

function settingsOf<T>(value: unknown): T | undefined {
  return (value as { readonly [settingsName]?: T } | undefined)?.[settingsName];
}
