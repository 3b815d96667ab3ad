/**
 * What parts of an app import: entries of the package that add to it, such as `entra-gate/mcp`, and its documents. They
 * use no other file of the app.
 */

import type { GateSetup } from "../core/guard/setup.ts";
import type { App } from "./app.ts";
import { type AppContents, contentsOf } from "./app-contents.ts";
import type { Declared } from "./build/check-definition.ts";
import { ownPrefix } from "./operation-id.ts";
import { type RequestContext, type Respond, requestContextOf } from "./pipeline/context.ts";
import type { Part } from "./pipeline/part.ts";
import type { PartStep } from "./pipeline/pipeline.ts";
import type { Route, RouteSource } from "./pipeline/route.ts";
import type { ForwardHandler, Method } from "./types/definition.ts";
import type { FreeJson } from "./types/free-json.ts";
import type { CorsHandler, Hooks } from "./types/hooks.ts";
import type { HookContext } from "./types/types.ts";

export type { App } from "./app.ts";
export { origin } from "./build/origin.ts";
export { listHooks } from "./build/scope.ts";
export { HttpError, InternalError, TooManyRequestsError } from "./errors/errors.ts";
export { limitCallers } from "./hooks/rate-limit.ts";
export { createMemoryStore, type MemoryStore } from "./hooks/rate-store.ts";
export { type ChangeRefusal, type RequestContext, requestContextOf, viewOf } from "./pipeline/context.ts";
export { findForwarding } from "./pipeline/forwarding.ts";
export type { Part } from "./pipeline/part.ts";
export type { PartStep, ReadResponse } from "./pipeline/pipeline.ts";
export type { PluginObject } from "./plugin.ts";
export { parseJson } from "./request/json.ts";
export { readChunks } from "./request/read-body.ts";
export { readJson, readText } from "./request/small-body.ts";
export { type AuthHook, findRequirement } from "./types/auth.ts";
export type { ForwardHandler } from "./types/definition.ts";
export type { FreeJson } from "./types/free-json.ts";
export type { CorsHandler, Hooks } from "./types/hooks.ts";
export { isPath } from "./types/path-pattern.ts";
export type { HookContext, PathString } from "./types/types.ts";

/** A route of a part. No document contains it. */
export interface PartRoute {
  readonly method: Method;
  readonly path: string;
  /** Unique among the routes of all parts. */
  readonly name: string;
  readonly public?: true;
  /** Access rule and other hooks. */
  readonly hooks?: Hooks | readonly Hooks[];
  /** Runs behind the guard, validation and the hooks of the app, around the handler. */
  readonly step?: PartStep;
  /** Parts of its JSON body in which any JSON is allowed. With it, the route reads a JSON body for its step. */
  readonly freeJson?: FreeJson;
  /** Its CORS policy, also in a gate. It applies after that of the app. */
  readonly cors?: CorsHandler;
  readonly handler: ForwardHandler | ((request: RequestContext) => Response | Promise<Response>);
}

/**
 * Declares a route of a part.
 *
 * @returns the route, with the prefix of its group
 * @throws TypeError as `App.route` does
 */
export function addRoute(
  app: App,
  { name, handler, step, freeJson, cors, ...definition }: PartRoute,
): Pick<Route, "path"> {
  const declared = {
    ...definition,
    operationId: `${ownPrefix}${name}`,
    handler: typeof handler === "function" ? (context: HookContext) => handler(requestContextOf(context)) : handler,
  };
  return contentsOf(app).addRoute(declared as unknown as Declared, {
    step,
    freeJson,
    permit: cors && ((respond) => ({ respond: withCors(respond, cors), cors })),
  });
}

function withCors(respond: Respond, cors: CorsHandler): Respond {
  return async (context) => (await respond(context)).edit((edited) => cors(context.request, edited));
}

/** @returns `undefined` if no part has declared a route of this name */
export function findRoute(app: App, name: string): Route | undefined {
  return contentsOf(app).routes.find(({ operation }) => operation.operationId === `${ownPrefix}${name}`);
}

/** Adds a part to an app, until the app is served. */
export function addPart(app: App, part: Part): void {
  contentsOf(app).parts.push(part);
}

/** What an app and its plugins have declared so far. */
export function readDeclarations(app: App): Pick<RouteSource, "routes" | "parts"> & Pick<AppContents, "info"> {
  return contentsOf(app);
}

/**
 * Makes a value once for each configuration, with the first request that needs it.
 *
 * @param make keeps nothing of the request
 */
export function keepPerSetup<Value>(make: (context: RequestContext) => Value): (context: RequestContext) => Value {
  const values = new WeakMap<GateSetup, { readonly value: Value }>();
  return (context) => {
    const kept = values.get(context.setup) ?? { value: make(context) };
    values.set(context.setup, kept);
    return kept.value;
  };
}
