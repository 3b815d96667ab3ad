import type { GuardFacts } from "../../guard/facts.ts";
import type { AppOptions } from "../app-options.ts";
import { deriveOperationId } from "../operation-id.ts";
import type { Route } from "../pipeline/route.ts";
import type { JsonSchema } from "./json-schema.ts";
import { type OperationContext, writeOperation } from "./operation.ts";
import { listNames, writePath } from "./parameters.ts";
import { listCommonRefusals, problemSchema } from "./refusals.ts";
import { createSchemaBook, type ReportGap } from "./schema-book.ts";
import { applicationScheme, listRequirements, userScheme } from "./security.ts";
import { createSignIn, type SignIn } from "./sign-in.ts";

/** The parts that a document is made of. */
export interface DocumentSources {
  readonly info: AppOptions;
  readonly routes: readonly Route[];
  /** `undefined` if the app's guard does not describe itself. */
  readonly facts: GuardFacts | undefined;
  /** Address of the API; `undefined` if GATE_URL has none. */
  readonly address: string | undefined;
  readonly report: ReportGap;
}

/**
 * Writes the OpenAPI 3.1 document of some routes (https://spec.openapis.org/oas/v3.1.1). Routes that end in `*` are
 * omitted and reported, because OpenAPI has no path for them.
 */
export function writeDocument({ info, routes, facts, address, report }: DocumentSources): JsonSchema {
  const signIn = facts && createSignIn(facts);
  const book = createSchemaBook(report);
  const paths = writePaths(routes, { book, report, facts, signIn });
  const { title = "API", version = "0", description } = info;
  const guarded = routes.filter(({ access }) => access.kind !== "public");
  return {
    openapi: "3.1.0",
    info: { title, version, ...(description !== undefined && { description }) },
    ...(address !== undefined && { servers: [{ url: address }] }),
    paths,
    components: {
      responses: listCommonRefusals(),
      schemas: { Problem: problemSchema, ...book.components },
      ...(guarded.length > 0 && { securitySchemes: writeSchemes(guarded, facts, signIn) }),
    },
  };
}

function writePaths(routes: readonly Route[], parts: OperationContext): JsonSchema {
  /**
   * Groups routes by the requests that they match. OpenAPI has one path for `/orders/:id` and `/orders/:order`, with
   * the names of the first.
   */
  const paths = new Map<string, { readonly path: string; readonly operations: Record<string, JsonSchema> }>();
  const taken = new Set(routes.flatMap(({ operation }) => operation.operationId ?? []));
  for (const route of routes) {
    const { method, path, name, operation } = route;
    if (path.endsWith("*")) {
      parts.report(name, "path");
      continue;
    }
    const shape = path.replace(/:\w+/g, ":");
    const item = paths.get(shape) ?? { path, operations: {} };
    paths.set(shape, item);
    const id = operation.operationId ?? chooseId(deriveOperationId(method, path), taken);
    item.operations[method.toLowerCase()] = writeOperation(route, id, listNames(item.path), parts);
  }
  return Object.fromEntries([...paths.values()].map(({ path, operations }) => [writePath(path), operations]));
}

function chooseId(wanted: string, taken: Set<string>): string {
  let id = wanted;
  for (let number = 2; taken.has(id); number += 1) id = `${wanted}${number}`;
  taken.add(id);
  return id;
}

/** Returns only the schemes that the operations use. */
function writeSchemes(routes: readonly Route[], facts: GuardFacts | undefined, signIn: SignIn | undefined): JsonSchema {
  const bearer = { type: "http", scheme: "bearer", bearerFormat: "JWT" };
  if (signIn === undefined) return { [applicationScheme]: bearer };
  const { authorizationUrl, tokenUrl, nameScope } = signIn;
  const rules = routes.flatMap(({ access }) => listRequirements(access, facts)).flatMap(({ anyOf }) => anyOf);
  const names = [...new Set(rules.flatMap(({ scopes = [], anyScope = [] }) => [...scopes, ...anyScope]))];
  const scopes = Object.fromEntries((names.length > 0 ? names : [".default"]).map((name) => [nameScope(name), name]));
  const oauth = { type: "oauth2", flows: { authorizationCode: { authorizationUrl, tokenUrl, scopes } } };
  const schemes = new Set(routes.map(({ operation }) => operation.auth?.scheme ?? userScheme));
  return {
    ...Object.fromEntries([...schemes].map((scheme) => [scheme, oauth])),
    ...(rules.some(({ kind }) => kind === "app") && {
      [applicationScheme]: { ...bearer, description: "An app-only access token." },
    }),
  };
}
