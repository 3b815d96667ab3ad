import { tenants } from "../../entra/directory/directory.ts";
import type { Method } from "../../src/app/types/definition.ts";
import { defaultAuthority } from "../../src/base/common/authority-name.ts";
import type { MemberName, RuleOptions } from "../../src/core/policy/rule.ts";
import type { Choice } from "./choice.ts";

/** Rules, one of which a caller must satisfy: `anyOf(requireAuth(…), …)`. */
export type Need = readonly RuleOptions[];

/** A route of an App. */
export interface RouteSpec {
  readonly kind: "route";
  readonly method: Method;
  readonly path: string;
  /**
   * `public`, or hooks, all of which apply in addition to those around the route. Without a hook, the default
   * requirement applies.
   */
  readonly access: "public" | readonly Need[];
  readonly mode?: "enforce" | "report";
}

/** A part of an App. Groups and plugins have parts of their own. */
export type PartSpec =
  | RouteSpec
  | {
      readonly kind: "group" | "plugin";
      readonly prefix: string;
      readonly hooks: readonly Need[];
      readonly parts: readonly PartSpec[];
    }
  /** A hook for all later routes of the same part. */
  | { readonly kind: "use"; readonly need: Need }
  | {
      readonly kind: "mcp";
      readonly path: string;
      readonly access: "public" | readonly Need[];
      readonly tools: Readonly<Record<string, Need>>;
    };

/** A call that declares something of a Hono app. */
export type HonoSpec =
  | { readonly kind: "entra"; readonly path: string }
  /** A requirement, middleware that only calls `next`, or middleware that answers. */
  | { readonly kind: "use"; readonly path: string; readonly what: Need | "passing" | "answering" }
  | {
      readonly kind: "handle";
      readonly method: Method | "ALL";
      readonly path: string;
      readonly needs: readonly Need[];
      /** Whether the requirement comes after the handler, by mistake. */
      readonly isLate?: true;
    }
  | { readonly kind: "mount"; readonly path: string; readonly parts: readonly HonoSpec[] };

/** A route of a DaloyJS app. Its hooks are on the route itself, or are not known. */
export interface DaloySpec {
  readonly method: Method;
  readonly path: string;
  readonly need: Need | undefined;
}

/** An operation of an OpenAPI document. */
export interface OperationSpec {
  readonly method: Method;
  readonly path: string;
  /** Names of scopes and roles of each alternative; `public` for none. */
  readonly security: "public" | readonly { readonly scopes: readonly string[]; readonly roles: readonly string[] }[];
  /** Groups that users need in addition. */
  readonly groups?: Pick<RuleOptions, "groups" | "anyGroup">;
}

/** What a worker declares. */
export type CodeSpec =
  | { readonly kind: "gate"; readonly unlisted: "guard" | "reject"; readonly parts: readonly PartSpec[] }
  | { readonly kind: "app"; readonly isGuarded: boolean; readonly parts: readonly PartSpec[] }
  | { readonly kind: "hono"; readonly parts: readonly HonoSpec[] }
  | { readonly kind: "daloy"; readonly routes: readonly DaloySpec[] }
  | { readonly kind: "document"; readonly operations: readonly OperationSpec[] };

/** A worker, and its configuration. */
export interface TableSpec {
  readonly code: CodeSpec;
  readonly variables: Readonly<Record<string, string>>;
  /** Whether the code revokes tokens with the claim `revoked`. */
  readonly revokes: boolean;
  /** Whether the code declares the authority `customers`. If not, no requirement names it. */
  readonly hasCustomers: boolean;
}

/** Name of the second authority. */
export const customers = "customers";

export type CodeKind = CodeSpec["kind"];
export const codeKinds: readonly CodeKind[] = ["gate", "app", "hono", "daloy", "document"];

/** Clients that requirements and configurations name, and one that none names. */
export const clients = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"] as const;
export const otherClient = "33333333-3333-4333-8333-333333333333";

/** Groups that requirements and configurations name. */
export const groups = ["aaaaaaaa-1111-4111-8111-111111111111", "bbbbbbbb-2222-4222-8222-222222222222"] as const;

const scopes = ["a", "b"];
const roles = ["R", "S"];
const appPaths = [
  ...["/", "/*", "/x", "/X/y", "/:p", "/x/*", "/x/y", "/x/:p", "/:p/y", "/:p/:q", "/x/:p/*", "/x/y/z", "/x.", "/x~1"],
];
const documentPaths = ["/", "/x", "/{p}", "/x/y", "/x/{p}", "/x/{p}/z", "/x/y/z", "/{p}/{q}", "/w.json"];
const honoPaths = [
  ...["/", "/*", "/x", "/:p", "/x/*", "/x/y", "/x/:p", "/:p/y", "/x/y/z", "/*/y", "/x/:p?", "/:p?", "/:n{[0-9]+}"],
  ...["/x/:n{[0-9]+}", "/x/:n{[0-9]{2}}", "/x/:w{[a-z]+}", "/:n{[0-9]+}/y", "/x/:r{.+}", "/:lang{en|de}/y"],
];
const routeMethods = ["GET", "GET", "GET", "PUT", "DELETE", "HEAD", "OPTIONS", "POST"] as const;

