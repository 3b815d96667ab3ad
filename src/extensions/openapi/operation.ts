import type { Operation, Route } from "../../app/pipeline/route.ts";
import type { ResponseSpec } from "../../app/types/types.ts";
import { listRequirements } from "../../core/policy/decision.ts";
import type { JsonSchema } from "./json-schema.ts";
import { describeRequirements } from "./members.ts";
import { listParameters, listPathParameters, parameterParts, writePath } from "./parameters.ts";
import { listRefusals, mergeRefusal, type RefusalChoice, type ResponseObject, writeRefusal } from "./refusals.ts";
import type { Described, ReportGap, SchemaBook } from "./schema-book.ts";
import { type DocumentedGuard, describeSecurity, type SignIns, userScheme } from "./security.ts";

/** The parts that all operations of a document share. */
export interface OperationContext {
  readonly book: SchemaBook;
  readonly report: ReportGap;
  readonly guard: DocumentedGuard;
  readonly signIns: SignIns;
}

/**
 * Writes the Operation Object of a route.
 *
 * @param id unique among all routes
 * @param pathNames names of the path's parameters in the document
 */
export function writeOperation(
  route: Route,
  id: string,
  pathNames: readonly string[],
  { book, report, guard, signIns }: OperationContext,
): JsonSchema {
  const { access, request, accepts, forwarding, operation, name, method, path } = route;
  const { summary, description, deprecated, auth } = operation;
  const describe = (part: string, schema: Parameters<SchemaBook["describe"]>[0], direction: "input" | "output") =>
    book.describe(schema, direction, { route: name, id, part });

  const listPart = (part: (typeof parameterParts)[number]): readonly JsonSchema[] => {
    const schema = request?.[part];
    if (schema === undefined) return [];
    const { whole } = describe(`request.${part}`, schema, "input");
    const listed = whole && listParameters(part, whole);
    if (whole !== undefined && listed === undefined) report(name, `request.${part}`);
    return listed ?? [];
  };
  const [ofPath = [], ...others] = parameterParts.map(listPart);
  const parameters = [...listPathParameters(path, pathNames, ofPath), ...others.flat()];
  const needs = describeRequirements(listRequirements(access, guard.defaultRequirement), true);
  const scheme = auth?.scheme ?? userScheme;
  const reportGap = () => report(name, "security");
  const { security, extensions } = describeSecurity(access, guard, signIns, scheme, reportGap);
  return {
    operationId: id,
    summary: summary ?? `${method} ${writePath(path)}`,
    description: description ?? describeAccess(access, needs),
    tags: listTags(route),
    ...(deprecated && { deprecated }),
    ...(parameters.length > 0 && { parameters }),
    ...(request?.body && {
      requestBody: { required: true, content: listContent(accepts, describe("request.body", request.body, "input")) },
    }),
    responses: writeResponses(operation, listRefusals(route, needs), forwarding !== undefined, describe),
    security,
    ...extensions,
  };
}

function describeAccess({ kind }: Route["access"], needs: string): string {
  if (kind === "public") return "Anyone may call it.";
  return needs === "" ? "No caller may call it." : `May be called by ${needs}.`;
}

/** Tags of a route; without any, the first fixed segment of its path, such as `orders`. */
export function listTags({ operation: { tags }, path }: Pick<Route, "operation" | "path">): readonly string[] {
  if (tags.length > 0) return tags;
  return [path.split("/").find((segment) => /^[^:*]/.test(segment)) ?? "default"];
}

function listContent(mediaTypes: readonly string[], { use }: Described): JsonSchema {
  return Object.fromEntries(mediaTypes.map((mediaType) => [mediaType, { schema: use }]));
}

type Describe = (part: string, schema: Parameters<SchemaBook["describe"]>[0], direction: "output") => Described;

function writeResponses(
  { responses }: Operation,
  refusals: Readonly<Record<string, RefusalChoice>>,
  forwards: boolean,
  describe: Describe,
): JsonSchema {
  const declared = Object.entries(responses ?? {}).map(
    ([status, spec]) => [status, writeResponse(status, spec, describe)] as const,
  );
  const own = declared.map(([status, response]) => {
    const refusal = refusals[status];
    return [status, refusal === undefined ? response : mergeRefusal(response, refusal)] as const;
  });
  return {
    ...(responses === undefined && {
      "2XX": { description: forwards ? "The response of the origin server." : "Done." },
    }),
    ...Object.fromEntries(Object.entries(refusals).map(([status, refusal]) => [status, writeRefusal(refusal)])),
    ...Object.fromEntries(own),
  };
}

function writeResponse(status: string, spec: ResponseSpec, describe: Describe): ResponseObject {
  const headers = Object.entries(spec.headers ?? {}).map(([name, { description, schema }]) => [
    name,
    {
      ...(description !== undefined && { description }),
      schema: schema === undefined ? {} : describe(`responses.${status}.headers.${name}`, schema, "output").use,
    },
  ]);
  return {
    description: spec.description ?? `Status ${status}.`,
    ...(headers.length > 0 && { headers: Object.fromEntries(headers) }),
    ...(spec.body && {
      content: listContent(["application/json"], describe(`responses.${status}.body`, spec.body, "output")),
    }),
  };
}
