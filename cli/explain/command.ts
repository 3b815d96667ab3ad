import { type Io, type Result, succeed } from "../../src/cli-exports/common.ts";
import { createReader, type Environment } from "../../src/cli-exports/policy.ts";
import { readRevocationSource, readText } from "../../src/cli-exports/revocations.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { toCredential } from "../common/credential.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { readInput } from "../common/input-file.ts";
import { createNodeIo } from "../common/node-io.ts";
import { withProgress } from "../common/progress.ts";
import { readPasted } from "../common/read-token.ts";
import { createPaint, print, showJson } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { renderFaults } from "../decisions/case-file.ts";
import { readRuleFile } from "../decisions/read-rules.ts";
import { combineCallers } from "../decisions/rule.ts";
import { nameGroupsOf } from "../project/gate-code.ts";
import { loadConfiguredCode } from "../project/load-gate.ts";
import { describeOtherEnvironments, readSettings, requireVariables } from "../project/settings.ts";
import type { definition } from "./definition.ts";
import { explain } from "./explain.ts";
import type { Question } from "./facts/facts.ts";
import { type Keys, takeKeysFromAuthority, takeKeysFromText } from "./keys.ts";
import { findLocalGate } from "./local-gate.ts";
import { recognize } from "./recognize.ts";
import { describeExplanation, renderExplanation, renderRecognized } from "./render.ts";
import type { ExplainTools } from "./tools.ts";

type ExplainOptions = OptionsOf<typeof definition.options>;

const outcomes = {
  allowed: exitCodes.good,
  refused: exitCodes.bad,
  "no-route": exitCodes.bad,
  unknown: exitCodes.unknown,
} as const;

/**
 * `entra-gate explain`.
 *
 * @throws UsageError
 */
export async function runExplain(argument: string | undefined, options: ExplainOptions): Promise<ExitCode> {
  const { route, at, json, verify } = options;
  if (!verify && options.keys !== undefined) throw new UsageError("--keys and --no-verify cannot be used together");
  const request = route === undefined ? undefined : parseRoute(route);
  const atMs = at === undefined ? undefined : parseTime(at);
  const text = await readPasted(argument);
  const recognized = recognize(text);
  if (recognized !== undefined) {
    print(json ? showJson(recognized) : renderRecognized(recognized, createPaint(process.stdout)));
    return exitCodes.unknown;
  }
  const rules = options.rules === undefined ? undefined : readRules(options.rules, request !== undefined);
  const own = readSettings(process.cwd(), process.env, options);
  const ownCode = await withProgress("Loading the worker", () => loadConfiguredCode(own));
  const local = await findLocalGate(own, ownCode, options.entra);
  const codes = local === undefined ? [ownCode] : [ownCode, local.code];
  if (options.revocations !== undefined && !codes.some((each) => each.problem ?? each.options.revocations))
    throw new UsageError("--revocations has no effect: the gate does not have the option revocations");
  if (ownCode.environment === undefined && local === undefined) requireVariables(own);
  const problems: string[] = [];
  const io = createNodeIo(Date.now, (line) =>
    problems.push(String((line as { lastFailure?: unknown }).lastFailure ?? "")),
  );
  const keys = verify ? await findKeys(options.keys, takeKeysFromAuthority(io)) : undefined;
  const authorization = toCredential(text);
  const { settings, code } = local?.appliesTo(authorization) ? local : { settings: own, code: ownCode };
  const question: Question = { authorization, ...(request && { request }) };
  const subject = {
    ...settings,
    ...code,
    environment: code.environment ?? settings.environment,
    otherEnvironments: code.environment === undefined ? describeOtherEnvironments(settings) : undefined,
  };
  const list = code.options.revocations && (await findList(options.revocations, subject.environment, io));
  const tools = { io: { ...io, now: () => atMs ?? Date.now() }, keys, list, rules, unsafe: options.unsafe === true };
  const explanation = await withProgress("Checking the token", () => explain(question, subject, tools));
  const context = {
    sources: [...new Set(settings.sources.values())],
    keys: options.keys ?? (verify ? "the authority" : "none"),
    problems: problems.filter((problem) => problem !== ""),
  };
  const report = describeExplanation(explanation, context);
  print(json ? showJson(report) : renderExplanation(report, createPaint(process.stdout)));
  return outcomes[explanation.verdict.outcome];
}

/** Reads the rules of a file of cases. A token is then read with the groups that they name. */
function readRules(file: string, hasRoute: boolean): NonNullable<ExplainTools["rules"]> {
  if (!hasRoute) throw new UsageError(`--rules ${file} needs a request, such as --route "GET /orders/1"`);
  const read = readRuleFile(readInput(file, `--rules ${file}`));
  if ("faults" in read) throw new UsageError(`--rules ${file} has mistakes:`, renderFaults(file, read.faults));
  nameGroupsOf(read.map((rule) => combineCallers(rule, [])));
  return { file, all: read };
}

/** @returns `undefined` if the list is in KV, or the configuration does not say where it is */
async function findList(
  file: string | undefined,
  environment: Environment,
  io: Io,
): Promise<Result<string, string> | undefined> {
  if (file !== undefined) return succeed(readInput(file, `--revocations ${file}`));
  const source = readRevocationSource(createReader(environment));
  return source === undefined || "store" in source ? undefined : readText(io, source);
}

async function findKeys(file: string | undefined, authority: Keys): Promise<Keys> {
  if (file === undefined) return authority;
  const keys = await takeKeysFromText(readInput(file, `--keys ${file}`), Date.now());
  if (!keys.ok) throw new UsageError(`--keys ${file}: ${keys.error}`);
  return keys.value;
}

function parseRoute(route: string): NonNullable<Question["request"]> {
  const [, method, target] = /^([A-Za-z]+) +(\/\S*)$/.exec(route.trim()) ?? [];
  if (method === undefined || target === undefined) {
    throw new UsageError(`--route ${JSON.stringify(route)} must look like "GET /orders/1"`);
  }
  return { method, url: target };
}

function parseTime(text: string): number {
  const timeMs = /^\d{9,11}$/.test(text) ? Number(text) * 1_000 : Date.parse(text);
  if (Number.isNaN(timeMs))
    throw new UsageError(
      `--at ${text} must be an ISO 8601 time such as 2026-11-30T08:00:00Z, or seconds since the epoch`,
    );
  return timeMs;
}
