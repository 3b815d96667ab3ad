const lowerCaseGuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a value is a GUID as Entra writes it: 32 lower-case hexadecimal digits in five groups, nothing around them. */
export function isGuid(value: unknown): value is string {
  return typeof value === "string" && value.length === 36 && lowerCaseGuid.test(value);
}