/** Creates a worker and its configuration. */
export function createTable(choice: Choice, kind: CodeKind): TableSpec {
  const revokes = choice.chance(0.15);
  const code = createCode(choice, kind);
  const hasCustomers = hasOptions(code) && choice.chance(0.4);
  const variables = createVariables(choice, hasCustomers);
  return { code: hasCustomers ? code : withoutCustomers(code), variables, revokes, hasCustomers };
}

/** Whether the tools see the options of the code. */
function hasOptions(code: CodeSpec): boolean {
  if (code.kind === "app") return code.isGuarded;
  if (code.kind === "daloy") return code.routes.some(({ need }) => need);
  return code.kind === "hono" ? code.parts.some(({ kind }) => kind === "entra") : true;
}

/** The same code for callers of the default authority only. */
export function withoutCustomers<T>(part: T): T {
  if (Array.isArray(part)) return part.map(withoutCustomers) as T;
  if (typeof part !== "object" || part === null) return part;
  const entries = Object.entries(part).filter(([name]) => name !== "from");
  return Object.fromEntries(entries.map(([name, value]) => [name, withoutCustomers(value)])) as T;
}

function createVariables({ chance, one, some }: Choice, hasCustomers: boolean): TableSpec["variables"] {
  const isDaemon = chance(0.4);
  return {
    ENTRA_REQUIRED_SCOPE: one(["a", "b", "a b"]),
    ...(chance(0.2) && { ENTRA_REQUIRED_GROUP: some(groups).join(" ") }),
    ...(isDaemon && { ENTRA_REQUIRED_ROLE: some(roles).join(" ") }),
    ...(chance(0.2) && { ENTRA_ALLOWED_CLIENTS: some(clients).join(" ") }),
    ...(hasCustomers && chance(0.3) && { ENTRA_CUSTOMERS_ALLOWED_CLIENTS: some(clients).join(" ") }),
    ...(chance(0.2) && { ENTRA_ALLOWED_TENANTS: `${tenants.contoso.id} ${tenants.fabrikam.id}` }),
    ...(chance(0.15) && { GATE_MODE: "report" }),
    ...(chance(0.2) && { GATE_HEALTH: one(["public", "off"]) }),
  };
}

function createCode(choice: Choice, kind: CodeKind): CodeSpec {
  const { chance, many } = choice;
  switch (kind) {
    case "gate":
      return { kind, unlisted: chance(0.5) ? "guard" : "reject", parts: createParts(choice, kind, 0) };
    case "app":
      return { kind, isGuarded: chance(0.9), parts: createParts(choice, kind, 0) };
    case "hono":
      return { kind, parts: createHonoParts(choice) };
    case "daloy":
      return { kind, routes: many(1, 5, () => createDaloyRoute(choice)) };
    case "document":
      return { kind, operations: many(1, 6, () => createOperation(choice)) };
  }
}

/** Members that a rule has in addition to scopes or roles. */
interface Addition {
  readonly probability: number;
  /** Whether only rules for users can have it. */
  readonly isOfUsers?: true;
  create(choice: Choice): RuleOptions;
}

/** Members of a rule that {@link createNeed} writes for each rule. */
type WrittenMember = "kind" | "scopes" | "anyScope" | "roles" | "anyRole";

/** A member that is missing here does not compile. */
const additions: Readonly<Record<Exclude<MemberName, WrittenMember | "anyGroup">, Addition>> = {
  from: { probability: 0.5, create: ({ one }) => ({ from: one([[defaultAuthority], [defaultAuthority, customers]]) }) },
  clients: { probability: 0.15, create: ({ some }) => ({ clients: some(clients) }) },
  tenants: { probability: 0.1, create: () => ({ tenants: [tenants.contoso.id] }) },
  agent: { probability: 0.1, create: ({ one }) => ({ agent: one(["only", "never"]) }) },
  // With `anyGroup`.
  groups: { probability: 0.35, isOfUsers: true, create: createGroups },
  acrs: { probability: 0.15, isOfUsers: true, create: () => ({ acrs: ["c1"] }) },
};

function listAdditions(kind: RuleOptions["kind"]): readonly Addition[] {
  return Object.values(additions).filter(({ isOfUsers }) => kind === "user" || !isOfUsers);
}

