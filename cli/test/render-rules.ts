import { escapeCell } from "../common/markdown.ts";
import { type Paint, showText } from "../common/terminal.ts";
import type { Counterexample, RuleResult } from "../decisions/rules.ts";
import { differs, type Replay } from "./replay.ts";

const marks = {
  proved: { style: "green", mark: "✓" },
  broken: { style: "red", mark: "✗" },
  unknown: { style: "yellow", mark: "?" },
  mistaken: { style: "red", mark: "!" },
} as const;

/** What the rules do not decide. */
const scope =
  "Rules decide whom the gate admits. Callers have a valid token of an allowed tenant, which is not revoked. Handlers, hooks, limits and the origin are not part of it.";

/** Writes what was decided about each rule, and an example of each route that breaks one. */
export function renderRules(
  results: readonly RuleResult[],
  replays: readonly Replay[],
  file: string,
  paint: Paint,
): string {
  return [
    ...results.flatMap((result) => {
      const { rule, verdict } = result;
      const place = verdict.outcome === "proved" ? "" : `  (${showText(file)}:${rule.line})`;
      const details = describeVerdict(result, replays).map((text) => `    ${showText(text)}`);
      const { style, mark } = marks[verdict.outcome];
      return [`${paint(style, mark)} ${showText(rule.name)}${place}`, ...details];
    }),
    "",
    countRules(results),
    scope,
  ].join("\n");
}

/** Writes what was decided as a table for a pull request. */
export function writeRulesMarkdown(results: readonly RuleResult[], replays: readonly Replay[]): string {
  const rows = results.map((result) => {
    const cells = [result.verdict.outcome, result.rule.name, describeVerdict(result, replays).join("; ")];
    return `| ${cells.map(escapeCell).join(" | ")} |`;
  });
  return ["| result | rule | details |", "|---|---|---|", ...rows, "", countRules(results), "", scope].join("\n");
}

/** Says why a rule is broken, unknown or mistaken. The first line is a summary. */
export function describeVerdict(result: RuleResult, replays: readonly Replay[]): readonly string[] {
  const mistakes = result.mistakes.map(({ problem, repair }) => `the rule ${problem}. ${repair}`);
  return [...describeOutcome(result, replays), ...mistakes];
}

function describeOutcome({ verdict, own = [] }: RuleResult, replays: readonly Replay[]): readonly string[] {
  if (verdict.outcome === "mistaken") return [];
  if (verdict.outcome === "unknown") {
    return verdict.unknowns.flatMap(({ what, settle }) => [`not known: ${what}`, `to decide it: ${settle}`]);
  }
  if (verdict.outcome === "proved") {
    return own.length === 0 ? [] : [`not counted: preflights, and the gate's own ${own.join(", ")}`];
  }
  return [
    ...verdict.counterexamples.flatMap((each) => [
      describeCounterexample(each),
      ...(each.claims === undefined ? [] : [`  claims: ${JSON.stringify(each.claims)}`]),
      ...replays.filter(({ counterexample }) => counterexample === each).map(describeReplay),
    ]),
    ...(verdict.further === undefined
      ? []
      : [`not shown: further routes that break the rule, ${verdict.further} in all`]),
    ...(verdict.note === undefined ? [] : [verdict.note]),
  ];
}

function describeCounterexample({ method, path, message, route, caller, status, reason }: Counterexample): string {
  const request = `${method} ${path}${message === undefined ? "" : ` ${message}`}`;
  const by = route === request ? "" : `, by ${route}`;
  return `${request}, ${caller}: ${status}${reason === undefined ? "" : ` ${reason}`}${by}`;
}

function describeReplay(replay: Replay): string {
  const { status } = replay;
  if (status === undefined) return "  replay: not sent, because no name is known that has no entry";
  if (!differs(replay)) return `  replay: the gate answered ${status}`;
  return `  replay: the gate answered ${status}. This is a fault of entra-gate test: please report it`;
}

function countRules(results: readonly RuleResult[]): string {
  const count = (outcome: RuleResult["verdict"]["outcome"]) =>
    results.filter(({ verdict }) => verdict.outcome === outcome).length;
  const mistaken = count("mistaken");
  return `Rules: ${count("proved")} proved, ${count("broken")} broken, ${count("unknown")} unknown${mistaken === 0 ? "" : `, ${mistaken} mistaken`}.`;
}
