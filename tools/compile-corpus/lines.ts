import type { compileDocument } from "../../cli/compile/document.ts";
import { writeRoutes } from "../../cli/compile/write-routes.ts";

/**
 * Lists what became of a document: `GET /orders: requireAuth("orders.read")` for each route, or
 * `paths/orders.yaml#/get: has no security` for each fault.
 */
export function linesOf(compiled: ReturnType<typeof compileDocument>): readonly string[] {
  if ("faults" in compiled)
    return compiled.faults.map(({ file, pointer, problem }) => `${file}#${pointer}: ${problem}`);
  const text = writeRoutes(compiled.document) ?? "";
  const route = /^routes\.route\(\{ method: "(\w+)", path: "([^"]+)", (.*), handler: origin\(\) \}\);$/gm;
  return [...text.matchAll(route)].map(([, method, path, access]) => `${method} ${path}: ${access}`);
}
