import { checkHooks } from "../types/check-hooks.ts";
import type { Hooks } from "../types/hooks.ts";

/**
 * Limits the time of a handler. After the limit, the caller gets 408 and the result of the handler is dropped. If there
 * are several limits, the shortest applies. The time to read the body does not count.
 *
 * @param milliseconds a whole number from 1 to 600,000
 * @throws TypeError if the number is invalid
 *
 * @example
 * app.use(timeout(5_000));
 */
export function timeout(milliseconds: number): Hooks {
  // NaN, so that the message names this function.
  return checkHooks({ handlerMilliseconds: milliseconds ?? Number.NaN });
}
