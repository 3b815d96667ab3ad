import { describeNoRoute, diagnose } from "../explain/diagnose.ts";
import { explain } from "../explain/explain.ts";
import type { Cause } from "../explain/facts/explanation.ts";
import { takeKeysFromAuthority } from "../explain/keys.ts";
import { describeAccess } from "../project/describe-access.ts";
import { readPolicySettings } from "../project/policy-settings.ts";
import type { CaseCaller, PolicyCase } from "./read-cases.ts";
import type { TrialGate, TrialResponse } from "./trial-gate.ts";

/** The result of a case. */
export interface CaseResult {
  readonly policyCase: PolicyCase;
  readonly response: TrialResponse;
  readonly passed: boolean;
  readonly milliseconds: number;
  /** Why the gate refused a request of a case with another response, as `explain` says. */
  readonly cause?: Cause;
  /** Who may send the request of a case with another response, if the gate allowed it. */
  readonly callers?: string;
}

/** Sends the requests of all cases, one after another. */
export async function runCases(gate: TrialGate, cases: readonly PolicyCase[]): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  for (const policyCase of cases) results.push(await runCase(gate, policyCase));
  return results;
}

async function runCase(gate: TrialGate, policyCase: PolicyCase): Promise<CaseResult> {
  const { method, path, caller, expect } = policyCase;
  const startMs = performance.now();
  const token = await issue(gate, caller);
  const response = await gate.send(method, path, token);
  const milliseconds = performance.now() - startMs;
  const isAnswered =
    response.status === expect.status && (expect.reason === undefined || response.reason === expect.reason);
  const passed = isAnswered && (expect.origin === undefined || response.origin === expect.origin);
  const result = { policyCase, response, passed, milliseconds };
  return isAnswered ? result : { ...result, ...(await findCause(gate, policyCase, token)) };
}

/** @returns the token of a caller; `undefined` for none */
export async function issue({ authority }: TrialGate, { token }: CaseCaller): Promise<string | undefined> {
  return token && authority.issue(token);
}

async function findCause(
  gate: TrialGate,
  { method, path }: PolicyCase,
  token: string | undefined,
): Promise<Pick<CaseResult, "cause" | "callers">> {
  const { code, io, base, table } = gate;
  const question = {
    authorization: token === undefined ? null : `Bearer ${token}`,
    request: { method, url: base + path },
  };
  const { verdict, causes } = await explain(
    question,
    { ...code, onWorkers: true },
    { io, keys: takeKeysFromAuthority(io) },
  );
  if (verdict.outcome === "refused") return { cause: causes[0] ?? diagnose(verdict.denial, undefined) };
  if (verdict.outcome === "no-route") return { cause: describeNoRoute(verdict) };
  const { access } = table.find(method, path.replace(/\?.*/s, ""));
  const { defaultRequirement, authorities } = readPolicySettings(code.environment, table.createContext(true));
  return access === undefined ? {} : { callers: describeAccess(access, defaultRequirement, authorities) };
}
