/** Values by key, of which the isolate keeps those that were used last. */
export interface Recent<Value> {
  get(key: string): Value | undefined;
  /** Finds or creates a value. It counts as used now. */
  use(key: string): Value;
}

/**
 * Creates an empty store.
 *
 * @param maximum number of values. If there are more, the store drops the longest unused.
 */
export function createRecent<Value>(maximum: number, create: () => Value): Recent<Value> {
  /** The longest unused first. */
  const values = new Map<string, Value>();
  return {
    get: (key) => values.get(key),
    use(key) {
      const value = values.get(key) ?? create();
      values.delete(key);
      values.set(key, value);
      if (values.size > maximum) values.delete(values.keys().next().value as string);
      return value;
    },
  };
}

/** Keeps a value. If the map already has the maximum of other values, it is emptied first. */
export function keepValue<Key, Value>(values: Map<Key, Value>, maximum: number, key: Key, value: Value): Value {
  if (values.size >= maximum && !values.has(key)) values.clear();
  values.set(key, value);
  return value;
}
