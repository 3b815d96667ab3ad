import { checkMembers, isAnything, isTexts } from "../../base/common/options.ts";
import { prototypeNames } from "../../base/http/members.ts";
import { isOriginName } from "../../core/config/origin.ts";
import { checkHooks } from "../types/check-hooks.ts";
import type { AuthSpec } from "../types/definition.ts";
import type { Hooks } from "../types/hooks.ts";
import { isPath, joinPaths } from "../types/path-pattern.ts";
import { isAuth } from "./check-definition.ts";

/** The common options of the routes in a group or plugin. */
export interface GroupOptions<H extends Hooks | readonly Hooks[] = Hooks | readonly Hooks[]> {
  /** Tags of the routes in the OpenAPI document, before those of each route. */
  readonly tags?: readonly string[];
  /** Hooks of the routes: one bundle, or a list. They run after those of the app, and before those of each route. */
  readonly hooks?: H;
  /**
   * Authentication for the OpenAPI document, for routes without `auth`. It does not protect them: add `requireAuth`.
   */
  readonly auth?: AuthSpec;
  /** Origin of the routes with `origin()` that name none, see `OriginNameOptions`. */
  readonly origin?: string;
}

/** Prefix and common options of a plugin's routes. */
export interface RegisterOptions<H extends Hooks | readonly Hooks[] = Hooks | readonly Hooks[]>
  extends GroupOptions<H> {
  /** Precedes the path of each route, for example `/orders` or `/orders/:id`. */
  readonly prefix?: string;
}

/** The common parts of routes. Additions to a scope do not affect outer or sibling scopes. */
export interface Scope {
  readonly prefix: string;
  readonly layers: readonly Hooks[];
  readonly tags: readonly string[];
  readonly auth: AuthSpec | undefined;
  /** Name of the origin; `undefined` for the one without a name. */
  readonly origin?: string | undefined;
  readonly decorations: Readonly<Record<string, unknown>>;
}

export const rootScope: Scope = {
  prefix: "",
  layers: [],
  tags: [],
  auth: undefined,
  decorations: {},
};

const optionRules = {
  prefix: (prefix: unknown) => (isPath(prefix) && !prefix.endsWith("*")) || "must look like /orders or /orders/:id",
  tags: isTexts,
  hooks: isAnything,
  auth: isAuth,
  origin: isOriginName,
};

/**
 * Creates the scope of a group or plugin: the outer scope and the group's own options.
 *
 * @throws TypeError that names an invalid option
 */
export function deriveScope(outer: Scope, options: RegisterOptions): Scope {
  checkMembers(options, { noun: "option", optional: optionRules });
  const { prefix, tags, hooks, auth, origin } = options;
  return {
    prefix: prefix === undefined ? outer.prefix : joinPaths(outer.prefix, prefix),
    layers: hooks === undefined ? outer.layers : [...outer.layers, ...listHooks(hooks)],
    tags: [...new Set([...outer.tags, ...(tags ?? [])])],
    auth: auth ?? outer.auth,
    origin: origin ?? outer.origin,
    decorations: outer.decorations,
  };
}

/**
 * Checks a bundle of hooks or a list of bundles.
 *
 * @throws TypeError if the list is empty or a bundle is invalid
 */
export function listHooks(hooks: unknown): readonly Hooks[] {
  if (!Array.isArray(hooks)) return [checkHooks(hooks)];
  if (hooks.length === 0) throw new TypeError("a list of hooks must not be empty");
  // `map` would skip holes.
  return Array.from(hooks, (each) => checkHooks(each));
}

/** Names in `state` that are reserved for the app. */
const ownNames = new Set(["principal", "requestId"]);

/**
 * Adds a value to the `state` of the routes that are declared later.
 *
 * @throws TypeError if the name is reserved, or already exists without `override`
 */
export function decorateScope(scope: Scope, name: string, value: unknown, override: boolean): Scope {
  if (typeof name !== "string" || name === "" || prototypeNames.has(name)) {
    throw new TypeError(`decorate: ${JSON.stringify(name)} cannot be a name in state. Write decorate("name", value)`);
  }
  if (ownNames.has(name)) throw new TypeError(`decorate: state.${name} is set by the app`);
  if (Object.hasOwn(scope.decorations, name) && !override) {
    throw new TypeError(`decorate: state.${name} already exists. Pass { override: true } to replace it`);
  }
  return { ...scope, decorations: { ...scope.decorations, [name]: value } };
}
