/** Whether a value is an object. An array is one too. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Whether a value is an object with named members, and no array. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && !Array.isArray(value);
}

/** Whether a value is a list of texts. It can be empty. */
export function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** Whether a value is a list of names: of texts that are not empty. It has at least one. */
export function isNameList(value: unknown): value is readonly string[] {
  return isTextList(value) && value.length > 0 && !value.includes("");
}
