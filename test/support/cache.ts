/** A Cache of one data centre, kept in memory: only what the gate uses of it. It ignores max-age, as Deno's does. */
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
