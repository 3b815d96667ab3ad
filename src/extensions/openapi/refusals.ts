import type { Route } from "../../app/pipeline/route.ts";
import { isRecord } from "../../base/common/objects.ts";
import type { JsonSchema } from "./json-schema.ts";

/** A Response Object of OpenAPI. */
export type ResponseObject = Readonly<Record<string, unknown>>;

/** Problem details of the app (RFC 9457). */
export const problemSchema: JsonSchema = {
  type: "object",
  description: "RFC 9457 problem details. instance is the ID of the line in the operator's log.",
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    instance: { type: "string", format: "uri" },
    errors: {
      type: "array",
      items: {
        type: "object",
        properties: { path: { type: "string", format: "json-pointer" }, message: { type: "string" } },
        required: ["path", "message"],
      },
    },
  },
  required: ["type", "title", "status"],
};

const text = { type: "string" };
const challenge = {
  "WWW-Authenticate": { description: "Required scopes and claims (RFC 6750).", schema: text },
};
const wait = { "Retry-After": { description: "Seconds to wait before a retry.", schema: { type: "integer" } } };

/** Describes a refusal: problem details and its headers. */
function describeRefusal(description: string, headers?: object): ResponseObject {
  const content = { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } };
  return { description, ...(headers && { headers }), content };
}

/** Refusals that all routes share, for `components.responses`. Created on demand, like the document. */
export function listCommonRefusals() {
  return {
    Malformed: describeRefusal("The address, the credential or the body is malformed.", challenge),
    Unauthorized: describeRefusal("The access token is missing or not valid for this API.", challenge),
    NotFound: describeRefusal("The resource was not found."),
    TooLarge: describeRefusal("The body is too large."),
    UnsupportedMediaType: describeRefusal("The media type of the body is not supported."),
    Invalid: describeRefusal("A part of the request does not match its schema. The member errors lists the faults."),
    TooMany: describeRefusal("Too many requests or invalid tokens.", wait),
    Failed: describeRefusal("An internal error occurred. Contact the operator."),
    OriginUnreachable: describeRefusal("The origin server could not be reached. Retry later."),
    Unavailable: describeRefusal("Access tokens cannot be verified at the moment.", wait),
    OriginLate: describeRefusal("The origin server did not respond in time. It may have processed the request."),
    Other: describeRefusal("Any other refusal or failure.", wait),
  } as const satisfies Record<string, ResponseObject>;
}

/** The name of a common refusal, or a response of the route's own. */
export type RefusalChoice = keyof ReturnType<typeof listCommonRefusals> | ResponseObject;

/**
 * Lists the refusals of a route that do not depend on its handler.
 *
 * @param needs description of what a caller must have
 * @returns by status
 */
export function listRefusals(
  { access, request, path, forwarding }: Route,
  needs: string,
): Readonly<Record<string, RefusalChoice>> {
  const isGuarded = access.kind !== "public";
  return {
    400: "Malformed",
    ...(isGuarded && {
      401: "Unauthorized",
      403: describeRefusal(
        needs === "" ? "The caller is not allowed to call this operation." : `The caller is not ${needs}.`,
        challenge,
      ),
      429: "TooMany",
      503: "Unavailable",
    }),
    ...(path.includes(":") && { 404: "NotFound" }),
    ...(request?.body && { 413: "TooLarge", 415: "UnsupportedMediaType" }),
    ...(request && { 422: "Invalid" }),
    500: "Failed",
    ...(forwarding && { 502: "OriginUnreachable", 504: "OriginLate" }),
    default: "Other",
  };
}

/** Writes a reference to a common refusal, or the response itself. */
export function writeRefusal(choice: RefusalChoice): ResponseObject {
  return typeof choice === "string" ? { $ref: `#/components/responses/${choice}` } : choice;
}

/** Merges the responses of a handler and of the app for the same status. */
export function mergeRefusal(own: ResponseObject, choice: RefusalChoice): ResponseObject {
  const refusal: ResponseObject = typeof choice === "string" ? listCommonRefusals()[choice] : choice;
  const merge = (member: string) => {
    const [left, right] = [own[member], refusal[member]];
    return isRecord(left) || isRecord(right) ? { [member]: { ...(right as object), ...(left as object) } } : {};
  };
  return { ...own, ...merge("headers"), ...merge("content") };
}
