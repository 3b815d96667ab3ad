import type { Requirement } from "../policy/requirement.ts";
import type { Handler } from "./answer.ts";
import { checkDefinition, copyDeclared, type Declared, isForwarding, isTexts } from "./check-definition.ts";
import { findPolicy } from "./cors.ts";
import type { AuthSpec, ForwardHandler, Method, RouteOptions } from "./definition.ts";
import { createForwarding } from "./forwarding.ts";
import type { Hooks } from "./hooks.ts";
import type { JsonRules } from "./json.ts";
import { joinPaths } from "./path-pattern.ts";
import { createPipeline, type PipelineParts, type Step } from "./pipeline.ts";
import { createPlainAnswer } from "./plain.ts";
import type { Access, AnswerExchange, Fallback, Operation, Route } from "./route.ts";
import { listHooks, type Scope } from "./scope.ts";

/** How bodies are read, whatever the route. */
export interface BodyLimits extends Omit<JsonRules, "forOrigin"> {
  readonly limitBytes: number;
}

/**
 * Checks a route's definition, and compiles the way through it.
 *
 * @param scope what is around the route
 * @throws TypeError naming the route, the member and what it should be
 */
export function buildRoute(declared: Declared, scope: Scope, bodyLimits: BodyLimits): Route {
  const path = typeof declared?.path === "string" ? joinPaths(scope.prefix, declared.path) : declared?.path;
  const name = `${declared?.method} ${path}`;
  try {
    return build({ ...copyDeclared(declared), path } as Declared, scope, bodyLimits, name);
  } catch (error) {
    throw new TypeError(`route ${name}: ${error instanceof Error ? error.message : "faulty"}`);
  }
}

function build(declared: Declared, scope: Scope, bodyLimits: BodyLimits, name: string): Route {
  checkDefinition(declared);
  const { method, path, handler } = declared as { method: Method; path: string; handler: Handler };
  const options = declared as RouteOptions;
  const own = [
    ...(options.middleware === undefined ? [] : listMiddleware(options.middleware)),
    ...(options.hooks === undefined ? [] : listHooks(options.hooks)),
  ];
  const access = findAccess([scope.layers, own], options.public === true);
  const operation = describeOperation(options, scope);
  if (operation.auth !== undefined) checkDescribed(operation.auth, access);
  const forwards = isForwarding(handler);
  const ownScopes = forwards ? readOwnScopes(handler as unknown as ForwardHandler, access) : undefined;
  const closesWebSocketAtExpiry = forwards && readSocketRule(handler as unknown as ForwardHandler, access, method);
  const parts: PipelineParts = {
    layers: [...scope.layers, ...own],
    steps: orderSteps(scope.layers, own, access),
    handler: forwards ? undefined : handler,
    ownScopes,
    path,
    decorations: Object.keys(scope.decorations).length > 0 ? scope.decorations : undefined,
    request: operation.request,
    responses: operation.responses,
    opaque: options.acknowledgeNoResponseBodySchema === true,
    bodyRules: { ...bodyLimits, accepts: operation.accepts, forOrigin: forwards },
  };
  const answer = compile(parts);
  return Object.freeze({
    method,
    path,
    name,
    access,
    hooks: parts.layers.flatMap(({ requirement: _, ...others }) => Object.values(others)),
    operation,
    forwards,
    ownScopes,
    closesWebSocketAtExpiry,
    mode: options.mode,
    ownsAccessTokenParameter: options.ownsAccessTokenParameter === true,
    answer,
    cors: findPolicy(parts.layers),
  });
}

function readOwnScopes({ onBehalfOf }: ForwardHandler, { kind }: Access): readonly string[] | undefined {
  if (onBehalfOf !== undefined && !isTexts(onBehalfOf)) throw new TypeError("onBehalfOf must be a list of scopes");
  if (onBehalfOf !== undefined && kind === "public") throw new TypeError("public excludes on-behalf-of");
  return onBehalfOf;
}

function readSocketRule({ closeWebSocketAtExpiry }: ForwardHandler, { kind }: Access, method: Method): boolean {
  if (closeWebSocketAtExpiry === undefined) return false;
  if (closeWebSocketAtExpiry !== true) throw new TypeError("closeWebSocketAtExpiry must be true or absent");
  if (kind === "public") throw new TypeError("public excludes closeWebSocketAtExpiry: there is no token");
  if (method !== "GET") throw new TypeError("closeWebSocketAtExpiry needs method GET, which opens WebSockets");
  return true;
}

