import { isTreacherous } from "../http/members.ts";
import { checkAuth, isTexts } from "./contract/check-definition.ts";
import { checkMembers } from "./contract/check-members.ts";
import type { AuthSpec } from "./contract/definition.ts";
import { isPath, joinPaths } from "./contract/path-pattern.ts";
import { checkHooks, type Hooks } from "./hooks/hooks.ts";

/** What a group or a plugin gives to its routes. */
export interface GroupOptions<H extends Hooks | readonly Hooks[] = Hooks | readonly Hooks[]> {
  readonly tags?: readonly string[];
  readonly hooks?: H;
  /** For the OpenAPI document. */
  readonly auth?: AuthSpec;
}

/** Where a plugin's routes are, and what it gives to them. */
export interface RegisterOptions<H extends Hooks | readonly Hooks[] = Hooks | readonly Hooks[]>
  extends GroupOptions<H> {
  readonly prefix?: string;
}

/** What routes have in common with their neighbours. What is added to one scope reaches no scope beside or around it. */
export interface Scope {
  readonly prefix: string;
  readonly layers: readonly Hooks[];
  readonly tags: readonly string[];
  readonly auth: AuthSpec | undefined;
  readonly decorations: Readonly<Record<string, unknown>>;
}

export const rootScope: Scope = { prefix: "", layers: [], tags: [], auth: undefined, decorations: {} };

/**
 * Makes the scope of a group or plugin: all that is around it, and what it adds.
 *
 * @throws TypeError naming the option that is faulty
 */
export function deriveScope(outer: Scope, options: RegisterOptions): Scope {
  checkMembers(options, ["prefix", "tags", "hooks", "auth"], "option");
  const { prefix, tags, hooks, auth } = options;
  if (prefix !== undefined && (!isPath(prefix) || prefix.endsWith("*"))) {
    throw new TypeError("prefix must look like /orders or /orders/:id");
  }
  if (tags !== undefined && !isTexts(tags)) throw new TypeError("tags must be a non-empty list of strings");
  checkAuth(auth);
  return {
    prefix: prefix === undefined ? outer.prefix : joinPaths(outer.prefix, prefix),
    layers: hooks === undefined ? outer.layers : [...outer.layers, ...listHooks(hooks)],
    tags: [...new Set([...outer.tags, ...(tags ?? [])])],
    auth: auth ?? outer.auth,
    decorations: outer.decorations,
  };
}

/**
 * Checks one bundle of hooks or a list of them.
 *
 * @throws TypeError where there is none, or one is faulty
 */
export function listHooks(hooks: unknown): readonly Hooks[] {
  if (!Array.isArray(hooks)) return [checkHooks(hooks)];
  if (hooks.length === 0) throw new TypeError("a list of hooks must not be empty");
  // Array.from, because map skips holes.
  return Array.from(hooks, (each) => checkHooks(each));
}

/** Names that the app itself gives to `state`. */
const ownNames = new Set(["principal", "requestId"]);

/**
 * Adds a value to the `state` of the routes that are declared from now on.
 *
 * @throws TypeError where the name is the app's own, or taken and not to be overridden
 */
export function decorateScope(scope: Scope, name: string, value: unknown, override: boolean): Scope {
  if (typeof name !== "string" || name === "" || isTreacherous(name)) {
    throw new TypeError(`decorate: ${JSON.stringify(name)} cannot be a name in state`);
  }
  if (ownNames.has(name)) throw new TypeError(`decorate: state.${name} is set by the app`);
  if (Object.hasOwn(scope.decorations, name) && !override) {
    throw new TypeError(`decorate: state.${name} already exists. Pass { override: true } to replace it`);
  }
  return { ...scope, decorations: { ...scope.decorations, [name]: value } };
}
