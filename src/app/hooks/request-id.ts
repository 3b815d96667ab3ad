import { checkOptionsOf, isFieldName, type Rule } from "../../base/common/options.ts";
import { requestContextOf } from "../pipeline/context.ts";
import { checkHooks } from "../types/check-hooks.ts";
import type { Hooks } from "../types/hooks.ts";
import type { HookContext } from "../types/types.ts";

/** Options of `requestId`. */
export interface RequestIdOptions {
  /** Header of the response. Default: `x-request-id`. */
  readonly header?: string;
}

/**
 * Sends the ID of each request in a header of the response, and sets `state.requestId`. It is the ID in the log and in
 * the `instance` of problem details. The app generates it and ignores IDs that a client sends.
 *
 * @param options see {@link RequestIdOptions}
 * @throws TypeError that names an unknown or malformed option. DaloyJS's `trustIncoming` and `generator` are unknown,
 * because the ID is that of the log.
 *
 * @example
 * app.use(requestId());
 */
export function requestId(options: RequestIdOptions = {}): Hooks {
  const isHeader: Rule = (name) => isFieldName(name) || "must be a header name, for example x-request-id";
  checkOptionsOf("requestId", options, { header: isHeader });
  const { header = "x-request-id" } = options;
  return checkHooks({
    preBody(context: HookContext) {
      const id = requestContextOf(context).requestId;
      Object.assign(context.state, { requestId: id });
      context.set.headers.set(header, id);
    },
  });
}
