import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type BodyRules, isForm, parseBody } from "./body.ts";
import { isolateBodies } from "./body-budget.ts";
import { checkValue } from "./check-value.ts";
import type { Context } from "./context.ts";
import { checkNamed } from "./declared-names.ts";
import { ValidationError } from "./errors.ts";
import type { Members } from "./members.ts";
import { type SpellName, spellField, spellHeader } from "./name-spelling.ts";
import { readBody } from "./read-body.ts";
import type { RequestSchemas } from "./types.ts";

/** How origins read the names in a part of a request. The names of `params` are the route's own. */
const spelling = { params: undefined, query: spellField, headers: spellHeader };

/**
 * Validates what a route declares of its request, the cheap parts first: of a request whose query is wrong, no byte of the
 * body is read.
 *
 * @param context gets what the schemas made of it
 * @throws ValidationError with every fault of the first part that has any; BadRequestError where an origin could take a name for
 *   another one; whatever reading the body throws
 */
export async function validateRequest(context: Context, schemas: RequestSchemas, rules: BodyRules): Promise<void> {
  for (const part of ["params", "query", "headers"] as const) {
    const schema = schemas[part];
    const spell = rules.forOrigin ? spelling[part] : undefined;
    if (schema !== undefined) context[part] = await check(part, schema, context[part], spell);
  }
  if (schemas.body === undefined) return;
  const { exchange, request } = context;
  const share = { bytes: 0, lastMs: exchange.io.now() };
  try {
    const bytes = await readBody(request, rules, exchange.io, share);
    const body = parseBody(bytes, request.headers, rules);
    const spell = rules.forOrigin && isForm(request.headers) ? spellField : undefined;
    context.body = await check("body", schemas.body, body, spell);
    // For an origin, which gets what was read; a handler has no use for it.
    exchange.request = new Request(request, { body: bytes });
  } finally {
    isolateBodies.release(share);
  }
}

/** @param spell where an origin reads the names as well; `undefined` where they are read here alone */
async function check(
  part: keyof RequestSchemas,
  schema: StandardSchemaV1,
  value: unknown,
  spell: SpellName | undefined,
): Promise<unknown> {
  const isNamed = spell !== undefined && value !== undefined;
  const checked = await (isNamed ? checkNamed(schema, value as Members, part, spell) : checkValue(schema, value));
  if ("faults" in checked) throw new ValidationError(part, checked.faults);
  return checked.value;
}
