import { isUtf8, readMediaType } from "../../base/http/media-type.ts";
import type { Members } from "../../base/http/members.ts";
import { spellField, spellHeader } from "../../base/http/name-spelling.ts";
import { readQuery } from "../../base/http/path.ts";
import { isCharsetField, isReadAlike } from "../../base/http/query.ts";
import { BadRequestError } from "../errors/errors.ts";
import { type RequestContext, readHeaderMembers } from "../pipeline/context.ts";
import type { OriginReading } from "../pipeline/forwarding.ts";
import { checkNamed } from "../request/declared-names.ts";
import { checkJson } from "../request/json-readings.ts";

/** The reading of routes with `origin()`. */
export const originReading: OriginReading = {
  prepare(context, { query, headers }, values) {
    if (query !== undefined) checkQuery(context.request, values.query as Members);
    if (headers !== undefined) values.headers = readForwardedHeaders(context);
  },
  checkNamed: (schema, members, part) =>
    checkNamed(schema, members, part, part === "headers" ? spellHeader : spellField),
  checkJson,
  checkForm(text) {
    if (!isReadAlike(text)) throw new BadRequestError("The form is ambiguous.");
  },
};

/** @throws BadRequestError if an origin could read another query than the validated one */
function checkQuery(request: Request, query: Members): void {
  if (!isReadAlike(readQuery(request.url).slice(1)) || Object.keys(query).some(isCharsetField)) {
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
function readForwardedHeaders({ request, services }: RequestContext): Members {
  const headers = new Headers(request.headers);
  services.stripHeaders(headers);
  return readHeaderMembers(headers);
}
