/**
 * Checks that an object has known members, none of them undefined.
 *
 * @throws TypeError naming what is not
 */
export function checkMembers(
  object: unknown,
  known: readonly string[],
  what: string,
): asserts object is Readonly<Record<string, unknown>> {
  if (typeof object !== "object" || object === null || Array.isArray(object)) {
    throw new TypeError(`must be an object with ${known.join(", ")}`);
  }
  for (const [name, value] of Object.entries(object)) {
    if (!known.includes(name)) {
      throw new TypeError(`unknown ${what} ${JSON.stringify(name)}. Use one of ${known.join(", ")}`);
    }
    // A guard that was lost on the way must not become the default requirement.
    if (value === undefined) throw new TypeError(`${name} is undefined. Set a value or remove it`);
  }
  checkNothingHidden(object, known);
}

/**
 * Checks that a copy of an object has all of its known members.
 *
 * @throws TypeError naming one that it inherits or that is not enumerable, a guard for example
 */
export function checkNothingHidden(object: object, known: readonly string[]): void {
  const own = Object.keys(object);
  const hidden = known.find((name) => name in object && !own.includes(name));
  if (hidden !== undefined) throw new TypeError(`${hidden} must be an own enumerable property`);
}

/**
 * Checks the options of a function, whatever was passed: nothing in them is ignored.
 *
 * @param name of the function
 * @throws TypeError naming it and the option
 */
export function checkOptionsOf(name: string, options: unknown, known: readonly string[]): void {
  try {
    checkMembers(options, known, "option");
  } catch (error) {
    throw new TypeError(`${name}: ${(error as Error).message}`);
  }
}

/** Whether a value can be the name of a header (RFC 9110 section 5.1). */
export function isFieldName(value: unknown): value is string {
  return typeof value === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(value);
}
