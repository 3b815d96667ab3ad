import { escapeCell } from "../common/markdown.ts";
import { type Paint, showText } from "../common/terminal.ts";
import type { CoverageGap } from "./coverage.ts";
import type { PolicyCase } from "./read-cases.ts";
import type { CaseResult } from "./run-cases.ts";
import { allowedStatus, type TrialResponse } from "./trial-gate.ts";

/** Writes the result of each case, and the cause of each failure. */
export function renderResults(results: readonly CaseResult[], file: string, paint: Paint): string {
  const failed = results.filter(({ passed }) => !passed).length;
  return [
    ...results.flatMap((result) => {
      const { name, line } = result.policyCase;
      if (result.passed) return [`${paint("green", "✓")} ${showText(name)}`];
      const details = describeMismatch(result).map((text) => `    ${showText(text)}`);
      return [`${paint("red", "✗")} ${showText(name)}  (${showText(file)}:${line})`, ...details];
    }),
    "",
    `${results.length - failed} passed, ${failed} failed.`,
  ].join("\n");
}

/** Writes the results as a table for a pull request. */
export function writeResultsMarkdown(results: readonly CaseResult[]): string {
  const rows = results.map((result) => {
    const details = result.passed ? [] : describeMismatch(result);
    return `| ${[result.passed ? "passed" : "failed", result.policyCase.name, details.join("; ")].map(escapeCell).join(" | ")} |`;
  });
  return ["| result | case | details |", "|---|---|---|", ...rows].join("\n");
}

/** Says what a failed case expected, what the gate answered, and why. The first line is a summary. */
export function describeMismatch({ policyCase, response, cause, callers }: CaseResult): readonly string[] {
  const { method, path, caller, expect } = policyCase;
  return [
    `expected ${nameResponse(expect, expect)}, got ${nameResponse(response, expect)}`,
    `request: ${method} ${path}, caller ${caller.label}, route ${response.route}`,
    ...(callers === undefined ? [] : [`who may call: ${callers}`]),
    ...(cause === undefined ? [] : [cause.title, ...cause.fix.map((step, index) => `  ${index + 1}. ${step}`)]),
    ...(cause?.note === undefined ? [] : [cause.note]),
  ];
}

/** Names the origin of an allowed request if the case expects one. */
function nameResponse(
  { status, reason, origin }: Pick<TrialResponse, "status"> & Partial<TrialResponse>,
  expected: PolicyCase["expect"],
): string {
  const answer = reason === undefined ? String(status) : `${status} ${reason}`;
  if (expected.origin === undefined || status !== allowedStatus) return answer;
  return `${answer} from ${origin === undefined ? "no origin" : `the origin ${origin}`}`;
}

/** Names the routes that the cases do not cover. */
export function renderGaps(gaps: readonly CoverageGap[]): string {
  return gaps
    .map(({ route, lacks }) => `${showText(route)} has no passed case of a request that is ${lacks.join(" or ")}.`)
    .join("\n");
}
