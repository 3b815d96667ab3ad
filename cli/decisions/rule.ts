import { decide, type Identity } from "../../src/cli-exports/gate.ts";
import {
  type MemberName,
  members,
  type Requirement,
  type Rule,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";
import type { DeclaredRoute, RouteTable } from "../project/gate-code.ts";
import { listPaths } from "./paths.ts";
import type { MessageClass, MessageName, RequestClass } from "./request-classes.ts";

/** What a rule says of its callers and requests. */
export type RuleKind = "never" | "only" | "public" | "always";

/** Requests that a rule is about. */
export interface RequestPattern {
  /** As written: `GET /orders/*`. */
  readonly text: string;
  /** `*` for every method. */
  readonly method: string;
  readonly path: string;
  readonly message: MessageName | undefined;
}

/** A rule of a policy, for all callers. */
export interface PolicyRule {
  readonly name: string;
  /** In the file of cases. */
  readonly line: number;
  readonly kind: RuleKind;
  /** Callers who have all members of one of them; empty for `public`. What is not named is any. */
  readonly who: readonly RuleOptions[];
  readonly requests: readonly RequestPattern[];
  /** Those of the requests that the rule is not about. */
  readonly except?: readonly RequestPattern[];
}

/** All requests that a rule names. */
export function listPatterns({ requests, except = [] }: PolicyRule): readonly RequestPattern[] {
  return [...requests, ...except];
}

/** Whether a rule is not about a request that matches one of its patterns. */
export function isExcepted({ except = [] }: PolicyRule, request: RequestClass | MessageClass): boolean {
  return except.some((pattern) => request.patterns.has(pattern.path) && isAbout(pattern, request));
}

const memberNames = Object.keys(members) as MemberName[];

/** What the callers of a rule have, as a requirement; `undefined` for `public`. */
export function combineCallers(rule: PolicyRule, authorities: readonly string[]): Requirement | undefined {
  const [first, ...others] = rule.who.flatMap((who): readonly Rule[] => {
    const isOfUser = memberNames.some((name) => members[name].isOfUsers && who[name] !== undefined);
    const kinds = isOfUser ? (["user"] as const) : who.kind === undefined ? (["user", "app"] as const) : [who.kind];
    const from = who.from ?? authorities;
    return kinds.map((kind) => ({ ...who, from, kind }));
  });
  return first && { anyOf: [first, ...others] };
}

/** Whether a caller is one of those of a rule. */
export function isAmong(identity: Identity, who: Requirement): boolean {
  return decide(identity, who) === undefined;
}

/**
 * Whether a pattern whose path matches is about the method and the message of a request. A route for GET answers HEAD.
 */
export function isAbout({ method, message }: RequestPattern, request: RequestClass | MessageClass): boolean {
  const isMethod = method === "*" || method === request.method || (method === "GET" && request.method === "HEAD");
  if (!isMethod || message === undefined) return isMethod;
  if (!("message" in request)) return false;
  return message[0] === request.message[0] && (message[1] === "*" || message[1] === request.message[1]);
}

/**
 * Whether something answers without a declared route: the health page, a handler of Hono for all methods, or what is
 * not known.
 */
export function isAnswered({ sharedPaths }: RouteTable, { name, access, noRoute }: DeclaredRoute): boolean {
  return name === "health" || access === undefined || (sharedPaths !== undefined && noRoute === undefined);
}

/**
 * Whether a path is another spelling of those that routes have, such as one with an empty segment. It gets 404, and no
 * caller needs it.
 *
 * @param route what answers the request
 * @param isDeclared whether the code declares the route, or `isAnswered` is true of it
 */
export function isSpelling(
  { path }: Pick<RequestClass, "path">,
  { name }: Pick<DeclaredRoute, "name">,
  isDeclared: boolean,
): boolean {
  return name === "near-miss" || (!isDeclared && path !== "/" && path.slice(1).split("/").includes(""));
}

/** A request of one caller. */
export interface AskedRequest {
  readonly method: string;
  /** Normal form, see `normalizePath`. */
  readonly path: string;
  /** Whether `isSpelling` is true of the path. */
  readonly isSpelled: boolean;
  /** `undefined` without a token, and where the gate reads none. */
  readonly identity: Identity | undefined;
}

/**
 * Lists the rules that a request breaks if the gate admits it, or else those that it breaks if not. A rule about
 * messages of MCP is none of them.
 */
export function listBroken(
  rules: readonly PolicyRule[],
  { identity, isSpelled, ...request }: AskedRequest,
  authorities: readonly string[],
  isAdmitted: boolean,
): readonly PolicyRule[] {
  const { match } = listPaths(rules.flatMap(listPatterns).map(({ path }) => path));
  const asked = { ...request, patterns: match(request.path) };
  return rules.filter((rule) => {
    const isConcerned = rule.requests.some((pattern) => asked.patterns.has(pattern.path) && isAbout(pattern, asked));
    if (rule.kind === "public") return isAdmitted && !isConcerned && identity === undefined;
    const who = combineCallers(rule, authorities);
    const isOneOf = identity !== undefined && who !== undefined && isAmong(identity, who);
    if (!isConcerned || isExcepted(rule, asked)) return false;
    if (rule.kind === "always") return isOneOf && !isAdmitted && !isSpelled;
    // A gate that admits a request without a token admits it for every caller.
    if (identity === undefined) return isAdmitted && (rule.kind === "only" || who !== undefined);
    return isAdmitted && isOneOf === (rule.kind === "never");
  });
}
