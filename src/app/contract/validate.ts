import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isUtf8, readMediaType } from "../../http/media-type.ts";
import type { Members } from "../../http/members.ts";
import { type SpellName, spellField, spellHeader } from "../../http/name-spelling.ts";
import { readQuery } from "../../http/path.ts";
import { isCharsetField, isReadAlike } from "../../http/query.ts";
import { andThen, firstInTurn } from "../../result.ts";
import type { RequestContext } from "../serve/context.ts";
import { BadRequestError, ValidationError } from "../serve/errors.ts";
import { readHeaderMembers } from "../serve/request-members.ts";
import { type BodyRules, isForm, parseBody } from "./body.ts";
import { isolateBodies } from "./body-budget.ts";
import { type Checked, checkValue } from "./check-value.ts";
import { checkNamed } from "./declared-names.ts";
import { readBody } from "./read-body.ts";
import type { RequestSchemas } from "./types.ts";

/** How origins read the names in a part of a request. The route itself has the names of `params`. */
const spelling = { params: undefined, query: spellField, headers: spellHeader };

/**
 * Validates the declared parts of a request, the cheap ones first. If the query is invalid, the body is not read.
 *
 * @param context gets the output of the schemas
 * @throws ValidationError with all faults of the first invalid part; BadRequestError if an origin could confuse two
 * names; and the errors of reading the body
 */
export function validateRequest(
  context: RequestContext,
  schemas: RequestSchemas,
  rules: BodyRules,
): undefined | PromiseLike<undefined> {
  if (rules.forOrigin && schemas.query !== undefined) checkQuery(context);
  if (rules.forOrigin && schemas.headers !== undefined) context.headers = readForwardedHeaders(context);
  const parts = (["params", "query", "headers"] as const).filter((part) => schemas[part] !== undefined);
  const checked = firstInTurn<(typeof parts)[number], undefined>(parts, (part) => {
    const spell = rules.forOrigin ? spelling[part] : undefined;
    return andThen(check(part, schemas[part] as StandardSchemaV1, context[part], spell), (value) => {
      context[part] = value;
      return undefined;
    });
  });
  const { body } = schemas;
  return body === undefined ? checked : andThen(checked, () => validateBody(context, body, rules));
}

/** @throws BadRequestError if an origin could read another query than the validated one */
function checkQuery({ request, query }: RequestContext): void {
  if (!isReadAlike(readQuery(request.url).slice(1)) || Object.keys(query as Members).some(isCharsetField)) {
    throw new BadRequestError("The query is ambiguous.");
  }
  // Django decodes the query in the character set of `Content-Type`, even without a body.
  if (!isUtf8(readMediaType(request.headers.get("content-type")))) {
    throw new BadRequestError("The charset of Content-Type must be utf-8.");
  }
}

/**
 * Returns the headers that the origin gets. Hop-by-hop headers, including those that `Connection` nominates, are not
 * validated.
 */
function readForwardedHeaders({ request, server }: RequestContext): Members {
  const headers = new Headers(request.headers);
  server.stripHeaders(headers);
  return readHeaderMembers(headers);
}

async function validateBody(context: RequestContext, schema: StandardSchemaV1, rules: BodyRules): Promise<undefined> {
  const { request, server } = context;
  const share = { bytes: 0, lastMs: server.io.now() };
  const release = () => isolateBodies.release(share);
  try {
    const bytes = await readBody(request, rules, server.io, share);
    const body = parseBody(bytes, request.headers, rules);
    const spell = rules.forOrigin && isForm(request.headers) ? spellField : undefined;
    context.body = await check("body", schema, body, spell);
    // The origin gets the body that was read. A handler does not need it.
    context.request = new Request(request, { body: bytes });
    // The origin may take a long time to respond.
    if (rules.forOrigin) context.releaseBody = release;
  } finally {
    if (context.releaseBody === undefined) release();
  }
}

/** @param spell how origins read the names; `undefined` if only the gate reads them */
function check(
  part: keyof RequestSchemas,
  schema: StandardSchemaV1,
  value: unknown,
  spell: SpellName | undefined,
): unknown {
  const isNamed = spell !== undefined && value !== undefined;
  const checking: Checked | Promise<Checked> = isNamed
    ? checkNamed(schema, value as Members, part, spell)
    : checkValue(schema, value);
  return andThen(checking, (checked) => {
    if ("faults" in checked) throw new ValidationError(part, checked.faults);
    return checked.value;
  });
}
