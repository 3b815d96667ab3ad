/**
 * Groups that requirements of this isolate name. Of the groups in a token, only these are kept and passed on. The IDs
 * are in the code and in the variables of the worker, so that their number is bounded.
 */
const named = new Set<string>();

/** Adds the groups of a requirement. */
export function nameGroups(groups: readonly string[]): void {
  for (const group of groups) named.add(group);
}

/** Grows with each group that is named. What was read from a token before that may lack a group. */
export function countNamedGroups(): number {
  return named.size;
}

let list: readonly string[] = [];

/** @returns the same list until a further group is named */
export function listNamedGroups(): readonly string[] {
  if (list.length !== named.size) list = Object.freeze([...named]);
  return list;
}

/** Returns those that a requirement names. */
export function selectNamedGroups(groups: readonly string[]): readonly string[] {
  return groups.filter((group) => named.has(group));
}
