/** Outcome of a step: a value, or the reason why there is none. Steps return it instead of throwing. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function succeed<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/**
 * Passes a value to `next`: at once if it is available, or when its promise resolves. So no request waits for a value
 * that is available.
 *
 * @param next is called with the value
 */
export function andThen<T, R>(value: T | PromiseLike<T>, next: (value: T) => R | PromiseLike<R>): R | Promise<R> {
  return isPromised(value) ? Promise.resolve(value).then(next) : (next(value) as R | Promise<R>);
}

/** Whether a value is a promise. No other code distinguishes the two cases. */
export function isPromised<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return value instanceof Promise || typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/**
 * Calls `work` with one item after another until a call returns a value.
 *
 * @returns that value, or `undefined`; a promise only if a call returned one
 */
export function firstInTurn<T, R>(
  items: readonly T[],
  work: (item: T) => R | undefined | PromiseLike<R | undefined>,
  from = 0,
): R | undefined | Promise<R | undefined> {
  for (let index = from; index < items.length; index += 1) {
    const given = work(items[index] as T);
    if (isPromised(given)) return andThen(given, (late) => late ?? firstInTurn(items, work, index + 1));
    if (given !== undefined) return given;
  }
  return undefined;
}

/** Does work and passes an exception or a rejection to `recover`. */
export function attempt<T>(work: () => T | Promise<T>, recover: (error: unknown) => T | Promise<T>): T | Promise<T> {
  try {
    const value = work();
    return isPromised(value) ? Promise.resolve(value).catch(recover) : value;
  } catch (error) {
    return recover(error);
  }
}
