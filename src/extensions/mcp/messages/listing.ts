import { isRecord } from "../../../base/common/objects.ts";
import type { TargetKind } from "./message.ts";

/** Whether a caller may use an item. */
export type MayUse = (kind: TargetKind, name: string) => boolean;

/** Lists by the member that has them, with the member that names an item. */
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

/**
 * Whether a text can contain a result with a list. Most messages cannot, so they are not parsed. JSON can escape a
 * name.
 */
export function mayHoldList(text: string): boolean {
  return text.includes("\\u00") || lists.some(({ list }) => text.includes(`"${list}"`));
}

/**
 * Removes the items that a caller may not use from the results in a message or in a batch. A result is recognized by
 * its shape, because a replayed message does not say which request it answers. The cursor of the next page is kept.
 *
 * @param kinds with a policy
 * @returns the same value if it contains no such list
 */
export function filterLists(value: unknown, kinds: ReadonlySet<TargetKind>, mayUse: MayUse): unknown {
  if (Array.isArray(value)) return value.map((item) => filterLists(item, kinds, mayUse));
  if (!isRecord(value) || !isRecord(value.result)) return value;
  const { result } = value;
  const found = lists.filter(({ list, kind }) => kinds.has(kind) && Array.isArray(result[list]));
  if (found.length === 0) return value;
  const kept = found.map(({ list, kind, name }) => {
    const items = result[list] as readonly unknown[];
    return [list, items.filter((item) => isRecord(item) && typeof item[name] === "string" && mayUse(kind, item[name]))];
  });
  // The list depends on its caller.
  const cache = "cacheScope" in result ? { cacheScope: "private" } : {};
  return { ...value, result: { ...result, ...Object.fromEntries(kept), ...cache } };
}
