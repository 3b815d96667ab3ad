import { isObject } from "../../base/common/objects.ts";
import type { ForwardTerms } from "../pipeline/context.ts";
import type { Route } from "../pipeline/route.ts";

type Comparison<T> = (one: T, other: T) => boolean;

/**
 * Members of a route that change neither which requests are admitted nor what is forwarded. `respond` results from the
 * others, and `hooks` has the CORS policy.
 */
type Description = "method" | "path" | "name" | "operation" | "respond" | "changeRefusal" | "cors";

type Comparisons<T> = { readonly [Name in keyof T]-?: Comparison<T[Name]> };

/** The compiler asks for each member that is not a description. */
const comparisons: Comparisons<Omit<Route, Description>> = {
  mode: Object.is,
  ownsAccessTokenParameter: Object.is,
  request: hasSameMembers,
  accepts: hasSameMembers,
  decorations: hasSameMembers,
  access: hasSameData,
  step: Object.is,
  hooks: (one, other) => namesOf(one).every((name) => hasSameMembers(one[name], other[name])),
  // The origin never gets a request that a handler answers.
  forwarding: (one, other) => one === undefined || (other !== undefined && isSame(forwardComparisons, one, other)),
};

const forwardComparisons: Comparisons<ForwardTerms> = {
  to: Object.is,
  onBehalfOfScopes: hasSameMembers,
  closeAtExpiry: Object.is,
};

/**
 * Whether a confusion of two routes by an origin is harmless: the same requests are admitted, and forwarded in the same
 * way.
 *
 * @param route `undefined` if the path has no route
 * @param other the route for the path as the origin reads it
 */
export function isProtectedAlike(route: Route | undefined, other: Route | undefined): boolean {
  if (route === other) return true;
  if (route === undefined) return false;
  if (other === undefined) return route.forwarding === undefined;
  return isSame(comparisons, route, other);
}

function isSame<T>(comparisons: Comparisons<T>, one: T, other: T): boolean {
  return namesOf(comparisons).every((name) => comparisons[name](one[name], other[name]));
}

const namesOf = Object.keys as <T>(value: T) => (keyof T)[];

function hasSameData(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Whether two lists, or two objects, have the same members in the same order. */
function hasSameMembers(one: unknown, other: unknown): boolean {
  if (Object.is(one, other)) return true;
  if (!isObject(one) || !isObject(other)) return false;
  const [ofOne, ofOther] = [Object.entries(one), Object.entries(other)];
  return (
    ofOne.length === ofOther.length &&
    ofOne.every(([name, value], index) => name === ofOther[index]?.[0] && Object.is(value, ofOther[index][1]))
  );
}

const strengths = { public: 0, default: 1, required: 2 } as const;

/** Whether a route requires less than another: it is public, or has only the default requirement. */
export function isWeaker({ access }: Route, other: Route): boolean {
  return strengths[access.kind] < strengths[other.access.kind];
}
