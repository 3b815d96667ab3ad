/** A map that forgets its oldest entries, so that it never holds more than a fixed number. */
export interface BoundedMap<T> {
  set(key: string, value: T): void;
  get(key: string): T | undefined;
  delete(key: string): void;
  /** The oldest first. */
  keys(): readonly string[];
  /** The oldest first. */
  values(): readonly T[];
  /** Number of entries. */
  size(): number;
}

/** @param maxEntries the oldest entry goes if there would be more */
export function createBoundedMap<T>(maxEntries: number): BoundedMap<T> {
  const entries = new Map<string, T>();
  return {
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      const [oldest] = entries.keys();
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest);
    },
    get: (key) => entries.get(key),
    delete: (key) => void entries.delete(key),
    keys: () => [...entries.keys()],
    values: () => [...entries.values()],
    size: () => entries.size,
  };
}
