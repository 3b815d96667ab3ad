import { exchangeOf } from "./context.ts";
import { checkHooks, type Hooks } from "./hooks.ts";
import type { HookContext } from "./types.ts";

/**
 * Names every request, in `state.requestId` and in the answer's `x-request-id`: the id that a problem's `instance` and the
 * log have. It is the app's own; what a client sends is not believed.
 *
 * @example
 * app.use(requestId());
 */
export function requestId(): Hooks {
  return checkHooks({
    preBody(context: HookContext) {
      const id = exchangeOf(context).requestId;
      Object.assign(context.state, { requestId: id });
      context.set.headers.set("x-request-id", id);
    },
  });
}
