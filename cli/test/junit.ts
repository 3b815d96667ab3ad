import type { RuleResult } from "../decisions/rules.ts";
import { describeMismatch } from "./render.ts";
import { describeVerdict } from "./render-rules.ts";
import type { Replay } from "./replay.ts";
import type { CaseResult } from "./run-cases.ts";

/**
 * Writes results as JUnit XML, which CI systems read. A rule that is unknown or mistaken is an error, so that no system
 * counts it as passed.
 *
 * @param file name of the file of cases
 */
export function writeJunit(
  file: string,
  results: readonly CaseResult[],
  rules: readonly RuleResult[],
  replays: readonly Replay[],
): string {
  const countRules = (outcome: RuleResult["verdict"]["outcome"]) =>
    rules.filter(({ verdict }) => verdict.outcome === outcome).length;
  const failures = results.filter(({ passed }) => !passed).length + countRules("broken");
  const seconds = (milliseconds: number) => (milliseconds / 1_000).toFixed(3);
  const total = seconds(results.reduce((sum, { milliseconds }) => sum + milliseconds, 0));
  const counts = `tests="${results.length + rules.length}" failures="${failures}" errors="${countRules("unknown") + countRules("mistaken")}" time="${total}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${escapeXml(file)}" ${counts}>`,
    ...results.flatMap((result) => {
      const { policyCase, response, passed, milliseconds } = result;
      const start = `    <testcase name="${escapeXml(policyCase.name)}" classname="${escapeXml(response.route)}" file="${escapeXml(file)}" line="${policyCase.line}" time="${seconds(milliseconds)}"`;
      if (passed) return [`${start}/>`];
      const [message = "", ...more] = describeMismatch(result);
      return [
        `${start}>`,
        `      <failure message="${escapeXml(message)}">${escapeXml(more.join("\n"))}</failure>`,
        "    </testcase>",
      ];
    }),
    ...rules.flatMap((result) => {
      const { rule, verdict } = result;
      const start = `    <testcase name="${escapeXml(rule.name)}" classname="rules" file="${escapeXml(file)}" line="${rule.line}" time="0.000"`;
      if (verdict.outcome === "proved") return [`${start}/>`];
      const [message = "", ...more] = describeVerdict(result, replays);
      const element = verdict.outcome === "broken" ? "failure" : "error";
      return [
        `${start}>`,
        `      <${element} message="${escapeXml(message)}">${escapeXml(more.join("\n"))}</${element}>`,
        "    </testcase>",
      ];
    }),
    "  </testsuite>",
    "</testsuites>",
    "",
  ].join("\n");
}

/** Escapes a text for XML 1.0, which has no control characters and no lone surrogates. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\x20-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"\n]/g, (character) => `&#${character.charCodeAt(0)};`);
}
