import { checkHooks, type Hooks } from "./hooks.ts";

/**
 * Bounds the time of a handler: past it, the caller gets 408 and the handler's answer is dropped. Of several, the shortest
 * counts. Reading the body is not a part of it.
 *
 * @param milliseconds whole, from 1 to 600,000
 * @throws TypeError where it is none of these
 *
 * @example
 * app.use(timeout(5_000));
 */
export function timeout(milliseconds: number): Hooks {
  return checkHooks({ handlerMilliseconds: milliseconds });
}