export function createNeed(choice: Choice): Need {
  const { chance, many, some, one } = choice;
  const rules = many(1, 2, (): RuleOptions => {
    const ofRoles = [() => ({ roles: some(roles) }), () => ({ anyRole: some(roles) })];
    const ofScopes = [() => ({ scopes: some(scopes) }), () => ({ anyScope: some(scopes) })];
    const kind = chance(0.25) ? "app" : "user";
    const granting: () => RuleOptions = one(kind === "app" ? ofRoles : [...ofScopes, ...ofRoles]);
    const added = listAdditions(kind).map(({ probability, create }) => (chance(probability) ? create(choice) : {}));
    return Object.assign({ kind }, granting(), ...added);
  });
  // The first rule names the default authority, because requirements of one route that share no authority are a fault.
  const [first, ...others] = rules as readonly [RuleOptions, ...RuleOptions[]];
  return [first, ...others.map((rule) => (chance(0.3) ? { ...rule, from: [customers] } : rule))];
}

function createGroups({ some, one }: Pick<Choice, "some" | "one">): Pick<RuleOptions, "groups" | "anyGroup"> {
  return one([{ groups: some(groups) }, { anyGroup: some(groups) }, { groups: [groups[0]], anyGroup: some(groups) }]);
}

function createParts(choice: Choice, kind: "gate" | "app", depth: number): readonly PartSpec[] {
  const { chance, one, many } = choice;
  return many(1, depth === 0 ? 6 : 3, (): PartSpec => {
    if (chance(0.08)) return { kind: "use", need: createNeed(choice) };
    if (depth < 2 && chance(0.25)) {
      return {
        kind: one(["group", "plugin"] as const),
        prefix: one(["/x", "/y", "/x/y", "/:p"]),
        hooks: many(0, 1, () => createNeed(choice)),
        parts: createParts(choice, kind, depth + 1),
      };
    }
    if (kind === "gate" && depth === 0 && chance(0.1)) return createMcp(choice);
    return createRoute(choice, kind);
  });
}

function createRoute(choice: Choice, kind: "gate" | "app"): RouteSpec {
  const { chance, one, many } = choice;
  return {
    kind: "route",
    method: one(routeMethods),
    path: one(appPaths),
    access: chance(0.2) ? "public" : many(kind === "gate" ? 0 : 1, 2, () => createNeed(choice)),
    ...(chance(0.15) && { mode: one(["enforce", "report"] as const) }),
  };
}

function createMcp(choice: Choice): PartSpec {
  const { chance, many } = choice;
  const tools = ["read", "write", "*"].filter(() => chance(0.5)).map((name) => [name, createNeed(choice)] as const);
  return {
    kind: "mcp",
    path: "/mcp",
    access: chance(0.2) ? "public" : many(0, 1, () => createNeed(choice)),
    tools: Object.fromEntries(tools),
  };
}

function createHonoParts(choice: Choice): readonly HonoSpec[] {
  const { chance, one, many } = choice;
  const before = chance(0.3) ? many(1, 2, () => createHonoPart(choice, 1)) : [];
  const own = many(1, 6, () => createHonoPart(choice, 0));
  return chance(0.03) ? own : [...before, { kind: "entra", path: one(["*", "*", "*", "*", "/x/*"]) }, ...own];
}

function createHonoPart(choice: Choice, depth: number): HonoSpec {
  const { chance, one, many } = choice;
  const path = one(honoPaths);
  if (chance(0.25)) {
    const what = chance(0.7) ? createNeed(choice) : one(["passing", "answering"] as const);
    return { kind: "use", path: one(["*", "/x/*", "/x/y/*", "/:p/y", path]), what };
  }
  if (depth === 0 && chance(0.15)) {
    return { kind: "mount", path: one(["/x", "/y"]), parts: many(1, 3, () => createHonoPart(choice, 1)) };
  }
  const needs = many(0, 2, () => createNeed(choice));
  const method = chance(0.15) ? "ALL" : one(routeMethods.filter((each) => each !== "HEAD"));
  return { kind: "handle", method, path, needs, ...(chance(0.04) && needs.length > 0 && { isLate: true }) };
}

function createDaloyRoute(choice: Choice): DaloySpec {
  const { chance, one } = choice;
  return {
    method: one(routeMethods),
    path: one(["/x", "/:p", "/x/y", "/x/:p", "/:p/y", "/z"]),
    need: chance(0.2) ? undefined : createNeed(choice),
  };
}

