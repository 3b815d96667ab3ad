import { methods } from "../../src/app/types/definition.ts";
import type { Choice } from "./choice.ts";
import type { CodeSpec, HonoSpec, PartSpec } from "./tables.ts";

/** A request without its caller. */
export interface RequestSpec {
  readonly method: string;
  readonly path: string;
  /** A message to an MCP server. */
  readonly body?: object;
}

const words = ["x", "y", "z", "w", "7", "42", "en", "de", "xx"];
/** Other spellings, which origins may read as another path. */
const spellings: readonly ((path: string) => string)[] = [
  (path) => path.toUpperCase(),
  (path) => `${path}/`,
  (path) => path.replace("x", "%78"),
  (path) => `${path}.`,
  (path) => path.replace("/", "//"),
  (path) => `${path}%2fx`,
  (path) => `${path};a=1`,
  (path) => `${path}?access_token=1`,
  (path) => `${path}?q=x`,
];

/** Creates a request to a route of the code, near one, or to no route. */
export function createRequest(choice: Choice, code: CodeSpec): RequestSpec {
  const { chance, one } = choice;
  const declared = listRoutes(code);
  const known = declared.length > 0 && chance(0.8) ? one(declared) : undefined;
  const pattern = known?.path ?? `/${choice.many(0, 3, () => one(words)).join("/")}`;
  const plain = fill(choice, pattern);
  if (known?.isMcp) return { method: "POST", path: plain, body: createMessage("ping", {}) };
  const method = known !== undefined && chance(0.7) ? known.method : one(methods);
  // An app without a guard refuses a second credential before it says that it is misconfigured, which the tools do not
  // show.
  const isPlain = code.kind === "daloy" || (code.kind === "app" && !code.isGuarded);
  const isRespelled = !isPlain && chance(0.12);
  // As every client sends it: without dot segments.
  const { pathname, search } = new URL(`https://api.contoso.example${isRespelled ? one(spellings)(plain) : plain}`);
  return { method, path: `${pathname}${search}` };
}

/** A message of MCP, as the gate accepts it. */
export function createMessage(method: string, params: object): object {
  return { jsonrpc: "2.0", id: 1, method, params };
}

/** A path that matches a pattern, at least mostly. */
function fill({ one, chance }: Choice, pattern: string): string {
  const segments = pattern.split("/").slice(1);
  const filled = segments.flatMap((segment) => {
    if (segment === "*") return chance(0.3) ? [] : [one(words), ...(chance(0.3) ? [one(words)] : [])];
    if (segment.endsWith("?") && chance(0.4)) return [];
    if (/[{]\[0-9\]/.test(segment)) return [one(["7", "42", "1000", "x"])];
    return segment.startsWith(":") ? [one(words)] : [segment];
  });
  return `/${filled.join("/")}`;
}

interface Listed {
  readonly method: string;
  readonly path: string;
  readonly isMcp?: true;
}

function listRoutes(code: CodeSpec): readonly Listed[] {
  switch (code.kind) {
    case "gate":
    case "app":
      return listParts(code.parts, "");
    case "hono":
      return listHonoParts(code.parts, "");
    case "daloy":
      return code.routes;
    case "document":
      return code.operations.map(({ method, path }) => ({ method, path: path.replaceAll(/\{(\w+)\}/g, ":$1") }));
  }
}

function join(prefix: string, path: string): string {
  return prefix === "" ? path : path === "/" ? prefix : `${prefix}${path}`;
}

function listParts(parts: readonly PartSpec[], prefix: string): readonly Listed[] {
  return parts.flatMap((part): readonly Listed[] => {
    if (part.kind === "route") return [{ method: part.method, path: join(prefix, part.path) }];
    if (part.kind === "mcp") return [{ method: "POST", path: join(prefix, part.path), isMcp: true }];
    return part.kind === "use" ? [] : listParts(part.parts, join(prefix, part.prefix));
  });
}

function listHonoParts(parts: readonly HonoSpec[], prefix: string): readonly Listed[] {
  return parts.flatMap((part): readonly Listed[] => {
    if (part.kind === "mount") return listHonoParts(part.parts, join(prefix, part.path));
    if (part.kind === "entra") return [];
    const path = part.path === "*" ? "/*" : part.path;
    const method = part.kind === "handle" && part.method !== "ALL" ? part.method : "GET";
    return [{ method, path: join(prefix, path) }];
  });
}
