import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type BodyRules, parseBody } from "./body.ts";
import { isolateBodies } from "./body-budget.ts";
import type { Context } from "./context.ts";
import { type Fault, ValidationError } from "./errors.ts";
import { writePointer } from "./pointer.ts";
import { readBody } from "./read-body.ts";
import type { RequestSchemas } from "./types.ts";

/**
 * Asks a Standard Schema about a value.
 *
 * @returns what it made of the value, or its faults; at least one where it says nothing that it should
 */
export async function checkValue(
  schema: StandardSchemaV1,
  value: unknown,
): Promise<{ readonly value: unknown } | { readonly faults: readonly Fault[] }> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return { value: result.value };
  const faults = result.issues.map(({ path, message }) => ({ path: writePointer(path), message: String(message) }));
  return { faults: faults.length > 0 ? faults : [{ path: "", message: "invalid" }] };
}

/**
 * Validates what a route declares of its request, the cheap parts first: of a request whose query is wrong, no byte of the
 * body is read.
 *
 * @param context gets what the schemas made of it
 * @throws ValidationError with every fault of the first part that has any; whatever reading the body throws
 */
export async function validateRequest(context: Context, schemas: RequestSchemas, rules: BodyRules): Promise<void> {
  for (const part of ["params", "query", "headers"] as const) {
    const schema = schemas[part];
    if (schema !== undefined) context[part] = await check(part, schema, context[part]);
  }
  if (schemas.body === undefined) return;
  const { exchange, request } = context;
  const share = { bytes: 0, lastMs: exchange.io.now() };
  try {
    const bytes = await readBody(request, rules, exchange.io, share);
    context.body = await check("body", schemas.body, parseBody(bytes, request.headers, rules));
    // For an origin, which gets what was read; a handler has no use for it.
    exchange.request = new Request(request, { body: bytes });
  } finally {
    isolateBodies.release(share);
  }
}

async function check(part: keyof RequestSchemas, schema: StandardSchemaV1, value: unknown): Promise<unknown> {
  const checked = await checkValue(schema, value);
  if ("faults" in checked) throw new ValidationError(part, checked.faults);
  return checked.value;
}