/**
 * Compiles what answers where no route matches: the hooks of the whole app, then the origin, or that there is nothing.
 *
 * @param layers of the whole app
 */
export function buildFallback(layers: readonly Hooks[]): Fallback {
  const access = findAccess([layers, []], false);
  const parts: PipelineParts = {
    layers,
    steps: orderSteps(layers, [], access),
    handler: undefined,
    ownScopes: undefined,
    path: undefined,
    decorations: undefined,
    request: undefined,
    responses: undefined,
    opaque: false,
    bodyRules: { accepts: [], limitBytes: 0, jsonMaxKeys: 0, jsonMaxDepth: 0, forOrigin: true },
  };
  return { access, answer: compile(parts), cors: findPolicy(layers) };
}

function listMiddleware(middleware: unknown): readonly Hooks[] {
  if (!Array.isArray(middleware)) throw new TypeError("middleware must be a list of hooks");
  return listHooks(middleware);
}

function findAccess([around, own]: readonly [readonly Hooks[], readonly Hooks[]], open: boolean): Access {
  const ofRoute = own.flatMap(({ requirement }) => requirement ?? []);
  if (ofRoute.length > 1) throw new TypeError("a route has one requireAuth(…); or(…) makes one of several");
  const [first, ...others] = [...around.flatMap(({ requirement }) => requirement ?? []), ...ofRoute];
  if (open && first !== undefined) throw new TypeError("public excludes requireAuth, that of a group too");
  if (first === undefined) return { kind: open ? "public" : "default" };
  return { kind: "required", requirements: [first, ...others] };
}

function describeOperation(options: RouteOptions, { tags, auth }: Scope): Operation {
  const { operationId, summary, description, deprecated = false, request, responses } = options;
  const accepts = options.accepts ?? ["application/json"];
  const described = { tags: [...new Set([...tags, ...(options.tags ?? [])])], auth: options.auth ?? auth };
  return Object.freeze({ operationId, summary, description, deprecated, request, responses, accepts, ...described });
}

/** A document that promises more than the guard asks for would be believed. */
function checkDescribed({ scopes = [] }: AuthSpec, access: Access): void {
  if (access.kind !== "required") throw new TypeError("auth describes and guards nothing: add requireAuth(…)");
  const wanted = access.requirements.flatMap(({ anyOf }) =>
    anyOf.flatMap((rule) => rule.scopes ?? rule.anyScope ?? []),
  );
  const unknown = scopes.find((scope) => !wanted.includes(scope));
  if (unknown !== undefined) throw new TypeError(`auth names scope ${unknown}, which requireAuth does not want`);
}

/** Within one bundle the guard comes first. The default one comes after what is around the route and before its own. */
function orderSteps(around: readonly Hooks[], own: readonly Hooks[], { kind }: Access): readonly Step[] {
  const stepsOf = ({ requirement, preBody }: Hooks): readonly Step[] => [
    ...(requirement === undefined ? [] : [{ guard: requirement }]),
    ...(preBody === undefined ? [] : [preBody]),
  ];
  const byDefault: readonly Step[] = kind === "default" ? [{ guard: undefined }] : [];
  return [...around.flatMap(stepsOf), ...byDefault, ...own.flatMap(stepsOf)];
}

function compile(parts: PipelineParts): AnswerExchange {
  const { layers, steps, handler, path, decorations, request, responses } = parts;
  const guards = steps.filter((step) => typeof step !== "function");
  const isPlain =
    layers.every((hooks) => Object.keys(hooks).every((name) => name === "requirement")) &&
    guards.length <= 1 &&
    (decorations ?? request ?? responses) === undefined;
  if (!isPlain) return createPipeline(parts);
  const [first] = guards;
  const guarded = first === undefined ? undefined : { requirement: first.guard as Requirement | undefined };
  return handler === undefined || path === undefined
    ? createForwarding(guarded, parts.ownScopes)
    : createPlainAnswer(handler, path, guarded);
}
