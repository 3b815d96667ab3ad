import type { StandardSchemaV1 } from "@standard-schema/spec";
import { andThen } from "../../result.ts";
import type { Fault } from "../serve/errors.ts";
import { writePointer } from "./pointer.ts";

/** What a schema made of a value, or its faults; at least one where it says nothing that it should. */
export type Checked = { readonly value: unknown } | { readonly faults: readonly Fault[] };

/** Asks a Standard Schema about a value. Without a promise where the validator answers at once. */
export function checkValue(schema: StandardSchemaV1, value: unknown): Checked | Promise<Checked> {
  return andThen(schema["~standard"].validate(value), (result) => {
    if (result.issues === undefined) return { value: result.value };
    const faults = result.issues.map(({ path, message }) => ({ path: writePointer(path), message: String(message) }));
    return { faults: faults.length > 0 ? faults : [{ path: "", message: "invalid" }] };
  });
}
