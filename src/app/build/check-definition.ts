import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isObject } from "../../base/common/objects.ts";
import {
  checkMembers,
  checkNothingHidden,
  isAnything,
  isText,
  isTexts,
  isTrue,
  type Rule,
} from "../../base/common/options.ts";
import { memberNames } from "../../core/policy/decision.ts";
import { findForwarding } from "../pipeline/forwarding.ts";
import { isReadable } from "../request/body.ts";
import { hookNames, isCallback } from "../types/check-hooks.ts";
import { type Method, methods } from "../types/definition.ts";
import { describePath, isPath } from "../types/path-pattern.ts";

/** An unchecked definition. */
export type Declared = Readonly<Record<string, unknown>>;

const isSchema: Rule = (schema) => {
  // Schemas of ArkType are functions.
  const standard = (schema as Partial<StandardSchemaV1> | null)?.["~standard"];
  const isStandard = standard?.version === 1 && typeof standard.validate === "function";
  return isStandard || "must be a Standard Schema (zod, valibot, arktype)";
};

const parts = { params: isSchema, query: isSchema, headers: isSchema, body: isSchema };

/** OpenAPI allows these characters in the name of a component. The document has names with these beginnings. */
const isScheme: Rule = (scheme) =>
  (typeof scheme === "string" && /^(?!oauth2-|application-)[\w.-]+$/.test(scheme)) ||
  "must be the name of a security scheme, match [A-Za-z0-9_.-]+, and not begin with oauth2- or application-";

/** For groups, plugins and routes: `{ scheme: "oauth2", scopes: ["orders.read"] }`. */
export const isAuth: Rule = (auth) =>
  checkMembers(auth, {
    prefix: "auth.",
    required: { scheme: isScheme },
    optional: { scopes: isTexts },
  });

const required = {
  method: (method: unknown) => methods.includes(method as Method) || `must be one of ${methods.join(", ")}`,
  path: (path: unknown) => isPath(path) || describePath(path),
  handler: (handler: unknown) =>
    findForwarding(handler) !== undefined ||
    (typeof handler === "function" ? isCallback("context")(handler) : "must be a function or origin()"),
};

const optional = {
  operationId: (id: unknown) => (isText(id) === true && /^[\w.-]+$/.test(id as string)) || "must match [A-Za-z0-9_.-]+",
  summary: isText,
  description: isText,
  tags: isTexts,
  deprecated: (value: unknown) => typeof value === "boolean" || "must be true or false",
  auth: isAuth,
  request: (request: unknown) =>
    checkMembers(request, { prefix: "request.", optional: parts }) &&
    (Object.keys(request as object).length > 0 || `must have one of ${Object.keys(parts).join(", ")}`),
  responses: isResponses,
  accepts: (types: unknown) =>
    (isTexts(types) === true && (types as readonly string[]).every(isReadable)) ||
    "must list JSON, form, multipart/form-data or text media types",
  acknowledgeNoResponseBodySchema: isTrue,
  middleware: isAnything,
  hooks: isAnything,
  public: isTrue,
  mode: (mode: unknown) => mode === "enforce" || mode === "report" || 'must be "enforce" or "report"',
  ownsAccessTokenParameter: isTrue,
};

/** What to write in place of members that belong to another object. */
const instead: ReadonlyMap<string, string> = new Map([
  ...Object.keys(parts).map((name) => [name, `Write request: { ${name}: … }`] as const),
  ...hookNames.map((name) => [name, `Write hooks: { ${name}: … }`] as const),
  ...["requireAuth", "requirement"].map((name) => [name, "Write hooks: requireAuth(…)"] as const),
  ...memberNames.map((name) => [name, `Write hooks: requireAuth({ ${name}: … })`] as const),
  ["forward", "Write handler: origin()"],
  ["response", "Write responses: { 200: { … } }"],
]);

/**
 * Checks a definition, except for its hooks.
 *
 * @throws TypeError that names the member and says what it should be
 */
export function checkDefinition(declared: Declared): void {
  checkMembers(declared, { required, optional, instead });
  for (const name of ["mode", "ownsAccessTokenParameter"]) {
    if (name in declared && declared.public) throw new TypeError(`${name} is not possible with public: true`);
  }
  const hasBody = "body" in Object(declared.request);
  if (hasBody && /^(?:GET|HEAD)$/.test(declared.method as Method))
    throw new TypeError(`request.body is not possible with ${declared.method}`);
  if ("accepts" in declared && !hasBody) throw new TypeError("accepts requires request.body");
}

/**
 * Copies a definition.
 *
 * @throws TypeError that names a member that the copy would lose
 */
export function copyDeclared<T>(declared: T): T {
  checkNothingHidden(Object(declared), Object.keys({ ...required, ...optional }));
  return { ...declared };
}

function isResponses(responses: unknown): true | string {
  if (!isObject(responses)) return "must be an object with a member for each status";
  const specs = Object.entries(responses);
  for (const [status, spec] of specs) {
    if (!/^[2-5]\d\d$/.test(status)) throw new TypeError(`responses.${status} is not a status from 200 to 599`);
    if (isSchema(spec) === true) throw new TypeError(`responses.${status} must be an object: { body: schema }`);
    const prefix = `responses.${status}.`;
    const headers: Rule = (value) => isHeaders(value, `${prefix}headers.`);
    checkMembers(spec, { prefix, optional: { description: isText, body: isSchema, headers } });
  }
  return specs.length > 0 || "must not be empty";
}

function isHeaders(headers: unknown, prefix: string): true | string {
  if (!isObject(headers)) return "must be an object with a member for each header";
  for (const [name, spec] of Object.entries(headers)) {
    checkMembers(spec, { prefix: `${prefix}${name}.`, optional: { description: isAnything, schema: isSchema } });
  }
  return true;
}
