/** Variables of a TOKEN_CACHE in memory, which isolates share. */
export function createTokenCache() {
  const values = new Map<string, string>();
  return {
    TOKEN_CACHE: {
      get: async (key: string) => values.get(key) ?? null,
      put: async (key: string, value: string) => void values.set(key, value),
      delete: async (key: string) => void values.delete(key),
    },
    TOKEN_CACHE_KEY: `a:${"A".repeat(42)}E`,
  };
}
