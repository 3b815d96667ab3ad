import { createPolicy } from "../../cli/decisions/policy.ts";
import type { PolicyRule, RequestPattern, RuleKind } from "../../cli/decisions/rule.ts";
import { decideRules } from "../../cli/decisions/rules.ts";
import { readModule } from "../../cli/project/load-gate.ts";
import { createTestEntra, tenants as directory } from "../../entra/testing.ts";
import { methods } from "../../src/app/types/definition.ts";
import { defaultAuthority } from "../../src/base/common/authority-name.ts";
import type { RuleOptions } from "../../src/core/policy/rule.ts";
import { type CallerSpec, createCaller, createTokens, type Entras } from "../compare-tools/callers.ts";
import { type Choice, createChoice } from "../compare-tools/choice.ts";
import { createMessage, createRequest, type RequestSpec } from "../compare-tools/requests.ts";
import {
  codeKinds,
  createNeed,
  createTable,
  customers,
  type TableSpec,
  withoutCustomers,
} from "../compare-tools/tables.ts";
import { type Answer, HalfDeclaredError, type RunningWorker, startWorker } from "../compare-tools/workers.ts";

export interface RuleComparison {
  readonly counts: Readonly<Record<string, number>>;
  readonly differences: readonly object[];
}

/** Names of tools in messages to the MCP server of a table. None of its tools has the last one. */
const toolNames = ["read", "write", "other"] as const;

/** A request, and the name of the tool that its message calls. */
interface AskedRequest extends RequestSpec {
  readonly tool?: string;
}

const requestsPerTable = 40;
const rulesPerTable = 12;
const rulePaths = ["/", "/*", "/x", "/:p", "/x/*", "/x/y", "/x/:p", "/:p/y", "/x/y/z", "/mcp", "/w"];

/**
 * Sends random requests to the workers of random policies, and each counterexample of random rules. No answer may
 * contradict a proof or a prediction.
 */
export async function compareWithWorkers(requests: number, seed: number): Promise<RuleComparison> {
  const entras = { default: createTestEntra(), customers: createTestEntra({ authority: "customers" }) };
  const counts: Record<string, number> = { requests: 0, checks: 0, replays: 0 };
  const differences: object[] = [];
  for (let index = seed; (counts.requests ?? 0) < requests; index += 1) {
    await compareTable(index, entras, counts, differences);
  }
  return { counts, differences };
}

async function compareTable(
  seed: number,
  entras: Entras,
  counts: Record<string, number>,
  differences: object[],
): Promise<void> {
  const choice = createChoice(seed);
  const table = createTable(choice, choice.one(codeKinds));
  let worker: RunningWorker;
  try {
    worker = startWorker(table, entras);
  } catch (error) {
    // The package refuses such a table at the start.
    if (error instanceof TypeError || error instanceof HalfDeclaredError) return;
    throw error;
  }
  const code = readModule({ default: worker.exported });
  if (code === undefined || code.problem !== undefined) return;
  const policy = createPolicy(code, worker.environment);
  const rules = choice.many(rulesPerTable, rulesPerTable, () => createRule(choice, table));
  const results = decideRules(policy, rules, { asksAboutTenants: false, asksGraph: false });
  const add = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  const report = (what: object) => differences.push({ seed, table, ...what });
  for (const { rule, verdict } of results) {
    add(`${table.code.kind}${table.hasCustomers ? " with customers" : ""} ${verdict.outcome}`);
    if (verdict.outcome !== "broken") continue;
    for (const counterexample of verdict.counterexamples) {
      const { method, path, message, authority = defaultAuthority, claims, status } = counterexample;
      const [, tool] = message?.split("/") ?? [];
      const issuing = authority === customers ? entras.customers : entras.default;
      const token = claims && (await issuing.token(describeToken(claims)));
      const answer = await worker.send(method, path, token, tool === undefined ? undefined : callTool(tool));
      add(tool === undefined ? "replays" : "replays of messages");
      const isAsPredicted = status === 200 ? answer.status < 400 || isAdmitted(answer) : answer.status === status;
      if (!isAsPredicted) report({ rule, counterexample, answer });
    }
  }
  const proved = results.flatMap(({ rule, verdict }) => (verdict.outcome === "proved" ? [rule] : []));
  const tokenOf = createTokens(entras);
  for (let count = 0; count < requestsPerTable; count += 1) {
    const created = createRequest(choice, table.code);
    const request: AskedRequest = created.body === undefined ? created : changeMessage(choice, created);
    const made = createCaller(choice);
    const caller = made && readCaller(made, table, entras);
    if (!isPresumed(caller, table) || request.path.includes("?")) continue;
    const token = caller && (await tokenOf(caller));
    const answer = await worker.send(request.method, request.path, token, request.body);
    add(request.tool === undefined ? "requests" : "messages");
    for (const rule of proved) {
      add("checks");
      if (breaks(rule, request, caller, answer)) report({ rule, request, caller, answer });
    }
  }
}

const callTool = (name: string) => createMessage("tools/call", { name: name === "*" ? "other" : name });

/** A message that names no tool, or one that calls a tool. */
function changeMessage({ chance, one }: Choice, request: RequestSpec): AskedRequest {
  const tool = one(toolNames);
  return chance(0.2) ? request : { ...request, body: callTool(tool), tool };
}

