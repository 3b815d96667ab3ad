/** Members of a query or a form: values by name, and a list for a repeated name. */
export type Members = Record<string, unknown>;

/** Names that can change an object's prototype when code copies its members. */
const prototypeNames = new Set(["__proto__", "constructor", "prototype"]);

export function isPrototypeName(name: string): boolean {
  return prototypeNames.has(name);
}

/**
 * Adds a value under its name.
 *
 * @returns `false` if {@link isPrototypeName} says so; nothing is added then
 */
export function addMember(members: Members, name: string, value: unknown): boolean {
  if (isPrototypeName(name)) return false;
  const before = Object.hasOwn(members, name) ? members[name] : undefined;
  if (before === undefined) members[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else members[name] = [before, value];
  return true;
}
