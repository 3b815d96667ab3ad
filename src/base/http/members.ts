/** Members of a query or a form: values by name, and a list for a repeated name. */
export type Members = Record<string, unknown>;

/** Names that can change an object's prototype when code copies its members. */
export const prototypeNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Adds a value under its name.
 *
 * @returns `false` if the name is one of {@link prototypeNames}; nothing is added then
 */
export function addMember(members: Members, name: string, value: unknown): boolean {
  if (prototypeNames.has(name)) return false;
  const before = Object.hasOwn(members, name) ? members[name] : undefined;
  if (before === undefined) members[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else members[name] = [before, value];
  return true;
}
