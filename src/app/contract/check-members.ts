/**
 * Checks that an object has only known members, and that none is undefined.
 *
 * @throws TypeError that names the first invalid member
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
    // A guard that was lost must not turn into the default requirement.
    if (value === undefined) throw new TypeError(`${name} is undefined. Set a value or remove it`);
  }
  checkNothingHidden(object, known);
}

/**
 * Checks that a copy of an object would keep all of its known members.
 *
 * @throws TypeError that names an inherited or non-enumerable member, which could be a guard
 */
export function checkNothingHidden(object: object, known: readonly string[]): void {
  const own = Object.keys(object);
  const hidden = known.find((name) => name in object && !own.includes(name));
  if (hidden !== undefined) throw new TypeError(`${hidden} must be an own enumerable property`);
}

/**
 * Checks the options of a function. Unknown options are errors.
 *
 * @param name of the function
 * @throws TypeError that names the function and the option
 */
export function checkOptionsOf(name: string, options: unknown, known: readonly string[]): void {
  try {
    checkMembers(options, known, "option");
  } catch (error) {
    throw new TypeError(`${name}: ${(error as Error).message}`);
  }
}

/** Whether a value is a valid header name (RFC 9110 section 5.1). */
export function isFieldName(value: unknown): value is string {
  return typeof value === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(value);
}
