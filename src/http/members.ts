/** What a query or a form says: values by name, a list where a name is repeated. */
export type Members = Record<string, unknown>;

/** Names that reach behind an object where somebody copies it member by member. */
const treacherousNames = new Set(["__proto__", "constructor", "prototype"]);

export function isTreacherous(name: string): boolean {
  return treacherousNames.has(name);
}

/**
 * Adds a value under its name.
 *
 * @returns `false` where no object should have such a name; then nothing was added
 */
export function addMember(members: Members, name: string, value: unknown): boolean {
  if (isTreacherous(name)) return false;
  const before = Object.hasOwn(members, name) ? members[name] : undefined;
  if (before === undefined) members[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else members[name] = [before, value];
  return true;
}
