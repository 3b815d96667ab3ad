import type { AppOptions } from "../../app/app-options.ts";
import { deriveOperationId, ownPrefix } from "../../app/operation-id.ts";
import type { Route } from "../../app/pipeline/route.ts";
import { createSignIn, type SignIn } from "../../core/guard/sign-in.ts";
import type { JsonSchema } from "./json-schema.ts";
import { listTags, type OperationContext, writeOperation } from "./operation.ts";
import { listNames, writePath } from "./parameters.ts";
import { listCommonRefusals, problemSchema } from "./refusals.ts";
import { createSchemaBook, type ReportGap } from "./schema-book.ts";
import {
  type DocumentedGuard,
  findAuthorityOf,
  foreignScheme,
  isOfApplications,
  type Security,
  type SignIns,
} from "./security.ts";

/** The parts that a document is made of. */
export interface DocumentSources {
  readonly info: AppOptions;
  /** All routes; the document omits those of plugins of this package. */
  readonly routes: readonly Route[];
  readonly guard: DocumentedGuard;
  /** Address of the API; `undefined` if GATE_URL has none. */
  readonly address: string | undefined;
  readonly report: ReportGap;
}

/**
 * Writes the OpenAPI 3.1 document of some routes (https://spec.openapis.org/oas/v3.1.1). Routes that end in `*` are
 * omitted and reported, because OpenAPI has no path for them.
 */
export function writeDocument({ info, routes, guard, address, report }: DocumentSources): JsonSchema {
  const listed = routes.filter(({ operation }) => operation.operationId?.startsWith(ownPrefix) !== true);
  const signIns = new Map(guard.authorities.map((each) => [each.name, createSignIn(each)]));
  const book = createSchemaBook(report);
  const paths = writePaths(listed, { book, report, guard, signIns });
  const { title = "API", version = "0", description = `Access to ${title}.`, contact, license } = info;
  const described = listed.filter(({ path }) => !path.endsWith("*"));
  const schemes = writeSchemes(paths, signIns);
  return {
    openapi: "3.1.0",
    info: { title, version, description, ...(contact && { contact }), ...(license && { license }) },
    ...(address !== undefined && { servers: [{ url: address }] }),
    tags: [...new Set(described.flatMap(listTags))].map((name) => ({ name, description: `Operations of ${name}.` })),
    paths,
    components: {
      responses: pickUsed("responses", listCommonRefusals(), paths),
      schemas: { Problem: problemSchema, ...book.components },
      ...(Object.keys(schemes).length > 0 && { securitySchemes: schemes }),
    },
  };
}

/** Only what the operations refer to. */
function pickUsed(kind: string, components: JsonSchema, paths: JsonSchema): JsonSchema {
  const text = JSON.stringify(paths);
  return Object.fromEntries(
    Object.entries(components).filter(([name]) => text.includes(`"#/components/${kind}/${name}"`)),
  );
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

/** Returns the schemes that the operations use, each with its scopes. */
function writeSchemes(paths: JsonSchema, signIns: SignIns): JsonSchema {
  const operations = Object.values(paths).flatMap((item) => Object.values(item as Record<string, JsonSchema>));
  const names = new Map<string, Set<string>>();
  for (const [scheme, list] of operations.flatMap(({ security }) => (security as Security[]).flatMap(Object.entries))) {
    const known = names.get(scheme) ?? new Set();
    for (const name of list) known.add(name);
    names.set(scheme, known);
  }
  const bearer = { type: "http", scheme: "bearer", bearerFormat: "JWT" };
  if (signIns.size === 0) return names.size === 0 ? {} : { [foreignScheme]: bearer };
  return Object.fromEntries(
    [...names].map(([scheme, scopes]) => {
      const { authorizationUrl, tokenUrl, nameScope } = signIns.get(findAuthorityOf(scheme)) as SignIn;
      if (isOfApplications(scheme)) {
        const roles = Object.fromEntries([...scopes].map((role) => [role, role]));
        return [scheme, { type: "oauth2", flows: { clientCredentials: { tokenUrl, scopes: roles } } }];
      }
      const listed = scopes.size > 0 ? [...scopes] : [nameScope(".default")];
      const described = listed.map((name) => [name, name.slice(nameScope("").length)]);
      const flow = { authorizationUrl, tokenUrl, scopes: Object.fromEntries(described) };
      return [scheme, { type: "oauth2", flows: { authorizationCode: flow } }];
    }),
  );
}
