import type { Route } from "../contract/route.ts";

/**
 * Whether an origin that reads a path as that of another route serves nobody whom the other route would have refused: both
 * ask for the same caller, in the same mode, with the same validation and hooks, and what is forwarded is forwarded by both.
 *
 * @param route `undefined` where no route has the path
 * @param other the same of the path as the origin reads it
 */
export function isProtectedAlike(route: Route | undefined, other: Route | undefined): boolean {
  if (route === other) return true;
  if (route === undefined) return false;
  if (other === undefined) return !route.forwards;
  return (
    JSON.stringify(route.access) === JSON.stringify(other.access) &&
    route.mode === other.mode &&
    route.operation.request === other.operation.request &&
    route.hooks.length === other.hooks.length &&
    route.hooks.every((hook, index) => hook === other.hooks[index]) &&
    (other.forwards || !route.forwards)
  );
}

const strengths = { public: 0, default: 1, required: 2 } as const;

/** Whether a route asks less of its caller than another: nothing, or only what the configuration asks of every caller. */
export function isWeaker({ access }: Route, other: Route): boolean {
  return strengths[access.kind] < strengths[other.access.kind];
}
