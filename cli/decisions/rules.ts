import { authorize, describeDenial, type Identity, isReportable, replaceGroups } from "../../src/cli-exports/gate.ts";
import {
  defaultAuthority,
  listAuthorities,
  type Requirement,
  type Rule,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";
import { type DeclaredRoute, listNameAccess, listRules, nameGroupsOf } from "../project/gate-code.ts";
import { needsPlainRouter, plainRouterAdvice } from "../project/path-patterns.ts";
import { allTraits } from "../project/traits.ts";
import { describeCaller, listLeastCallers, listNamed, requirementsOf, type Side } from "./callers.ts";
import { admits, type Caller, findOwn, findRoute, type Policy, reachBehind } from "./policy.ts";
import { findMessageRoute, listClasses, type MessageClass, nameMessage, type RequestClass } from "./request-classes.ts";
import {
  combineCallers,
  isAbout,
  isAmong,
  isAnswered,
  isExcepted,
  isSpelling,
  listPatterns,
  type PolicyRule,
  type RequestPattern,
} from "./rule.ts";

/** A request that breaks a rule. */
export interface Counterexample {
  readonly method: string;
  readonly path: string;
  /** Name in the message of an MCP route, as `tools/delete_order`. */
  readonly message?: string;
  /** The route as declared, or a label such as `unlisted`. */
  readonly route: string;
  /** Its caller as a phrase; `no token` without one. */
  readonly caller: string;
  /** The authority of its token; absent for `default`, and without a token. */
  readonly authority?: string;
  /** Claims of its token; absent without a token. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** The status that the gate answers, 200 if it admits the caller. */
  readonly status: number;
  /** Reason code of a refusal. */
  readonly reason?: string;
}

/** Something that code or Microsoft Graph decides, so that a rule is neither proved nor broken. */
export interface Unknown {
  readonly what: string;
  /** Sentence that says what to do. */
  readonly settle: string;
}

/** What a rule says, decided for all requests and callers. */
export type Verdict =
  | { readonly outcome: "proved" }
  | {
      readonly outcome: "broken";
      /** One for each route, at most {@link counterexamplesMaximum}. */
      readonly counterexamples: readonly Counterexample[];
      /** How many further routes break the rule; absent for none. */
      readonly further?: number;
      /** What else to know, such as another kind of rule that says more. */
      readonly note?: string;
    }
  | { readonly outcome: "unknown"; readonly unknowns: readonly Unknown[] }
  /** No request breaks the rule, which says nothing as long as it has a mistake. */
  | { readonly outcome: "mistaken" };

export interface RuleResult {
  readonly rule: PolicyRule;
  readonly verdict: Verdict;
  /** What the rule names and the policy does not have. */
  readonly mistakes: readonly RuleMistake[];
  /** For `public`: public routes of the gate itself that the rule does not count. */
  readonly own?: readonly string[];
}

/** A name or a request of a rule that the policy does not have. */
export interface RuleMistake {
  /** Clause about the rule. */
  readonly problem: string;
  /** Sentence that says what to write. */
  readonly repair: string;
}

/** What code of a gate decides, in addition to its routes. */
export interface DecidingCode {
  /** Whether the option `isTenantAllowed` is set. */
  readonly asksAboutTenants: boolean;
  /** Whether the option `groups` is set. */
  readonly asksGraph: boolean;
}

/** One for each route, in a report that a person reads. */
const counterexamplesMaximum = 20;
/** Rules about all requests, and about callers, for one policy. */
interface Job {
  readonly rule: PolicyRule;
  /** What its callers have, as a requirement; `undefined` for `public`. */
  readonly who: Requirement | undefined;
  readonly found: Map<string, Counterexample>;
  /** Names of routes that break the rule, beside those of `found`. */
  readonly further: Set<string>;
  readonly unknowns: Map<string, Unknown>;
  readonly own: Set<string>;
  /** Results by access, because many routes have the same. */
  readonly known: Map<string, Breach | undefined>;
  /** Patterns of requests that something answers. */
  readonly matched: Set<RequestPattern>;
  readonly mistakes: RuleMistake[];
}

/** Why a route breaks a rule, or may. */
type Breach = { readonly caller: Caller | undefined } | Unknown;

/**
 * Decides rules for all requests and callers, with the gate's own router and decision.
 *
 * @returns a result for each rule
 * @throws UsageError if there is too much to decide
 */
export function decideRules(policy: Policy, rules: readonly PolicyRule[], code: DecidingCode): readonly RuleResult[] {
  const authorities = policy.settings.authorities.map(({ name }) => name);
  const jobs = rules.map((rule) => createJob(rule, authorities));
  const undeclared = listAllRules(policy)
    .flatMap(listAuthorities)
    .find((name) => !authorities.includes(name));
  if (undeclared !== undefined) {
    const what = `whom the gate admits of the authority ${undeclared}, which its options do not declare`;
    for (const job of jobs) addUnknown(job, { what, settle: "Omit --routes, so that the command reads the worker." });
  }
  nameGroupsOf(jobs.map(({ who }) => who));
  for (const job of jobs) job.mistakes.push(...findMistakes(policy, job));
  const named = rules.flatMap(listPatterns);
  const { requests, messages, unread, undecided } = listClasses([policy], {
    named: {
      methods: named.flatMap(({ method }) => (method === "*" ? [] : [method])),
      paths: ["/*", ...named.map(({ path }) => path)],
      messages: named.flatMap(({ message }) => (message === undefined ? [] : [message])),
    },
  });
  const listConcerned = createIndex(jobs);
  const declared = new Set(policy.table.routes.map(({ name }) => name));
  const keyOf = createKey();
  const check = (request: RequestClass | MessageClass, route: DeclaredRoute, isDeclared: boolean) => {
    const key = keyOf(route);
    for (const { job, patterns } of listConcerned(request)) {
      if (isDeclared || isOpenEnded(route)) for (const pattern of patterns) job.matched.add(pattern);
      if (job.rule.kind === "public" && patterns.length > 0) continue;
      // Other spellings of a path get 404, and no caller needs them.
      if (job.rule.kind === "always" && isSpelling(request, route, isDeclared)) continue;
      if (!job.known.has(key)) job.known.set(key, findBreach(job, { policy, route }, code));
      const breach = job.known.get(key);
      if (breach !== undefined) note(job, request, { policy, route }, breach);
    }
  };
  for (const request of requests) {
    const { method, path } = request;
    // The gate refuses an empty segment inside a path before it looks for a route.
    if (path.includes("//") && policy.table.findUnguarded?.(method, path) === undefined) continue;
    const route = findRoute(policy, method, path);
    check(request, route, declared.has(route.name) || isAnswered(policy.table, route));
  }
  for (const message of messages) check(message, findMessageRoute(policy, message).route, true);
  const unreadNames = listNames(policy, unread);
  const besides = listNames(policy, undecided);
  const isDecided = ({ method, path }: RequestPattern) =>
    unreadNames.length === 0 &&
    !(undecided.has(path) && besides.some((name) => declared.has(name) && mayHaveMethod(name, method)));
  for (const job of jobs) job.mistakes.push(...findUseless(job, isDecided));
  return jobs.map((job): RuleResult => {
    const { rule, own } = job;
    const paths = rule.kind === "public" ? ["/*"] : listPatterns(rule).map(({ path }) => path);
    const isBeside = paths.some((path) => undecided.has(path));
    for (const name of [...unreadNames, ...(isBeside ? besides : [])]) {
      if (!concernsMethod(rule, name)) continue;
      addUnknown(job, { what: `which requests ${name} matches`, settle: settleReading(name, policy) });
    }
    const { mistakes } = job;
    return { rule, verdict: judge(job), mistakes, ...(rule.kind === "public" && { own: [...own] }) };
  });
}

function settleReading(name: string, { table: { router = "" } }: Policy): string {
  const isPlain = !name.includes("{") && needsPlainRouter(name.slice(name.indexOf(" ") + 1), [router]);
  const own = isPlain
    ? plainRouterAdvice
    : "Use a parameter without a regular expression, and check its value in the handler";
  return `${own}. Or write cases for this route.`;
}

/**
 * Whether the gate answers a request without a route as one of its own: those of `unlisted: "guard"` go to the origin.
 */
function isOpenEnded({ access, noRoute }: DeclaredRoute): boolean {
  return noRoute === undefined && access?.kind !== "closed" && access?.kind !== "absent";
}

function listAllRules({ table, settings: { defaultRequirement } }: Policy): readonly Rule[] {
  const { routes, order = [], rest } = table;
  const ofMiddleware = order.flatMap(({ requirement }) => requirement?.anyOf ?? []);
  return [
    ...listRules([...routes, rest, ...listNameAccess(table), { access: { kind: "default" } }], defaultRequirement),
    ...ofMiddleware,
  ];
}

function createJob(rule: PolicyRule, authorities: readonly string[]): Job {
  return {
    rule,
    who: combineCallers(rule, authorities),
    found: new Map(),
    further: new Set(),
    unknowns: new Map(),
    own: new Set(),
    known: new Map(),
    matched: new Set(),
    mistakes: [],
  };
}

/** Scopes and roles that no route names, and authorities that the gate does not declare. */
function findMistakes(policy: Policy, { rule }: Job): readonly RuleMistake[] {
  const mistakes: RuleMistake[] = [];
  const authorities = policy.settings.authorities.map(({ name }) => name);
  const other = rule.who.flatMap(({ from = [] }) => from).find((name) => !authorities.includes(name));
  if (other !== undefined) {
    const problem = `names the authority ${JSON.stringify(other)}, which the gate does not declare`;
    mistakes.push({ problem, repair: `Use one of ${authorities.join(", ")}.` });
  }
  const all = listAllRules(policy);
  for (const [what, listOf] of [
    ["scope", ({ scopes = [], anyScope = [] }: RuleOptions) => [...scopes, ...anyScope]],
    ["role", ({ roles = [], anyRole = [] }: RuleOptions) => [...roles, ...anyRole]],
  ] as const) {
    const known = [...new Set(all.flatMap(listOf))];
    const stranger = rule.who.flatMap(listOf).find((name) => !known.includes(name));
    if (stranger === undefined) continue;
    const repair = known.length === 0 ? `Remove it: no route requires a ${what}.` : `Use one of ${known.join(", ")}.`;
    mistakes.push({ problem: `names the ${what} ${JSON.stringify(stranger)}, which no route requires`, repair });
  }
  return mistakes;
}

/** @param isDecided whether it is known which routes match a pattern */
function findUseless({ rule, matched }: Job, isDecided: (pattern: RequestPattern) => boolean): readonly RuleMistake[] {
  if (rule.kind !== "only" && rule.kind !== "always") return [];
  return rule.requests
    .filter((pattern) => !matched.has(pattern) && isDecided(pattern))
    .map(({ text }) => {
      const repair = "Correct the method or the path, or remove the request.";
      return { problem: `names the requests ${JSON.stringify(text)}, which no route matches`, repair };
    });
}

/**
 * A function that finds the rules about a request, each with its patterns that match. A rule of `public` is about all.
 */
function createIndex(jobs: readonly Job[]) {
  const byPath = new Map<string, { readonly job: Job; readonly pattern: RequestPattern }[]>();
  for (const job of jobs) {
    for (const pattern of job.rule.requests) {
      const listed = byPath.get(pattern.path) ?? [];
      if (listed.length === 0) byPath.set(pattern.path, listed);
      listed.push({ job, pattern });
    }
  }
  const open = jobs.filter(({ rule }) => rule.kind === "public");
  const none: readonly { readonly job: Job; readonly pattern: RequestPattern }[] = [];
  let latest: { readonly patterns: ReadonlySet<string>; readonly listed: typeof none } | undefined;
  return (request: RequestClass | MessageClass) => {
    if (latest?.patterns !== request.patterns) {
      const listed = [...request.patterns].flatMap((path) => byPath.get(path) ?? none);
      latest = { patterns: request.patterns, listed };
    }
    const concerned = new Map<Job, RequestPattern[]>(open.map((job) => [job, []]));
    for (const { job, pattern } of latest.listed) {
      if (!isAbout(pattern, request) || isExcepted(job.rule, request)) continue;
      const patterns = concerned.get(job) ?? [];
      if (patterns.length === 0) concerned.set(job, patterns);
      patterns.push(pattern);
    }
    return [...concerned].map(([job, patterns]) => ({ job, patterns }));
  };
}

/** A function that names what decides about the callers of a route, so that equal routes are decided once. */
function createKey() {
  const ids = new WeakMap<object, string>();
  const nameOf = (value: object) => {
    const id = ids.get(value) ?? JSON.stringify(value);
    ids.set(value, id);
    return id;
  };
  return ({ access, mode, noRoute, mistake, note, mayAnswer, mayRequire, later, isOwn }: DeclaredRoute) => {
    const decided = access === undefined ? `${mistake} ${note}` : nameOf(access);
    const further = later && JSON.stringify(later);
    return `${decided} ${mode} ${noRoute?.status} ${mayAnswer} ${mayRequire} ${further} ${isOwn}`;
  };
}

/** Finds whether the callers of a route break a rule. */
function findBreach(job: Job, side: Side, code: DecidingCode): Breach | undefined {
  const { rule, who } = job;
  const { access, mistake, note: why, mayAnswer, mayRequire, later } = side.route;
  if (access === undefined && mistake === undefined) {
    return { what: `who may send requests to ${side.route.name}: ${why}`, settle: codeFix };
  }
  const breach = rule.kind === "public" || who === undefined ? findOpen(side) : findWho(rule.kind, who, side, code);
  if (breach !== undefined) return breach;
  if (mayAnswer !== undefined) return { what: mayAnswer, settle: answerFix };
  if (rule.kind !== "always" || who === undefined) return undefined;
  if (mayRequire !== undefined) return { what: mayRequire, settle: testFix };
  const behind = { ...side, route: reachBehind(side.policy, side.route) };
  return later && findWho("always", who, behind, code) && { what: laterDoubt, settle: laterFix };
}

const answerFix =
  "Write passThrough(…) around middleware that only calls next, or only answers preflights, or add entra() before it.";
const testFix = "Test the whole worker with entra-gate/testing.";
const laterDoubt = "whether middleware before requireAuth answers a request by itself";
const laterFix =
  "Put requireAuth before the middleware, or write passThrough(…) around middleware that only calls next.";
const codeFix = "Declare the requirement on the route itself, or write cases for this route.";

function findOpen({ route }: Side): Breach | undefined {
  return route.access?.kind === "public" && route.noRoute === undefined ? { caller: undefined } : undefined;
}

function findWho(
  kind: "never" | "only" | "always",
  who: Requirement,
  side: Side,
  code: DecidingCode,
): Breach | undefined {
  const { policy, route } = side;
  const open = findOpen(side);
  if (open !== undefined && kind === "always") return undefined;
  if (open !== undefined && kind === "only") return open;
  const own = requirementsOf(side);
  const choices = { never: [[who], [who, ...own]], only: [[], own], always: [[who]] }[kind];
  const named = [...listNamed(side), ...who.anyOf];
  const namesTenants = who.anyOf.some((rule) => rule.tenants !== undefined);
  for (const identity of listLeastCallers(choices, named, route.name)) {
    const issuing = findOwn(policy.settings, identity);
    if (issuing === undefined) continue;
    const { tenants, audiences } = issuing;
    if (tenants.decided === "by-list" && !tenants.allowed.has(identity.tid)) continue;
    const [audience = ""] = audiences;
    if ((kind !== "only") !== isAmong(identity, who)) continue;
    const caller = { identity, audience, isRevoked: false };
    if (admits(policy, route, caller) === (kind === "always")) {
      const lacking = kind === "always" ? findGroupDoubt(side, caller, code) : undefined;
      if (lacking !== undefined) return lacking;
      continue;
    }
    return namesTenants && code.asksAboutTenants ? tenantDoubt : { caller };
  }
  return kind === "always" && namesTenants && code.asksAboutTenants ? tenantDoubt : undefined;
}

const tenantDoubt: Unknown = {
  what: "which tenants isTenantAllowed accepts",
  settle: "List the tenants in ENTRA_ALLOWED_TENANTS, or remove tenants from the rule.",
};

/** Whether a user in the same groups could be refused, because a token does not list them. */
function findGroupDoubt({ policy, route }: Side, caller: Caller, { asksGraph }: DecidingCode): Unknown | undefined {
  if (caller.identity.groups.length === 0) return undefined;
  const unlisted = { ...caller, identity: replaceGroups(caller.identity, [], "groups_overage") };
  if (admits(policy, route, unlisted)) return undefined;
  return asksGraph
    ? { what: "which groups Microsoft Graph answers with", settle: "Use roles in place of groups." }
    : {
        what: "the groups of users in so many that their tokens do not list them",
        settle: "Use roles in place of groups, or assign groups to the application and let tokens list only those.",
      };
}

function note(job: Job, request: RequestClass | MessageClass, side: Side, breach: Breach): void {
  const { route } = side;
  if (job.rule.kind === "public" && route.isOwn && "caller" in breach) {
    job.own.add(route.name);
    return;
  }
  if (!("caller" in breach)) addUnknown(job, breach);
  else if (job.found.has(route.name)) return;
  else if (job.found.size === counterexamplesMaximum) job.further.add(route.name);
  else {
    const { method, path } = request;
    const { caller } = breach;
    job.found.set(route.name, {
      method,
      path,
      ...("message" in request && { message: request.message.join("/") }),
      route: "message" in request ? nameMessage(request) : route.name,
      caller: caller === undefined ? "no token" : describeCaller(caller, side.policy, side.policy),
      ...(caller && caller.identity.authority !== defaultAuthority && { authority: caller.identity.authority }),
      ...(caller && { claims: writeClaims(caller.identity) }),
      ...answer(side, caller),
    });
  }
}

/** The claims of a token that decide. */
function writeClaims(identity: Identity): Readonly<Record<string, unknown>> {
  return Object.assign({}, ...allTraits.map((trait) => trait.writeClaims(identity)));
}

/** What the gate answers a caller. */
function answer(
  { policy, route: { access, mode, mistake, noRoute } }: Side,
  caller: Caller | undefined,
): Pick<Counterexample, "status" | "reason"> {
  if (access === undefined) return mistake === undefined ? { status: 200 } : { status: 500, reason: "misconfigured" };
  const denial = caller === undefined ? undefined : authorize(policy.settings, caller.identity, access);
  const isAdmitted =
    denial === undefined ||
    (caller !== undefined &&
      (mode ?? policy.settings.mode) === "report" &&
      isReportable(denial, access, caller.identity));
  if (access.kind === "absent" || (isAdmitted && noRoute !== undefined)) {
    const { status = 404, reason } = noRoute ?? {};
    return { status, ...(reason !== undefined && { reason }) };
  }
  return isAdmitted ? { status: 200 } : { status: describeDenial(denial).status, reason: denial.reason };
}

function addUnknown({ unknowns }: Job, unknown: Unknown): void {
  unknowns.set(unknown.what, unknown);
}

/** Routes and middleware with one of some patterns. */
function listNames({ table: { routes, sharedPaths = [] } }: Policy, patterns: ReadonlySet<string>): readonly string[] {
  const names = [...routes.map(({ name }) => name), ...sharedPaths.map((path) => `ALL ${path}`)];
  return [...new Set(names)].filter((name) => patterns.has(name.slice(name.indexOf(" ") + 1)));
}

function concernsMethod({ kind, requests }: PolicyRule, name: string): boolean {
  return kind === "public" || requests.some(({ method }) => mayHaveMethod(name, method));
}

/** Whether a route or middleware may answer a request with the method of a rule. */
function mayHaveMethod(name: string, wanted: string): boolean {
  const [method = ""] = name.split(" ");
  return method === "ALL" || wanted === "*" || wanted === method || readsAlike(wanted, method);
}

const readsAlike = (one: string, other: string) => [one, other].every((each) => each === "GET" || each === "HEAD");

function judge({ rule, found, further, unknowns, mistakes }: Job): Verdict {
  if (found.size > 0) {
    const hasGrant = rule.who.some(({ scopes, anyScope, roles, anyRole }) => scopes ?? anyScope ?? roles ?? anyRole);
    const text = "A caller who has more than `who` names breaks the rule too. `only` says which callers may.";
    return {
      outcome: "broken",
      counterexamples: [...found.values()],
      ...(further.size > 0 && { further: further.size }),
      ...(rule.kind === "never" && hasGrant && { note: text }),
    };
  }
  if (mistakes.length > 0) return { outcome: "mistaken" };
  return unknowns.size > 0 ? { outcome: "unknown", unknowns: [...unknowns.values()] } : { outcome: "proved" };
}
