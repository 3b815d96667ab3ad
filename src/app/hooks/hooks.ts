import * as limits from "../../limits.ts";
import { checkRequirement, type Requirement } from "../../policy/requirement.ts";
import { checkNothingHidden } from "../contract/check-members.ts";
import type { HookContext } from "../contract/types.ts";

/** What a hook returns: a Response, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a hook that returns nothing is one
export type HookResult = Response | void | Promise<Response | void>;

/**
 * Applies a CORS policy.
 *
 * @param response that the policy's headers are added to; without, the request is a preflight, and this answers it
 */
export type CorsPolicy = (request: Request, response?: Response) => Response | Promise<Response>;

/**
 * What runs around a handler, in this order: `onRequest`, `preBody`, then the request is validated, `beforeHandle`, the
 * handler, `afterHandle`, then the answer is checked, `onSend`, `onResponse`. Of several bundles those of the app come
 * first, then those of groups and plugins from the outside in, then the route's own.
 */
export interface Hooks {
  /** First of all, with the request as it came. */
  readonly onRequest?: (request: Request) => void | Promise<void>;
  /** Before one byte of the body is read and before anything is validated. A Response ends it here. */
  readonly preBody?: (context: HookContext) => HookResult;
  /** With the validated request. A Response takes the handler's place. */
  readonly beforeHandle?: (context: HookContext) => HookResult;
  /** With what the handler returned; anything but `undefined` replaces it. */
  readonly afterHandle?: (context: HookContext, result: unknown) => unknown;
  /** With what was thrown. A Response replaces the problem details. */
  readonly onError?: (error: unknown, context: HookContext) => HookResult;
  /** With every answer, refusals too: may change its headers or replace it. */
  readonly onSend?: (response: Response, context: HookContext) => HookResult;
  /** With the answer after `onSend`, before the last step makes it private. Nothing waits for it. */
  readonly onResponse?: (response: Response, context: HookContext) => void | Promise<void>;
  /** Who may call: set by `requireAuth`, whose turn comes with the `preBody` of the bundles around it. */
  readonly requirement?: Requirement;
  /** Which browsers may call from other origins: set by `cors`. */
  readonly cors?: CorsPolicy;
  /** How long the handler may take, in milliseconds: set by `timeout`. */
  readonly handlerMilliseconds?: number;
}

const functions = ["onRequest", "preBody", "beforeHandle", "afterHandle", "onError", "onSend", "onResponse"] as const;

/**
 * Checks a bundle of hooks. Nothing in it is ignored: what is misspelt could be a guard.
 *
 * @returns a frozen copy, which later changes do not reach
 * @throws TypeError saying what is wrong
 */
export function checkHooks(hooks: unknown): Hooks {
  if (typeof hooks !== "object" || hooks === null || Array.isArray(hooks))
    throw new TypeError("hooks must be an object");
  checkNothingHidden(hooks, [...functions, "requirement", "cors", "handlerMilliseconds"]);
  const entries = Object.entries(hooks);
  if (entries.length === 0) throw new TypeError(`hooks are empty. Use one of ${functions.join(", ")}`);
  return Object.freeze(Object.fromEntries(entries.map(([name, value]) => [name, checkMember(name, value)])));
}

function checkMember(name: string, value: unknown): unknown {
  if (name === "requirement") return checkRequirement(value as Requirement);
  if (name === "handlerMilliseconds") return checkMilliseconds(value);
  if (name !== "cors" && !functions.some((known) => known === name)) {
    throw new TypeError(`unknown hook ${JSON.stringify(name)}. Use one of ${functions.join(", ")}`);
  }
  if (typeof value !== "function") throw new TypeError(`hook ${name} must be a function`);
  return value;
}

function checkMilliseconds(value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= limits.handlerMillisecondsMaximum) {
    return value as number;
  }
  throw new TypeError(`timeout must be whole milliseconds from 1 to ${limits.handlerMillisecondsMaximum}`);
}

/** The outermost CORS policy. */
export function findPolicy(layers: readonly Hooks[]): CorsPolicy | undefined {
  return layers.find(({ cors }) => cors !== undefined)?.cors;
}

/** All functions of one name, in the order of their bundles. */
export function pickHooks<K extends (typeof functions)[number]>(
  layers: readonly Hooks[],
  name: K,
): readonly NonNullable<Hooks[K]>[] {
  return layers.map((hooks) => hooks[name]).filter((hook) => hook !== undefined) as NonNullable<Hooks[K]>[];
}
