import { isObject } from "../base/common/objects.ts";
import { findContents } from "./app-contents.ts";
import { findForwarding } from "./pipeline/forwarding.ts";
import type { Route } from "./pipeline/route.ts";
import { checkHooks } from "./types/check-hooks.ts";
import type { Method } from "./types/definition.ts";
import { type Hooks, isAccessRule } from "./types/hooks.ts";

/**
 * Checks the arguments of `app.get(path, options, handler)` and similar. An argument in another place could be a guard.
 *
 * @throws TypeError that shows a correct call
 */
export function checkShorthand(method: Method | "all", args: readonly unknown[]): void {
  const problem = findProblem(args);
  if (problem === undefined) return;
  const [path, ...others] = args;
  const shownPath = typeof path === "string" ? path : "/orders";
  const handler = others.some((each) => findForwarding(each) !== undefined) ? "origin()" : "handler";
  const call = `${method.toLowerCase()}(${JSON.stringify(shownPath)}, { hooks: requireAuth("…") }, ${handler})`;
  throw new TypeError(`route ${method} ${shownPath}: ${problem}. Write ${call}`);
}

function findProblem([path, options, handler, ...more]: readonly unknown[]): string | undefined {
  if (typeof path !== "string") return "the path must come first";
  if (more.length > 0) return "there are more arguments than path, options and handler";
  const isHandler = (typeof options === "function" && !isAccessRule(options)) || findForwarding(options) !== undefined;
  if (isHandler) return handler === undefined ? "the options are missing" : "the handler must come last";
  const { requirement, handler: nested } = Object(options);
  if (requirement !== undefined) return "requireAuth(…) must be in the options";
  if (handler !== undefined) return undefined;
  return nested === undefined ? "the handler is missing" : "the handler must be an argument of its own";
}

/** @throws TypeError that shows a correct call, if the definition is not an object */
export function checkRoute(definition: unknown): void {
  if (isObject(definition) && findContents(definition) === undefined) return;
  throw new TypeError(
    'route: must have one object. Write route({ method: "GET", path: "/orders", hooks: requireAuth("…"), handler })',
  );
}

/** @throws TypeError that shows a correct call, if the last argument is not a function */
export function checkGroup(prefix: unknown, declare: unknown): void {
  if (typeof declare === "function" && !isAccessRule(declare)) return;
  throw new TypeError(
    `group ${prefix}: the function must come last. Write group("/orders", { hooks: requireAuth("…") }, (group) => { … })`,
  );
}

/**
 * Checks the arguments of `app.use(hooks)`.
 *
 * @param declared routes of the app, which do not get the hooks
 * @throws TypeError if an argument could be a guard that has no effect
 */
export function checkUse([hooks, ...more]: readonly unknown[], declared: readonly Route[]): Hooks {
  if (typeof hooks === "string") {
    throw new TypeError(
      `use: hooks have no path. Write group("/orders", { hooks: requireAuth("…") }, (group) => { … })`,
    );
  }
  if (more.length > 0 || Array.isArray(hooks)) throw new TypeError("use: must have one object. Call use(…) for each");
  const checked = checkHooks(hooks);
  const missed = checked.requirement && declared.find(({ access }) => access.kind === "default");
  if (missed === undefined) return checked;
  throw new TypeError(
    `use: route ${missed.name} was declared before and would not have the requirement. Call use(…) before it, or give it its own hooks: requireAuth(…)`,
  );
}
