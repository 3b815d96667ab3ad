import type { StandardSchemaV1 } from "@standard-schema/spec";
import { andThen } from "../../base/common/result.ts";
import type { RequestFault } from "../errors/errors.ts";

/** The output of a schema, or its faults. There is at least one fault, even if the schema reports none. */
export type Checked = { readonly value: unknown } | { readonly faults: readonly RequestFault[] };

/** Validates a value with a Standard Schema. Returns a promise only if the validator does. */
export function checkValue(schema: StandardSchemaV1, value: unknown): Checked | Promise<Checked> {
  return andThen(schema["~standard"].validate(value), (result) => {
    if (result.issues === undefined) return { value: result.value };
    const faults = result.issues.map(({ path, message }) => ({ path: writePointer(path), message: String(message) }));
    return { faults: faults.length > 0 ? faults : [{ path: "", message: "invalid" }] };
  });
}

/** Writes a name as one step of a JSON Pointer (RFC 6901 section 3). */
export function escapePointer(name: string): string {
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** Writes the path of a validator's issue as a JSON Pointer; empty for the whole value. */
export function writePointer(path: StandardSchemaV1.Issue["path"]): string {
  const keys = (path ?? []).map((segment) => (typeof segment === "object" ? segment.key : segment));
  return keys.map((key) => `/${escapePointer(String(key))}`).join("");
}
