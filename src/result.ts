/** Outcome of a step: a value, or the reason why there is none. Steps return it instead of throwing. */
export type Result<T, E> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E };

export function succeed<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

export function fail<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error };
}

/**
 * Goes on with a value: at once where it is there, later where it is promised. This is the only place that tells the two
 * apart, so that nothing waits for what is there already.
 *
 * @param next is given the value
 */
export function andThen<T, R>(value: T | PromiseLike<T>, next: (value: T) => R | PromiseLike<R>): R | Promise<R> {
  return isPromised(value) ? Promise.resolve(value).then(next) : (next(value) as R | Promise<R>);
}

/** Whether a value is still to come. */
export function isPromised<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return value instanceof Promise || typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

/**
 * Works on items one after the other, until one of them gives a value.
 *
 * @returns that value, or `undefined`; without a promise where no item has to be waited for
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

/** Does work and hands what it throws, now or later, to `recover`. */
export function attempt<T>(work: () => T | Promise<T>, recover: (error: unknown) => T | Promise<T>): T | Promise<T> {
  try {
    const value = work();
    return value instanceof Promise ? value.catch(recover) : value;
  } catch (error) {
    return recover(error);
  }
}
