import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Fault } from "./errors.ts";
import { writePointer } from "./pointer.ts";

/** What a schema made of a value, or its faults; at least one where it says nothing that it should. */
export type Checked = { readonly value: unknown } | { readonly faults: readonly Fault[] };

/** Asks a Standard Schema about a value. */
export async function checkValue(schema: StandardSchemaV1, value: unknown): Promise<Checked> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return { value: result.value };
  const faults = result.issues.map(({ path, message }) => ({ path: writePointer(path), message: String(message) }));
  return { faults: faults.length > 0 ? faults : [{ path: "", message: "invalid" }] };
}
