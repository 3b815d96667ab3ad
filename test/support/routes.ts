import { buildRoute } from "../../src/app/build/build-route.ts";
import { rootScope } from "../../src/app/build/scope.ts";
import type { Route } from "../../src/app/pipeline/route.ts";

export const bodyLimits = { limitBytes: 1_024, jsonMaxKeys: 100, jsonMaxDepth: 8 };

/** Builds a route as an app without groups does, from any value that JavaScript code may pass. */
export function build(declared: object): Route {
  return buildRoute(declared as Record<string, unknown>, rootScope, bodyLimits);
}

/** Routes by their names, `GET /orders/:id`, whose handler answers 200. */
export function declare(...names: readonly string[]): Route[] {
  return names.map((name) => {
    const [method, path] = name.split(" ");
    return build({ method, path, handler: () => ({ status: 200 }) });
  });
}