/** Whether a caller is one that rules are about: with a valid token that is not revoked, of an allowed tenant. */
function isPresumed(caller: CallerSpec | undefined, { variables: { ENTRA_ALLOWED_TENANTS: allowed } }: TableSpec) {
  const isForeign = caller?.tenant === directory.fabrikam.id && allowed === undefined;
  return caller === undefined || (!caller.isRevoked && caller.defect === "none" && !isForeign);
}

/** Whether the gate admitted a caller whom something behind the guard may then have refused. */
function isAdmitted({ event, reason = "" }: Answer): boolean {
  return event === "allowed" || event === "reported" || /^(?:origin|mcp)_/.test(reason);
}

function describeToken(claims: Readonly<Record<string, unknown>>) {
  const { idtyp, groups = [], roles = [], tid } = claims;
  const isForeign = tid === directory.fabrikam.id;
  return {
    roles: roles as readonly string[],
    // The issuer of the token is that of its tenant.
    ...(isForeign && { tenant: "fabrikam", ...(idtyp === "user" && { persona: "outsider" }) }),
    ...(idtyp === "app" ? { client: "daemon" } : { groups: groups as readonly string[] }),
    claims,
  };
}

/** The caller with the authority and the tenant that the token has. */
function readCaller(caller: CallerSpec, { hasCustomers }: TableSpec, { customers: other }: Entras): CallerSpec {
  if (!hasCustomers || caller.authority !== customers) return { ...caller, authority: defaultAuthority };
  return { ...caller, tenant: other.variables.ENTRA_CUSTOMERS_TENANT_ID };
}

function createRule(choice: Choice, { code, hasCustomers }: TableSpec): PolicyRule {
  const { chance, one, many } = choice;
  const kind = one<RuleKind>(["never", "only", "only", "public", "always"]);
  const who = chance(0.3) ? [one<RuleOptions>([{}, { kind: "app" }, { kind: "user" }])] : createNeed(choice);
  const hasTools = code.kind === "gate" && code.parts.some((part) => part.kind === "mcp");
  const requests = many(1, 2, (): RequestPattern => {
    if (hasTools && kind !== "public" && chance(0.5)) {
      const message = ["tools", one(["*", ...toolNames])] as const;
      return { text: `POST /mcp ${message.join("/")}`, method: "POST", path: "/mcp", message };
    }
    const [method, path] = [one(["*", "*", ...methods]), one(rulePaths)];
    return { text: `${method} ${path}`, method, path, message: undefined };
  });
  const known = hasCustomers ? who : withoutCustomers(who);
  return { name: "a rule", line: 1, kind, who: kind === "public" ? [] : known, requests };
}

/** Whether an answer contradicts a rule. It shares no code with the rules. */
function breaks(
  rule: PolicyRule,
  { method, path, tool }: AskedRequest,
  caller: CallerSpec | undefined,
  answer: Answer,
): boolean {
  const isAbout = rule.requests.some((pattern) => {
    const isMethod =
      pattern.method === "*" || pattern.method === method || (pattern.method === "GET" && method === "HEAD");
    const named = pattern.message?.[1];
    const isMessage = named === undefined || (tool !== undefined && ["*", tool].includes(named));
    return isMethod && isMessage && matches(pattern.path, path);
  });
  const isThrough =
    caller === undefined
      ? answer.status < 400 && answer.event === undefined
      : answer.event !== "refused" && answer.status < 400;
  if (rule.kind === "public") return !isAbout && caller === undefined && isThrough && !isOwn(method, path);
  if (!isAbout) return false;
  const isAmong = caller !== undefined && rule.who.some((who) => isOneOf(who, caller));
  if (rule.kind === "only") return isThrough && !isAmong;
  if (rule.kind === "never") return isAmong && isThrough;
  // Other spellings get 404. The path `/x` is one of them beside a route `/X`.
  const isPlain = /^(?:\/[a-z0-9]+)+$|^\/$/.test(path) && answer.route !== "near-miss";
  return isAmong && isPlain && answer.event === "refused" && !isAdmitted(answer);
}

const isOwn = (method: string, path: string) => method === "OPTIONS" || path.startsWith("/.well-known/");

function matches(pattern: string, path: string): boolean {
  const [parts, segments] = [pattern, path].map((text) => text.split("/").slice(1)) as [string[], string[]];
  if (parts.at(-1) === "*") {
    const fixed = parts.slice(0, -1);
    const isRoot = fixed.length === 0 || segments.length >= fixed.length;
    return isRoot && fixed.every((part, index) => isSegment(part, segments[index] ?? ""));
  }
  return parts.length === segments.length && parts.every((part, index) => isSegment(part, segments[index] ?? ""));
}

const isSegment = (part: string, segment: string) => (part.startsWith(":") ? segment !== "" : part === segment);

function isOneOf(who: RuleOptions, caller: CallerSpec): boolean {
  const all = (held: readonly string[], wanted: readonly string[] = []) => wanted.every((name) => held.includes(name));
  const one = (held: readonly string[], wanted?: readonly string[]) =>
    wanted === undefined || wanted.some((name) => held.includes(name));
  return (
    one([caller.authority], who.from) &&
    (who.kind === undefined || who.kind === caller.kind) &&
    all(caller.scopes, who.scopes) &&
    one(caller.scopes, who.anyScope) &&
    all(caller.roles, who.roles) &&
    one(caller.roles, who.anyRole) &&
    all(caller.groups, who.groups) &&
    one(caller.groups, who.anyGroup) &&
    all(caller.acrs, who.acrs) &&
    one([caller.client], who.clients) &&
    one([caller.tenant], who.tenants) &&
    (who.agent === undefined || (who.agent === "only") === caller.isAgent)
  );
}
