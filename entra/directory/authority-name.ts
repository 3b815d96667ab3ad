/** Name of the authority without one: the workforce tenant. */
export const defaultAuthority = "default";

/** @throws RangeError for what a gate would not take as the name of an authority */
export function requireAuthorityName(name: string): void {
  if (name !== defaultAuthority && /^[a-z][a-z0-9_]*$/.test(name)) return;
  throw new RangeError(
    `authority ${JSON.stringify(name)} must be a name in lower case other than ${defaultAuthority}, such as customers`,
  );
}
