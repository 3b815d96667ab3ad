import type { StandardSchemaV1 } from "@standard-schema/spec";
import { andThen, firstInTurn } from "../../base/common/result.ts";
import { readMediaType } from "../../base/http/media-type.ts";
import type { Members } from "../../base/http/members.ts";
import { ValidationError } from "../errors/errors.ts";
import { type RequestContext, viewOf } from "../pipeline/context.ts";
import type { OriginReading } from "../pipeline/forwarding.ts";
import { type Checked, checkValue } from "../types/check-value.ts";
import type { RequestSchemas } from "../types/types.ts";
import { type BodyRules, isForm, parseBody } from "./body.ts";
import { isolateBodies, readBody } from "./read-body.ts";

/**
 * Validates the declared parts of a request, the cheap ones first. If the query is invalid, the body is not read.
 *
 * @param context its hooks and handler get the output of the schemas
 * @param schemas `undefined` if a step of the route checks the body, and nothing else is declared
 * @throws ValidationError with all faults of the first invalid part; BadRequestError if an origin could confuse two
 * names; and the errors of reading the body
 */
export function validateRequest(
  context: RequestContext,
  schemas: RequestSchemas | undefined,
  rules: BodyRules,
): undefined | PromiseLike<undefined> {
  const checked = schemas && validateParts(context, schemas, rules);
  const hasBody = schemas?.body !== undefined || rules.free !== undefined;
  return hasBody ? andThen(checked, () => validateBody(context, schemas?.body, rules)) : checked;
}

/** Validates everything but the body. */
function validateParts(
  context: RequestContext,
  schemas: RequestSchemas,
  rules: BodyRules,
): undefined | PromiseLike<undefined> {
  const values = viewOf(context);
  rules.forOrigin?.prepare(context, schemas, values);
  const parts = (["params", "query", "headers"] as const).filter((part) => schemas[part] !== undefined);
  return firstInTurn<(typeof parts)[number], undefined>(parts, (part) => {
    // The route itself has the names of `params`.
    const reading = part === "params" ? undefined : rules.forOrigin;
    return andThen(check(part, schemas[part] as StandardSchemaV1, values[part], reading), (value) => {
      values[part] = value;
      return undefined;
    });
  });
}

/** @param schema without one, a step of the route checks the body */
async function validateBody(
  context: RequestContext,
  schema: StandardSchemaV1 | undefined,
  rules: BodyRules,
): Promise<undefined> {
  const { request, services } = context;
  const share = { bytes: 0, lastMs: services.io.now() };
  const release = () => isolateBodies.release(share);
  try {
    const mediaType = readMediaType(request.headers.get("content-type"));
    const bytes = await readBody(request, mediaType, rules, services.io, share);
    const parsed = parseBody(bytes, mediaType, rules);
    const value =
      schema === undefined
        ? parsed
        : await check("body", schema, parsed, isForm(mediaType) ? rules.forOrigin : undefined);
    // The origin may take a long time to respond.
    context.body = { value, bytes, release: rules.forOrigin && release };
  } finally {
    if (context.body?.release === undefined) release();
  }
}

/** @param reading `undefined` if only the gate reads the names in the value */
function check(
  part: keyof RequestSchemas,
  schema: StandardSchemaV1,
  value: unknown,
  reading: OriginReading | undefined,
): unknown {
  const checking: Checked | Promise<Checked> =
    reading !== undefined && value !== undefined
      ? reading.checkNamed(schema, value as Members, part)
      : checkValue(schema, value);
  return andThen(checking, (checked) => {
    if ("faults" in checked) throw new ValidationError(part, checked.faults);
    return checked.value;
  });
}
