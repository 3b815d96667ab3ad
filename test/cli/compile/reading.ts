import type { JsonObject } from "../../../src/core/token/decode.ts";

/** A caller, as its token describes it. */
export interface Caller {
  readonly kind: "user" | "app";
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
}

type List = Readonly<Record<string, readonly string[]>>;
type Operation = JsonObject & { readonly security?: readonly List[] };

/**
 * Reads the document for one request, as OpenAPI says, and slowly. It shares no code with the compiler.
 *
 * @param document without references
 * @param caller `undefined` without a token
 * @param prefix of full names
 */
export function admits(
  document: JsonObject,
  method: string,
  path: string,
  caller: Caller | undefined,
  prefix: string,
): boolean {
  const operation = findOperation(document, method.toLowerCase(), path);
  if (operation === undefined) return false;
  const security = operation.security ?? (document.security as readonly List[]);
  const roles = operation["x-entra-roles"] as readonly string[] | undefined;
  const choice = operation["x-entra-any-scope"] as readonly string[] | undefined;
  return (
    security.some((entry) => {
      const names = Object.keys(entry);
      if (names.length === 0) return true;
      if (caller === undefined || roles?.every((role) => caller.roles.includes(role)) === false) return false;
      if (choice?.some((scope) => caller.scopes.includes(scope)) === false) return false;
      return names.every((name) => meets(caller, schemeOf(document, name), entry[name] ?? [], prefix));
    }) || security.length === 0
  );
}

/** The operation of the first path that matches, where a fixed segment precedes a parameter. GET answers HEAD. */
function findOperation(document: JsonObject, method: string, path: string): Operation | undefined {
  const segments = path.split("/");
  const isMatch = (template: string) => {
    const parts = template.split("/");
    return (
      parts.length === segments.length && parts.every((part, index) => part.startsWith("{") || part === segments[index])
    );
  };
  const rank = (template: string) => template.replace(/\{\w+\}/g, "~");
  const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  const asked = method === "head" ? ["head", "get"] : [method];
  const [first] = Object.keys(paths)
    .filter((template) => isMatch(template) && asked.some((name) => paths[template]?.[name] !== undefined))
    .sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
  return asked.map((name) => paths[first ?? ""]?.[name]).find((found) => found !== undefined);
}

function schemeOf(document: JsonObject, name: string): JsonObject {
  const { securitySchemes } = document.components as { readonly securitySchemes: Readonly<Record<string, JsonObject>> };
  return securitySchemes[name] as JsonObject;
}

function meets(caller: Caller, scheme: JsonObject, names: readonly string[], prefix: string): boolean {
  const held = caller.kind === "user" ? caller.scopes : caller.roles;
  const isGranted = names.every((name) => held.includes(name.replace(prefix, "")));
  if (scheme.type === "http") return caller.kind === "app" && isGranted;
  if (scheme.type === "openIdConnect") return caller.kind === "user" && isGranted;
  const flows = scheme.flows as Readonly<Record<string, { readonly scopes: object }>>;
  const used = Object.keys(flows).filter((flow) => (flow === "clientCredentials") === (caller.kind === "app"));
  const declared = used.flatMap((flow) => Object.keys(flows[flow]?.scopes ?? {}));
  return isGranted && names.every((name) => declared.includes(name));
}
