import { type Access, accessOf, type RouteAccess } from "../../core/policy/rule.ts";
import { findForwarding } from "../pipeline/forwarding.ts";
import type { RouteAdditions } from "../pipeline/part.ts";
import {
  type ContextHandler,
  compileRoute,
  forwardAs,
  type Handler,
  runHandler,
  withoutContract,
} from "../pipeline/pipeline.ts";
import type { Fallback, Operation, Route } from "../pipeline/route.ts";
import type { JsonRules } from "../request/json.ts";
import { validateRequest } from "../request/validate.ts";
import { applicationScheme } from "../types/auth.ts";
import type { AuthSpec, Method, RouteOptions } from "../types/definition.ts";
import { type CorsHandler, findCors, type Hooks } from "../types/hooks.ts";
import { joinPaths } from "../types/path-pattern.ts";
import type { RequestSchemas } from "../types/types.ts";
import { checkDefinition, copyDeclared, type Declared } from "./check-definition.ts";
import { holdToContract } from "./contract.ts";
import { listHooks, type Scope } from "./scope.ts";

/** How bodies are read on every route. */
export interface BodyLimits extends Omit<JsonRules, "forOrigin" | "free"> {
  readonly limitBytes: number;
}

/**
 * Checks the definition of a route, and compiles the route.
 *
 * @param scope common parts of the route
 * @param additions what a part adds to its own route
 * @throws TypeError that names the route and the invalid member, and says what it should be
 */
export function buildRoute(
  declared: Declared,
  scope: Scope,
  bodyLimits: BodyLimits,
  additions: RouteAdditions = {},
): Route {
  const path = typeof declared?.path === "string" ? joinPaths(scope.prefix, declared.path) : declared?.path;
  const name = `${declared?.method} ${path}`;
  try {
    return build({ ...copyDeclared(declared), path } as Declared, scope, bodyLimits, name, additions);
  } catch (error) {
    throw new TypeError(`route ${name}: ${error instanceof Error ? error.message : "faulty"}`);
  }
}

function build(
  declared: Declared,
  scope: Scope,
  bodyLimits: BodyLimits,
  name: string,
  { step, freeJson, permit }: RouteAdditions,
): Route {
  checkDefinition(declared);
  const { method, path, handler } = declared as { method: Method; path: string; handler: Handler };
  const options = declared as RouteOptions<RequestSchemas>;
  const own = [options.middleware, options.hooks].flatMap((hooks) => (hooks === undefined ? [] : listHooks(hooks)));
  const access = findAccess(scope.layers, own, { kind: options.public === true ? "public" : "default" });
  const operation = describeOperation(options, scope);
  const { request, responses, accepts = ["application/json"] } = options;
  if (operation.auth !== undefined) checkDescribed(operation.auth, access);
  const forwarding = findForwarding(handler);
  const terms = forwarding?.termsOf(access, method, scope.origin);
  const { decorations } = scope;
  const bodyRules = { ...bodyLimits, accepts, forOrigin: forwarding?.reading, free: freeJson };
  const compiled = compileRoute({
    around: scope.layers,
    own,
    access,
    step,
    validate: (request ?? freeJson) && ((context) => validateRequest(context, request, bodyRules)),
    handler: terms === undefined ? runHandler(handler) : forwardAs(terms),
    holdToContract: responses && ((result) => holdToContract(result, responses)),
    // The response of an origin is streamed, so it cannot be checked here.
    acceptsResponse: forwarding !== undefined || options.acknowledgeNoResponseBodySchema === true,
  });
  return Object.freeze({
    method,
    path,
    name,
    access,
    decorations,
    request,
    accepts,
    step,
    forwarding: terms,
    operation,
    mode: options.mode,
    ownsAccessTokenParameter: options.ownsAccessTokenParameter === true,
    ...compiled,
    ...permit?.(compiled.respond),
  });
}

/**
 * Compiles a fallback for requests without a route: the hooks of the whole app and a handler.
 *
 * @param layers of the whole app
 * @param access who may reach the handler
 * @param cors policy that takes precedence over that of the app
 */
export function buildFallback(
  layers: readonly Hooks[],
  access: Access,
  handler: ContextHandler,
  cors?: CorsHandler,
): Fallback {
  const around = cors === undefined ? layers : [{ cors }, ...layers];
  return compileRoute({ ...withoutContract, around, access, handler });
}

/** Returns the access rule and the CORS policy of hooks. */
export function describeLayers(layers: readonly Hooks[]): Pick<Route, "access" | "cors"> {
  return { access: findAccess(layers, [], { kind: "default" }), cors: findCors(layers) };
}

/**
 * Returns who may call: the requirements of all hooks together.
 *
 * @param otherwise access rule if the hooks have none
 * @throws TypeError if the route has two requirements of its own, or is public and has a requirement
 */
function findAccess(around: readonly Hooks[], own: readonly Hooks[], otherwise: RouteAccess): RouteAccess {
  const ofRoute = own.flatMap(({ requirement }) => requirement ?? []);
  if (ofRoute.length > 1)
    throw new TypeError("a route must have only one requireAuth(…). Combine several with anyOf(…)");
  const access = accessOf([...around.flatMap(({ requirement }) => requirement ?? []), ...ofRoute]);
  if (access.kind === "default") return otherwise;
  if (otherwise.kind === "public")
    throw new TypeError("public: true is not possible with requireAuth, here or in a group");
  return access;
}

function describeOperation(options: RouteOptions<RequestSchemas>, { tags, auth }: Scope): Operation {
  const { operationId, summary, description, deprecated = false, responses } = options;
  const described = { tags: [...new Set([...tags, ...(options.tags ?? [])])], auth: options.auth ?? auth };
  return Object.freeze({ operationId, summary, description, deprecated, responses, ...described });
}

/** Readers would trust a document that promises more than the guard requires. */
function checkDescribed({ scheme, scopes = [] }: AuthSpec, access: Access): void {
  if (access.kind !== "required") throw new TypeError("auth is only documentation. Add requireAuth(…)");
  const rules = access.requirements.flatMap(({ anyOf }) => anyOf);
  if (scheme === applicationScheme && rules.some(({ kind }) => kind === "user"))
    throw new TypeError(`auth.scheme ${scheme} is for applications, and users may call too. Use another name`);
  const wanted = rules.flatMap((rule) => rule.scopes ?? rule.anyScope ?? []);
  const unknown = scopes.find((scope) => !wanted.includes(scope));
  if (unknown !== undefined) throw new TypeError(`auth has scope ${unknown}, which requireAuth does not require`);
}
