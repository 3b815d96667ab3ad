import { checkOptionsOf, isFieldName } from "../contract/check-members.ts";
import type { HookContext } from "../contract/types.ts";
import { requestContextOf } from "../serve/handler-context.ts";
import { checkHooks, type Hooks } from "./hooks.ts";

/** How `requestId` tells the caller the name of the request. */
export interface RequestIdOptions {
  /** Header of the answer. Default `x-request-id`. */
  readonly header?: string;
}

/**
 * Names every request, in `state.requestId` and in a header of the answer: the id that a problem's `instance` and the log
 * have. It is the app's own; what a client sends is not believed.
 *
 * @param options see {@link RequestIdOptions}
 * @throws TypeError naming an option that is unknown or malformed: `trustIncoming` and `generator` of DaloyJS are unknown, because
 * the id is that of the log
 *
 * @example
 * app.use(requestId());
 */
export function requestId(options: RequestIdOptions = {}): Hooks {
  checkOptionsOf("requestId", options, ["header"]);
  const { header = "x-request-id" } = options;
  if (!isFieldName(header)) throw new TypeError("requestId: header must be a header name, for example x-request-id");
  return checkHooks({
    preBody(context: HookContext) {
      const id = requestContextOf(context).requestId;
      Object.assign(context.state, { requestId: id });
      context.set.headers.set(header, id);
    },
  });
}
