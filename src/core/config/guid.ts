const lowerCaseGuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a value is a GUID in the form that Entra writes: lower case, with hyphens, and without braces. */
export function isGuid(value: unknown): value is string {
  return typeof value === "string" && value.length === 36 && lowerCaseGuid.test(value);
}
