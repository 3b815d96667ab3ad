import { isObject } from "./message.ts";
import type { TargetKind } from "./protocol.ts";

/** Says whether a caller may use something. */
export type MayUse = (kind: TargetKind, name: string) => boolean;

/** Lists by the member that holds them, with the member that names an item. */
const lists = [
  { list: "tools", kind: "tools", name: "name" },
  { list: "prompts", kind: "prompts", name: "name" },
  { list: "resources", kind: "resources", name: "uri" },
  { list: "resourceTemplates", kind: "resources", name: "uriTemplate" },
] as const;

/** Methods whose results are such lists. */
export const listMethods: ReadonlySet<string> = new Set([
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
]);

/** Whether a text could hold a result with a list: most messages cannot, and are not parsed. A name can be escaped. */
export function mayHoldList(text: string): boolean {
  return text.includes("\\u00") || lists.some(({ list }) => text.includes(`"${list}"`));
}

/**
 * Removes from the results in a message, or in a batch of them, what its caller may not use. Results are recognized by their
 * shape, because a replay does not say what they answer. The cursor of the next page stays.
 *
 * @param kinds with a policy
 * @returns the same value where nothing in it is such a list
 */
export function filterLists(value: unknown, kinds: ReadonlySet<TargetKind>, mayUse: MayUse): unknown {
  if (Array.isArray(value)) return value.map((item) => filterLists(item, kinds, mayUse));
  if (!isObject(value) || !isObject(value.result)) return value;
  const { result } = value;
  const found = lists.filter(({ list, kind }) => kinds.has(kind) && Array.isArray(result[list]));
  if (found.length === 0) return value;
  const kept = found.map(({ list, kind, name }) => {
    const items = result[list] as readonly unknown[];
    return [list, items.filter((item) => isObject(item) && typeof item[name] === "string" && mayUse(kind, item[name]))];
  });
  // The list depends on its caller.
  const cache = "cacheScope" in result ? { cacheScope: "private" } : {};
  return { ...value, result: { ...result, ...Object.fromEntries(kept), ...cache } };
}
