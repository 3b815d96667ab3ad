import { isReadable } from "./body.ts";
import { checkMembers, checkNothingHidden } from "./check-members.ts";
import { type AuthSpec, type Method, methods } from "./definition.ts";
import { findForwarding } from "./forwarding.ts";
import { isPath } from "./path-pattern.ts";
import type { RequestSchemas, ResponsesMap } from "./types.ts";

/** An unchecked definition. */
export type Declared = Readonly<Record<string, unknown>>;

const members = [
  "method",
  "path",
  "operationId",
  "summary",
  "description",
  "tags",
  "deprecated",
  "auth",
  "request",
  "responses",
  "accepts",
  "acknowledgeNoResponseBodySchema",
  "middleware",
  "hooks",
  "public",
  "mode",
  "ownsAccessTokenParameter",
  "handler",
];
const parts = ["params", "query", "headers", "body"];

/**
 * Checks a definition, except for its hooks. Unknown members are errors, because a misspelled member could be a guard.
 *
 * @throws TypeError that names the member and says what it should be
 */
export function checkDefinition(declared: Declared): void {
  checkMembers(declared, members, "member");
  const { method, path, handler, operationId, summary, description, tags, accepts } = declared;
  if (!methods.includes(method as Method)) throw new TypeError(`method must be one of ${methods.join(", ")}`);
  if (!isPath(path)) throw new TypeError("path must look like /orders, /orders/:id or /orders/*");
  if (typeof handler !== "function" && findForwarding(handler) === undefined) {
    throw new TypeError("handler must be a function or origin()");
  }
  for (const [name, value] of Object.entries({ operationId, summary, description })) {
    if (value !== undefined && !isText(value)) throw new TypeError(`${name} must be a non-empty string`);
  }
  if (operationId !== undefined && !/^[\w.-]+$/.test(operationId as string)) {
    throw new TypeError("operationId must match [A-Za-z0-9_.-]+");
  }
  if (tags !== undefined && !isTexts(tags)) throw new TypeError("tags must be a non-empty list of strings");
  if (declared.deprecated !== undefined && typeof declared.deprecated !== "boolean") {
    throw new TypeError("deprecated must be true or false");
  }
  for (const name of ["public", "acknowledgeNoResponseBodySchema", "ownsAccessTokenParameter"]) {
    if (declared[name] !== undefined && declared[name] !== true) throw new TypeError(`${name} must be true or absent`);
  }
  if (declared.mode !== undefined && declared.mode !== "enforce" && declared.mode !== "report") {
    throw new TypeError('mode must be "enforce" or "report"');
  }
  for (const name of ["mode", "ownsAccessTokenParameter"]) {
    if (declared[name] !== undefined && declared.public === true)
      throw new TypeError(`${name} is not possible with public: true`);
  }
  checkRequest(declared.request, method as Method);
  checkResponses(declared.responses);
  checkAuth(declared.auth);
  checkAccepts(accepts, declared.request as RequestSchemas | undefined);
}

/**
 * Copies a definition.
 *
 * @throws TypeError that names a member that the copy would lose
 */
export function copyDeclared<T>(declared: T): T {
  checkNothingHidden(Object(declared), members);
  return { ...declared };
}

function checkRequest(request: unknown, method: Method): void {
  if (request === undefined) return;
  checkMembers(request, parts, "part of request");
  const schemas = Object.entries(request);
  if (schemas.length === 0) throw new TypeError(`request must have one of ${parts.join(", ")}`);
  for (const [part, schema] of schemas) checkSchema(schema, `request.${part}`);
  if ("body" in request && (method === "GET" || method === "HEAD"))
    throw new TypeError(`request.body is not possible with ${method}`);
}

function checkResponses(responses: unknown): asserts responses is ResponsesMap | undefined {
  if (responses === undefined) return;
  if (typeof responses !== "object" || responses === null)
    throw new TypeError("responses must be an object with a member for each status");
  const specs = Object.entries(responses);
  if (specs.length === 0) throw new TypeError("responses must not be empty");
  for (const [status, spec] of specs) {
    if (!/^[2-5]\d\d$/.test(status)) throw new TypeError(`responses.${status} is not a status from 200 to 599`);
    checkMembers(spec, ["description", "body", "headers"], `member of responses.${status}`);
    const { description, body, headers } = spec;
    if (description !== undefined && !isText(description)) {
      throw new TypeError(`responses.${status}.description must be a non-empty string`);
    }
    if (body !== undefined) checkSchema(body, `responses.${status}.body`);
    if (headers !== undefined) checkResponseHeaders(headers, `responses.${status}.headers`);
  }
}

function checkResponseHeaders(headers: unknown, place: string): void {
  if (typeof headers !== "object" || headers === null)
    throw new TypeError(`${place} must be an object with a member for each header`);
  for (const [name, spec] of Object.entries(headers)) {
    checkMembers(spec, ["description", "schema"], `member of ${place}.${name}`);
    if (spec.schema !== undefined) checkSchema(spec.schema, `${place}.${name}.schema`);
  }
}

/** Schemas of ArkType are functions. */
function checkSchema(schema: unknown, place: string): void {
  const standard = (schema as { "~standard"?: { version?: unknown; validate?: unknown } } | null)?.["~standard"];
  if (standard?.version !== 1 || typeof standard.validate !== "function") {
    throw new TypeError(`${place} must be a Standard Schema (zod, valibot, arktype)`);
  }
}

/** @throws TypeError unless the value looks like `{ scheme: "oauth2", scopes: ["orders.read"] }` */
export function checkAuth(auth: unknown): asserts auth is AuthSpec | undefined {
  if (auth === undefined) return;
  checkMembers(auth, ["scheme", "scopes"], "member of auth");
  if (!isText(auth.scheme)) throw new TypeError("auth.scheme must be the name of a security scheme");
  if (auth.scopes !== undefined && !isTexts(auth.scopes)) {
    throw new TypeError("auth.scopes must be a non-empty list of strings");
  }
}

function checkAccepts(accepts: unknown, request: RequestSchemas | undefined): void {
  if (accepts === undefined) return;
  if (request?.body === undefined) throw new TypeError("accepts requires request.body");
  if (!isTexts(accepts) || !accepts.every(isReadable)) {
    throw new TypeError("accepts must list JSON, form, multipart/form-data or text media types");
  }
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(isText);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
