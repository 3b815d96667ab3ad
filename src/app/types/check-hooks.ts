import * as limits from "../../base/common/limits.ts";
import { checkMembers, isCount, isFunction, isFunctionOf, type Rule, type Rules } from "../../base/common/options.ts";
import { memberNames } from "../../core/policy/decision.ts";
import { checkRequirement } from "../../core/policy/requirement.ts";
import type { Requirement } from "../../core/policy/rule.ts";
import { daloyMark, type HookName, type Hooks, isAccessRule } from "./hooks.ts";

/** The parameters of each hook. */
const parameters: Readonly<Record<HookName, readonly string[]>> = {
  onRequest: ["request"],
  preBody: ["context"],
  beforeHandle: ["context"],
  afterHandle: ["context", "result"],
  onError: ["error", "context"],
  onSend: ["response", "context"],
  onResponse: ["response", "context"],
};

export const hookNames = Object.keys(parameters) as readonly HookName[];

/**
 * Checks a bundle of hooks.
 *
 * @returns a frozen copy
 * @throws TypeError that says what is wrong
 */
export function checkHooks(hooks: unknown): Hooks {
  const optional: Rules = {
    ...Object.fromEntries(hookNames.map((name) => [name, isCallback(...parameters[name])])),
    requirement: (requirement) => checkRequirement(requirement as Requirement) && true,
    cors: isFunction,
    handlerMilliseconds: isMilliseconds,
  };
  const bundle = isAccessRule(hooks) ? { ...(hooks as Hooks) } : hooks;
  if (typeof bundle === "function" && "requirement" in bundle) {
    throw new TypeError(
      'hooks must not be middleware of Hono. Import requireAuth and anyOf from "entra-gate", not from "entra-gate/hono"',
    );
  }
  if (daloyMark in Object(bundle) && "requirement" in Object(bundle)) {
    throw new TypeError(
      'hooks must not be those of a DaloyJS app. Import requireAuth and anyOf from "entra-gate", not from "entra-gate/daloy"',
    );
  }
  if (typeof bundle === "function" || typeof bundle === "string") {
    throw new TypeError(
      `hooks must not be a ${typeof bundle}. Use requireAuth("…"), or an object such as { preBody: (context) => … }. A plugin belongs to app.register(…)`,
    );
  }
  checkMembers(bundle, { prefix: "hooks.", optional, instead });
  if (Object.keys(bundle as Hooks).length === 0)
    throw new TypeError(`hooks are empty. Use one of ${hookNames.join(", ")}`);
  return Object.freeze({ ...(bundle as Hooks) });
}

/** A rule for functions that are called, which access rules are not. */
export function isCallback(...called: readonly string[]): Rule {
  const isCallable = isFunctionOf(...called);
  return (value) =>
    isAccessRule(value) ? 'must not be requireAuth(…) or anyOf(…). Write hooks: requireAuth("…")' : isCallable(value);
}

/** What to write in place of members that other objects have. */
const instead: ReadonlyMap<string, string> = new Map([
  ["register", "This is a plugin: app.register(…)"],
  ...memberNames.map((name) => [name, `Write requireAuth({ ${name}: … })`] as const),
]);

function isMilliseconds(value: unknown): true {
  if (isCount(value) === true && (value as number) <= limits.handlerMillisecondsMaximum) return true;
  throw new TypeError(`timeout must be whole milliseconds from 1 to ${limits.handlerMillisecondsMaximum}`);
}
