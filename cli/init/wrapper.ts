import { importing } from "./files.ts";

/** A worker around which a gate is put. */
export interface WrappedWorker {
  /** Module of the worker, as the gate imports it. */
  readonly module: string;
  readonly handlers: readonly string[];
  readonly hasNamedExports: boolean;
  /** Paths that stay public. */
  readonly open: readonly string[];
  /** Module with routes; `undefined` if there is none. */
  readonly routesModule?: string;
}

const ruleComment =
  "// Every other request reaches the worker only with a token that meets ENTRA_REQUIRED_SCOPE or ENTRA_REQUIRED_ROLE.";

/** Writes a gate that passes allowed requests to a worker in the same script. */
export function writeWrapper({ module, handlers, hasNamedExports, open, routesModule }: WrappedWorker): string {
  const names = open.length > 0 ? "{ App, createGate, origin }" : "{ createGate }";
  const hasRoutes = open.length > 0 || routesModule !== undefined;
  const gate = `createGate({ ${hasRoutes ? "routes, " : ""}worker })`;
  return [
    importing(names, "entra-gate"),
    importing("worker", module),
    ...(routesModule === undefined ? [] : [importing("{ routes }", routesModule)]),
    "",
    ...(hasNamedExports ? [`export * from ${JSON.stringify(module)};`, ""] : []),
    ...writeOpenRoutes(open),
    ...(handlers.length > 0 ? [`const gate = ${gate};`, ""] : []),
    ruleComment,
    `export default ${handlers.length > 0 ? "{ ...gate, ...worker, fetch: gate.fetch }" : gate};`,
    "",
  ].join("\n");
}

/** Writes a gate that forwards allowed requests to the service binding ORIGIN. */
export function writeBoundGate(open: readonly string[]): string {
  return [
    importing(open.length > 0 ? "{ App, createGate, origin }" : "{ createGate }", "entra-gate"),
    "",
    ...writeOpenRoutes(open),
    "// Allowed requests go to the service binding ORIGIN.",
    `export default createGate(${open.length > 0 ? "{ routes }" : ""});`,
    "",
  ].join("\n");
}

function writeOpenRoutes(open: readonly string[]): readonly string[] {
  if (open.length === 0) return [];
  return [
    "// Anyone may send these requests.",
    'const routes = new App({ title: "API", version: "1.0.0" });',
    ...open.map((path) => `routes.get(${JSON.stringify(path)}, { public: true }, origin());`),
    "",
  ];
}
