import { type Paint, showText } from "../common/terminal.ts";
import type { CoverageGap } from "./coverage.ts";
import type { CaseFault } from "./read-cases.ts";
import type { CaseResult } from "./run-cases.ts";

/** Writes the faults of a file of cases: where, what and how to correct it. */
export function renderFaults(file: string, faults: readonly CaseFault[]): string {
  return faults.map(({ line, problem, repair }) => showText(`${file}:${line}: ${problem}. ${repair}`)).join("\n");
}

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

/** Says what a failed case expected, what the gate answered, and why. The first line is a summary. */
export function describeMismatch({ policyCase, response, cause, callers }: CaseResult): readonly string[] {
  const { method, path, caller, expect } = policyCase;
  return [
    `expected ${nameResponse(expect)}, got ${nameResponse(response)}`,
    `request: ${method} ${path}, caller ${caller.label}, route ${response.route}`,
    ...(callers === undefined ? [] : [`who may call: ${callers}`]),
    ...(cause === undefined ? [] : [cause.title, ...cause.fix.map((step, index) => `  ${index + 1}. ${step}`)]),
    ...(cause?.note === undefined ? [] : [cause.note]),
  ];
}

function nameResponse({ status, reason }: { readonly status: number; readonly reason?: string | undefined }): string {
  return reason === undefined ? String(status) : `${status} ${reason}`;
}

/** Names the routes that the cases do not cover. */
export function renderGaps(gaps: readonly CoverageGap[]): string {
  return gaps
    .map(({ route, lacks }) => `${showText(route)} has no passed case of a request that is ${lacks.join(" or ")}.`)
    .join("\n");
}
