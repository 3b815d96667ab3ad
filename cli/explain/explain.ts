import { type Denial, isReportable } from "../../src/cli-exports/gate.ts";
import { createAuthority, describeFault, type Environment, readConfig } from "../../src/cli-exports/policy.ts";
import { type Place, spellRepair } from "../common/spelling.ts";
import { isAnswered, isSpelling, listBroken } from "../decisions/rule.ts";
import { type GateCode, type RouteTable, tableOf } from "../project/gate-code.ts";
import { findRequirements, walkAccess } from "./access.ts";
import { findDestination } from "./destination.ts";
import { describeNoRoute, diagnose } from "./diagnose.ts";
import type { Check, Explanation, Verdict } from "./facts/explanation.ts";
import type { Facts, Question } from "./facts/facts.ts";
import { createRecorder } from "./recorder.ts";
import { type Guarded, walkRequest } from "./request.ts";
import { walkToken } from "./token.ts";
import type { ExplainTools } from "./tools.ts";

/** The gate to explain. */
export interface ExplainSetup extends GateCode {
  readonly environment: Environment;
  /** Whether it runs on Cloudflare Workers. */
  readonly onWorkers: boolean;
  /** Whether it is a deployed environment, whose secrets are not visible here. */
  readonly deployed?: boolean;
  /** File in which to write a repair of the configuration. */
  readonly place?: Place;
  /** Names environments of Wrangler that were not read. */
  readonly otherEnvironments?: string | undefined;
}

/**
 * Explains how the gate would answer a request and why, with the gate's own code and in its order.
 *
 * @param question credential and request
 * @returns the verdict, all checks, and the causes; never throws for input that a caller can send
 */
export async function explain(question: Question, setup: ExplainSetup, tools: ExplainTools): Promise<Explanation> {
  const { environment, onWorkers, options, problem, place = { sources: new Map() }, otherEnvironments } = setup;
  const table = tableOf(setup);
  const read = readConfig(environment, table.createContext(onWorkers));
  if (!read.ok) {
    const denial: Denial = { reason: "misconfigured" };
    const faults = read.error.map((fault) => spellRepair(describeFault(fault), place));
    const note = [...faults, ...(otherEnvironments === undefined ? [] : [otherEnvironments])].join("\n");
    const checks: readonly Check[] = [{ name: "configuration", state: "failed", denial, note }, ...describeCode(setup)];
    return {
      verdict: { outcome: "refused", denial },
      checks,
      causes: [diagnose(denial, undefined)],
      signature: "unchecked",
    };
  }
  const facts: Facts = {
    config: read.value,
    authority: createAuthority(read.value),
    options,
    nowSeconds: Math.floor(tools.io.now() / 1_000),
    question,
  };
  const recorder = createRecorder(facts);
  recorder.checks.push(...describeCode(setup));
  const guarded = walkRequest(recorder, table);
  if (guarded?.mistake !== undefined) {
    const denial: Denial = { reason: "misconfigured" };
    recorder.checks.push({ name: "route", state: "failed", denial, found: facts.route, note: guarded.mistake });
  }
  if (guarded?.access?.kind === "public") {
    const note = [facts.routeNote, "public: no token is required"].filter(Boolean).join("; ");
    recorder.checks.push({ name: "route", state: "passed", found: facts.route, note });
  } else if (guarded !== undefined && (guarded.access?.kind !== "absent" || question.request === undefined)) {
    const requirements = findRequirements(facts, guarded.access);
    await walkToken(recorder, tools);
    await walkAccess(recorder, guarded.access, requirements, tools, problem);
  }
  if (facts.noRoute !== undefined) {
    const note = facts.routeNote === undefined ? {} : { note: facts.routeNote };
    recorder.checks.push({ name: "route", state: "failed", found: facts.route, ...note });
  }
  const vouched = recorder.signature === "held" || tools.unsafe === true;
  // Without a token, or where the gate reads none, the rules tell nothing about a token.
  const isOpen = question.authorization === null || guarded?.access?.kind === "public";
  const verdict = decideVerdict(recorder.checks, guarded, facts);
  const denials = recorder.checks.flatMap(({ denial }) => denial ?? []);
  const causes = new Map(denials.map((denial) => diagnose(denial, facts)).map((cause) => [cause.id, cause]));
  return {
    verdict,
    checks: vouched ? recorder.checks : recorder.checks.map((check) => hide(check, recorder.claimChecks)),
    causes: verdict.outcome === "no-route" ? [describeNoRoute(verdict), ...causes.values()] : [...causes.values()],
    signature: recorder.signature,
    ...(guarded && { destination: findDestination(guarded, facts, setup) }),
    ...(guarded && (vouched || isOpen) && findRules(verdict, guarded, table, facts, tools)),
  };
}

/** Finds the rules that the verdict breaks, and those that the request would break if the gate admitted it. */
function findRules(
  { outcome }: Verdict,
  { route }: Guarded,
  table: RouteTable,
  { config, path, question, identity }: Facts,
  { rules }: ExplainTools,
): Pick<Explanation, "rules"> {
  if (rules === undefined || path === undefined || question.request === undefined) return {};
  const { file, all } = rules;
  const isDeclared = route && (table.routes.some(({ name }) => name === route.name) || isAnswered(table, route));
  const isSpelled = route !== undefined && isSpelling({ path }, route, isDeclared === true);
  const request = { method: question.request.method, path, isSpelled, identity };
  const authorities = config.authorities.map(({ name }) => name);
  const isOwn = route === undefined || route.isOwn === true;
  const describe = (isAdmitted: boolean, isBroken: boolean) =>
    listBroken(all, request, authorities, isAdmitted)
      .filter(({ kind }) => kind !== "public" || !isOwn)
      .map(({ name, line }) => ({ name, file, line, isBroken }));
  const isRefused = outcome === "refused" || outcome === "no-route";
  return { rules: [...describe(true, outcome === "allowed"), ...(isRefused ? describe(false, true) : [])] };
}

/** A check that shows why the routes are unknown. */
function describeCode({ problem }: GateCode): readonly Check[] {
  return problem === undefined ? [] : [{ name: "code", state: "unknown", note: problem }];
}

/**
 * The first failed check is the verdict, unless report mode admits the caller. A check that could not be made only
 * prevents the verdict that the request is allowed.
 */
function decideVerdict(checks: readonly Check[], guarded: Guarded | undefined, { noRoute, identity }: Facts): Verdict {
  const denial = checks.find(({ state }) => state === "failed")?.denial;
  if (guarded?.undecided !== undefined)
    return { outcome: "unknown", because: guarded.undecided, ...(denial && { denial }) };
  const access = guarded?.mode === "report" ? guarded.access : undefined;
  const isReported = denial && access && identity && isReportable(denial, access, identity);
  if (denial !== undefined && !isReported) return { outcome: "refused", denial };
  const open = checks.find(({ state }) => state === "unknown");
  if (open === undefined && noRoute !== undefined)
    return { outcome: "no-route", ...noRoute, ...(denial && { reported: denial }) };
  if (open === undefined) return { outcome: "allowed", ...(denial && { reported: denial }) };
  const because = open.note ?? `${open.name} could not be checked`;
  return { outcome: "unknown", because, ...(open.denial && { denial: open.denial }) };
}

function hide(check: Check, claimChecks: ReadonlySet<string>): Check {
  if (check.found === undefined || !claimChecks.has(check.name)) return check;
  const { found: _, ...rest } = check;
  return { ...rest, hidden: true };
}
