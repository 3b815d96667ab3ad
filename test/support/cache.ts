/**
 * The Cache of one data center, in memory, with only the methods that the gate uses. Like Deno's, it ignores max-age.
 */
export function createFakeCache(): Cache & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>();
  const cache = {
    entries,
    async match(url: string) {
      const text = entries.get(url);
      return text === undefined ? undefined : new Response(text);
    },
    async put(url: string, response: Response) {
      entries.set(url, await response.text());
    },
    async delete(url: string) {
      return entries.delete(url);
    },
  };
  return cache as unknown as Cache & { readonly entries: Map<string, string> };
}
