import type { StandardSchemaV1 } from "@standard-schema/spec";
import { andThen } from "../../result.ts";
import type { Fault } from "../serve/errors.ts";
import { writePointer } from "./pointer.ts";

/** The output of a schema, or its faults. There is at least one fault, even if the schema reports none. */
export type Checked = { readonly value: unknown } | { readonly faults: readonly Fault[] };

/** Validates a value with a Standard Schema. Returns a promise only if the validator does. */
export function checkValue(schema: StandardSchemaV1, value: unknown): Checked | Promise<Checked> {
  return andThen(schema["~standard"].validate(value), (result) => {
    if (result.issues === undefined) return { value: result.value };
    const faults = result.issues.map(({ path, message }) => ({ path: writePointer(path), message: String(message) }));
    return { faults: faults.length > 0 ? faults : [{ path: "", message: "invalid" }] };
  });
}
