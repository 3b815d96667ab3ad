import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { readInput } from "../common/input-file.ts";
import { writeOutput } from "../common/output-file.ts";
import { withProgress } from "../common/progress.ts";
import { createPaint, print, printError, showJson } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { readDomain } from "../compile/command.ts";
import { renderFaults } from "../decisions/case-file.ts";
import { createPolicy, readRoutes } from "../decisions/policy.ts";
import { decideRules, type RuleResult } from "../decisions/rules.ts";
import { checkRead, type GateCode } from "../project/gate-code.ts";
import { loadConfiguredCode } from "../project/load-gate.ts";
import { readSettings, requireVariables, type Settings } from "../project/settings.ts";
import { findGaps } from "./coverage.ts";
import type { definition } from "./definition.ts";
import { writeJunit } from "./junit.ts";
import { createMatrix, renderMatrix, writeCsv } from "./matrix.ts";
import { type CaseCaller, readCases } from "./read-cases.ts";
import { renderGaps, renderResults, writeResultsMarkdown } from "./render.ts";
import { renderRules, writeRulesMarkdown } from "./render-rules.ts";
import { differs, type Replay, replayAll } from "./replay.ts";
import { type CaseResult, runCases } from "./run-cases.ts";
import { createTrialGate } from "./trial-gate.ts";

type TestOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate test`.
 *
 * @param file of cases
 * @throws UsageError
 */
export async function runTest(file: string, options: TestOptions): Promise<ExitCode> {
  const { matrix, coverage, junit, json, replay, format } = options;
  const read = readCases(readInput(file), matrix !== undefined);
  if ("faults" in read) {
    if (json) print(showJson({ faults: read.faults }));
    else printError(renderFaults(file, read.faults));
    return exitCodes.usage;
  }
  const settings = readSettings(process.cwd(), process.env, options);
  const code = await withProgress("Loading the worker", () => loadCode(settings, options));
  if (code.environment === undefined) requireVariables(settings);
  const gate = createTrialGate(code, settings.environment);
  const policy = createPolicy(code, settings.environment);
  if ((matrix !== undefined || coverage) && gate.table.routes.length === 0) {
    const option = coverage ? "--coverage" : "--matrix";
    throw new UsageError(`${option} needs routes, and the gate has none. Declare routes, or omit the option`);
  }
  if (matrix !== undefined) {
    const made = await createMatrix(gate, policy, listCallers(read.callers, read.cases));
    print(json ? showJson(made) : matrix === "csv" ? writeCsv(made) : renderMatrix(made));
    return exitCodes.good;
  }
  const { isTenantAllowed, groups } = code.options;
  const decided = await withProgress("Deciding the rules", async () =>
    decideRules(policy, read.rules, {
      asksAboutTenants: isTenantAllowed !== undefined,
      asksGraph: groups !== undefined,
    }),
  );
  const results = await withProgress("Sending the requests", () => runCases(gate, read.cases));
  const replays = replay ? await replayAll(code, settings.environment, decided) : [];
  const gaps = coverage ? findGaps(gate.table, results) : [];
  if (junit !== undefined) writeOutput("--junit", junit, writeJunit(file, results, decided, replays));
  if (json) print(showJson({ results, rules: decided, ...(replay && { replays }), gaps }));
  else print(renderAll(format, results, decided, replays, file));
  if (gaps.length > 0 && !json) printError(renderGaps(gaps));
  if (decided.some(({ mistakes }) => mistakes.length > 0)) return exitCodes.usage;
  const isGood = results.every(({ passed }) => passed) && gaps.length === 0 && !replays.some(differs);
  if (!isGood || decided.some(({ verdict }) => verdict.outcome === "broken")) return exitCodes.bad;
  return decided.some(({ verdict }) => verdict.outcome === "unknown") ? exitCodes.unknown : exitCodes.good;
}

function renderAll(
  format: TestOptions["format"],
  results: readonly CaseResult[],
  rules: readonly RuleResult[],
  replays: readonly Replay[],
  file: string,
): string {
  const paint = createPaint(process.stdout);
  const parts =
    format === "markdown"
      ? [
          ...(results.length > 0 ? [writeResultsMarkdown(results)] : []),
          ...(rules.length > 0 ? [writeRulesMarkdown(rules, replays)] : []),
        ]
      : [
          ...(results.length > 0 ? [renderResults(results, file, paint)] : []),
          ...(rules.length > 0 ? [renderRules(rules, replays, file, paint)] : []),
        ];
  return parts.join("\n\n");
}

async function loadCode(settings: Settings, { routes, tenant = [], scope: scopes }: TestOptions): Promise<GateCode> {
  if (routes !== undefined)
    return readRoutes(routes, { environment: settings.environment, domains: new Map(tenant.map(readDomain)), scopes });
  const code = await loadConfiguredCode(settings);
  const fixes = [code.fix, "name a module of routes with --routes"];
  checkRead({ ...code, fix: fixes.filter((fix) => fix !== undefined).join("; or ") });
  return code;
}

/** Callers with a name, or else those of the cases. */
function listCallers(named: readonly CaseCaller[], cases: readonly { readonly caller: CaseCaller }[]) {
  if (named.length > 0) return named;
  const inline = cases.flatMap(({ caller }) => (caller.token === undefined ? [] : [caller]));
  return [...new Map(inline.map((caller) => [caller.label, caller])).values()];
}