function createOperation(choice: Choice): OperationSpec {
  const { chance, one, many, some } = choice;
  const requirement = () => ({
    scopes: chance(0.7) ? some(scopes) : [],
    roles: chance(0.3) ? some(roles) : [],
  });
  const security = many(1, 2, requirement).filter(({ scopes: own, roles: others }) => own.length + others.length > 0);
  return {
    method: one(routeMethods),
    path: one(documentPaths),
    security: chance(0.15) || security.length === 0 ? "public" : security,
    ...(chance(0.25) && { groups: createGroups(choice) }),
  };
}

/** Changes one part of a worker or of its configuration, so that the difference decides. */
export function changeTable(choice: Choice, table: TableSpec): TableSpec {
  const { code } = table;
  const made = createTable(choice, code.kind).code;
  const fresh = { code: table.hasCustomers ? made : withoutCustomers(made) };
  if (choice.chance(0.1)) return { ...table, revokes: !table.revokes };
  if (code.kind === "gate" && choice.chance(0.1)) {
    return { ...table, code: { ...code, unlisted: code.unlisted === "guard" ? "reject" : "guard" } };
  }
  if (choice.chance(0.5)) {
    const changed = changeRules(choice, code);
    return { ...table, code: table.hasCustomers ? changed : withoutCustomers(changed) };
  }
  return { ...table, code: changeCode(choice, code, fresh.code) };
}

/** Changes one property in some rules, as a slip of the pen does. */
function changeRules(choice: Choice, code: CodeSpec): CodeSpec {
  const { chance, one } = choice;
  const change = (rule: RuleOptions): RuleOptions => {
    if (!chance(0.5)) return rule;
    const { scopes: all, anyScope: any, roles: allRoles, anyRole, ...others } = rule;
    const held = all ?? any ?? allRoles ?? anyRole ?? [];
    const known = (all ?? any) ? scopes : roles;
    const lists = known === scopes ? (["scopes", "anyScope"] as const) : (["roles", "anyRole"] as const);
    const isAny = (any ?? anyRole) !== undefined;
    // One name more or fewer, in a list of all or of alternatives, is the change that is easiest to overlook.
    const names = held.length === 1 ? known : [one(held)];
    return one<() => RuleOptions>([
      () => ({ ...others, [lists[isAny ? 1 : 0]]: names }),
      () => ({ ...others, [lists[1]]: names }),
      () => ({ ...others, [lists[isAny ? 0 : 1]]: held }),
      ...listAdditions(rule.kind).map(({ create }) => () => ({ ...rule, ...create(choice) })),
      () => withoutGroups(rule),
    ])();
  };
  const isRule = (value: object): value is RuleOptions =>
    "kind" in value && (value.kind === "user" || value.kind === "app") && !("parts" in value);
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== "object" || value === null) return value;
    if (isRule(value)) return change(value);
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, walk(each)]));
  };
  return walk(code) as CodeSpec;
}

function withoutGroups({ groups: _, anyGroup: __, ...others }: RuleOptions): RuleOptions {
  return others;
}

function changeCode(choice: Choice, code: CodeSpec, fresh: CodeSpec): CodeSpec {
  const change = <T>(own: readonly T[], others: readonly T[]): readonly T[] => {
    const at = choice.below(own.length);
    const without = own.filter((_, index) => index !== at);
    if (choice.chance(0.2)) return [...own].reverse();
    return choice.chance(0.3) && without.length > 0
      ? without
      : [...own.slice(0, at), ...others.slice(0, 1), ...own.slice(at + 1)];
  };
  if (code.kind === "document" && fresh.kind === "document")
    return { ...code, operations: change(code.operations, fresh.operations) };
  if (code.kind === "daloy" && fresh.kind === "daloy") return { ...code, routes: change(code.routes, fresh.routes) };
  if (code.kind === "hono" && fresh.kind === "hono") return { ...code, parts: change(code.parts, fresh.parts) };
  if (code.kind === "gate" && fresh.kind === "gate") return { ...code, parts: change(code.parts, fresh.parts) };
  if (code.kind === "app" && fresh.kind === "app") return { ...code, parts: change(code.parts, fresh.parts) };
  return fresh;
}

/** The same without report mode, which admits callers whom the policy refuses. */
export function enforceTable({ code, variables, ...rest }: TableSpec): TableSpec {
  const { GATE_MODE: _, ...others } = variables;
  const enforce = (part: PartSpec): PartSpec => {
    if (part.kind === "route") return part.mode === undefined ? part : { ...part, mode: "enforce" };
    return part.kind === "group" || part.kind === "plugin" ? { ...part, parts: part.parts.map(enforce) } : part;
  };
  const isOfApp = code.kind === "gate" || code.kind === "app";
  return { code: isOfApp ? { ...code, parts: code.parts.map(enforce) } : code, variables: others, ...rest };
}
