/** A route of a generated set. `need` is `undefined` for the default requirement. */
export interface GeneratedRoute {
  readonly method: "GET" | "PUT" | "HEAD";
  readonly path: string;
  readonly need: "public" | readonly Need[] | undefined;
}

/** A rule, with every member that a requirement can have. */
export interface Need {
  readonly kind: "user" | "app";
  readonly scopes?: readonly string[];
  readonly anyScope?: readonly string[];
  readonly roles?: readonly string[];
  readonly anyRole?: readonly string[];
  readonly groups?: readonly string[];
  readonly anyGroup?: readonly string[];
  readonly clients?: readonly string[];
  readonly acrs?: readonly string[];
  readonly agent?: "only" | "never";
}

export interface GeneratedSet {
  readonly routes: readonly GeneratedRoute[];
  readonly unlisted: "guard" | "reject";
  readonly mode: "enforce" | "report";
}

/** A caller with a token; `undefined` for one without. */
export type GeneratedCaller =
  | {
      readonly kind: "user" | "app";
      readonly scopes: readonly string[];
      readonly roles: readonly string[];
      readonly groups: readonly string[];
      readonly client: string;
      readonly acrs: readonly string[];
      readonly isAgent: boolean;
    }
  | undefined;

/** Scope of the default requirement. */
export const standard = "a";

/** Whether a caller may send a request for which {@link findRoute} found something. */
export function admitsCaller(
  { unlisted, mode }: GeneratedSet,
  found: ReturnType<typeof findRoute>,
  caller: GeneratedCaller,
): boolean {
  if (found === "hidden") return false;
  if (found?.need === "public") return true;
  if (caller === undefined) return false;
  if (mode === "report") return true;
  if (found === undefined && unlisted === "reject") return false;
  const needs = found?.need ?? [{ kind: "user", scopes: [standard] }];
  return needs.some((need) => meets(caller, need));
}

/** Finds the route of a request, as the documentation says, and slowly. It shares no code with the gate. */
export function findRoute(
  routes: readonly GeneratedRoute[],
  method: string,
  path: string,
): GeneratedRoute | "hidden" | undefined {
  const best = (asked: string) =>
    routes
      .filter((route) => route.method === asked && matches(route.path, path))
      .sort((a, b) => (rank(a.path) < rank(b.path) ? -1 : 1))[0];
  const own = best(method);
  const ofGet = best("GET");
  if (method === "HEAD") return own && ofGet ? (rank(ofGet.path) < rank(own.path) ? ofGet : own) : (own ?? ofGet);
  const strength = ({ need }: GeneratedRoute) => (need === "public" ? 0 : need === undefined ? 1 : 2);
  // A pattern without its own requirement does not open a path that a more specific route for GET protects.
  const isHidden = own && ofGet && /[:*]/.test(own.path) && rank(ofGet.path) < rank(own.path);
  return isHidden && strength(own) < strength(ofGet) ? "hidden" : own;
}

function matches(pattern: string, path: string): boolean {
  const segments = path.split("/").filter(Boolean);
  const parts = pattern.split("/").filter(Boolean);
  const isWild = parts.at(-1) === "*";
  const fixed = isWild ? parts.slice(0, -1) : parts;
  if (isWild ? segments.length < fixed.length : segments.length !== fixed.length) return false;
  return fixed.every((part, index) => part.startsWith(":") || part === segments[index]);
}

function rank(pattern: string): string {
  return pattern.replace(/[^/]+/g, (part) => (part === "*" ? "2" : part.startsWith(":") ? "1" : "0"));
}

/** Whether a caller meets a rule. */
export function meets(caller: NonNullable<GeneratedCaller>, need: Need): boolean {
  const all = (held: readonly string[], wanted: readonly string[] = []) => wanted.every((name) => held.includes(name));
  const one = (held: readonly string[], wanted?: readonly string[]) =>
    wanted === undefined || wanted.some((name) => held.includes(name));
  return (
    caller.kind === need.kind &&
    all(caller.scopes, need.scopes) &&
    one(caller.scopes, need.anyScope) &&
    all(caller.roles, need.roles) &&
    one(caller.roles, need.anyRole) &&
    all(caller.groups, need.groups) &&
    one(caller.groups, need.anyGroup) &&
    one([caller.client], need.clients) &&
    all(caller.acrs, need.acrs) &&
    (need.agent === undefined || (need.agent === "only") === caller.isAgent)
  );
}
