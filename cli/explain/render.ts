import { describeDenial, type Refusal } from "../../src/cli-exports/gate.ts";
import { cookieVariableOf } from "../../src/cli-exports/policy.ts";
import { type Paint, showText, showValue } from "../common/terminal.ts";
import { unnamedOrigin } from "../project/gate-code.ts";
import type { Cause, Check, ConcernedRule, Destination, Explanation } from "./facts/explanation.ts";
import type { Recognized } from "./recognize.ts";

/** Where the input of an explanation comes from. */
export interface ExplanationContext {
  /** Sources of the configuration, for example files. */
  readonly sources: readonly string[];
  readonly keys: string;
  /** Failures to fetch keys. */
  readonly problems: readonly string[];
}

/** An explanation with the caller's response, as `--json` prints it. */
export interface ExplanationReport extends Explanation, ExplanationContext {
  readonly answer?: Refusal;
}

export function describeExplanation(explanation: Explanation, context: ExplanationContext): ExplanationReport {
  const { verdict } = explanation;
  const denial = "denial" in verdict ? verdict.denial : undefined;
  return { ...explanation, ...context, ...(denial && { answer: describeDenial(denial) }) };
}

export function renderRecognized({ what, cause }: Recognized, paint: Paint): string {
  return [what, "", ...renderCause(cause, paint)].join("\n");
}

const marks = { passed: "✓", failed: "✗", unknown: "?", "not-reached": "·" } as const;
const styles = { passed: "green", failed: "red", unknown: "yellow", "not-reached": "dim" } as const;
const nameColumn = 24;

/** Renders an explanation for a terminal: the verdict, the cause and the fix, then every check. */
export function renderExplanation(report: ExplanationReport, paint: Paint): string {
  const { causes, checks, sources, keys, problems, destination, verdict, rules } = report;
  const [cause, ...others] = causes;
  return [
    ...renderVerdict(report, paint),
    ...(cause ? ["", ...renderCause(cause, paint)] : []),
    ...(others.length > 0
      ? ["", paint("bold", "Also wrong"), ...others.map(({ title }) => `  ${showText(title)}`)]
      : []),
    "",
    `${paint("bold", "Checks, in the gate's order")}  configuration: ${showText(sources.join(", "))}; keys: ${showText(keys)}`,
    ...checks.flatMap((check) => renderCheck(check, paint)),
    ...problems.map((problem) => `  keys: ${showValue(problem)}`),
    ...(destination ? ["", ...renderDestination(destination, verdict, paint)] : []),
    ...(rules === undefined ? [] : ["", ...renderRules(rules, paint)]),
    ...renderCaution(report, paint),
  ].join("\n");
}

function renderVerdict({ verdict, answer }: ExplanationReport, paint: Paint): readonly string[] {
  if (verdict.outcome === "allowed") {
    const allowed = paint(["bold", "green"], "Allowed");
    if (verdict.reported === undefined) return [allowed];
    return [
      `${allowed}  in report mode, despite ${verdict.reported.reason}`,
      "The origin sees the reason in X-Entra-Reported. With GATE_MODE=enforce this request would be refused.",
    ];
  }
  if (verdict.outcome === "no-route") {
    const { status, reason, allow } = verdict;
    const named = reason === undefined ? [] : [reason];
    return [
      [paint(["bold", "red"], "No route"), ...named].join("  "),
      `The caller got ${status === 404 ? "404 Not Found" : "405 Method Not Allowed"}${allow ? `, Allow: ${allow.join(", ")}` : ""}.`,
    ];
  }
  if (verdict.outcome === "unknown")
    return [`${paint(["bold", "yellow"], "Could not tell")}  ${showText(verdict.because)}`];
  const { reason, ...members } = verdict.denial;
  const present = Object.entries(members).filter(([, value]) => value !== undefined);
  const details = present.map(([name, value]) => `${name}=${showValue(value)}`);
  return [
    [paint(["bold", "red"], "Refused"), reason, ...details].join("  "),
    ...(answer ? [`The caller got ${showText(describeResponse(answer))}.`] : []),
  ];
}

function renderDestination(
  { origin, cookies, text }: Destination,
  { outcome }: Explanation["verdict"],
  paint: Paint,
): readonly string[] {
  const head = outcome === "allowed" ? "Origin" : "Origin if admitted";
  const variable = cookieVariableOf(origin === unnamedOrigin ? undefined : origin);
  const said = { forward: "forwarded both ways", strip: "dropped both ways" };
  return [
    `${paint("bold", head)}  ${showText(text)}`,
    ...(cookies ? [`${paint("bold", "Cookies")}  ${said[cookies]} (${variable})`] : []),
  ];
}

function renderRules(rules: readonly ConcernedRule[], paint: Paint): readonly string[] {
  if (rules.length === 0)
    return [`${paint("bold", "Rules")}  none of them is broken, also if the gate admitted the request`];
  return [
    paint("bold", "Rules"),
    ...rules.map(({ name, file, line, isBroken }) => {
      const what = isBroken
        ? paint("red", "broken by this request")
        : "would be broken if the gate admitted this request";
      return `  ${showText(file)}:${line}  ${showText(name)}: ${what}`;
    }),
  ];
}

/** Status and challenge as one phrase: `401 Unauthorized, error="invalid_token"`. */
export function describeResponse({ status, title, challenge }: Refusal): string {
  const { error, scopes, claims } = challenge ?? {};
  return [
    `${status} ${title}`,
    ...(error ? [`error="${error}"`] : []),
    ...(scopes ? [`scope="${scopes.join(" ")}"`] : []),
    ...(claims ? [`claims ${claims}`] : []),
  ].join(", ");
}

function renderCause({ title, fix, note, link }: Cause, paint: Paint): readonly string[] {
  return [
    paint("bold", showText(title)),
    ...fix.map((step, index) => `  ${index + 1}. ${showText(step)}`),
    ...(note === undefined ? [] : [`  ${showText(note)}`]),
    paint("dim", `  ${link.startsWith("https:") ? link : `npx entra-gate docs ${link}`}`),
  ];
}

function renderCheck({ name, state, found, hidden, expected, note }: Check, paint: Paint): readonly string[] {
  const head = `  ${paint(styles[state], `${marks[state]} ${name.padEnd(nameColumn)}`)}`;
  const indent = " ".repeat(nameColumn + 4);
  const notes = (note ?? "")
    .split("\n")
    .filter((line) => line !== "")
    .map(showText);
  if (state === "not-reached") return [`${head}${paint("dim", notes[0] ?? "not reached")}`];
  const shown = hidden ? "(hidden)" : found === undefined || found === "" ? undefined : showValue(found);
  const lines =
    state === "passed"
      ? [...(shown !== undefined && !hidden ? [shown] : []), ...notes]
      : [
          ...(shown === undefined ? [] : [`found     ${shown}`]),
          ...(expected === undefined ? [] : [`expected  ${showText(expected)}`]),
          ...notes,
        ];
  const [first = "", ...rest] = lines;
  return [`${head}${first}`, ...rest.map((line) => `${indent}${line}`)];
}

function renderCaution({ signature, checks, keys }: ExplanationReport, paint: Paint): readonly string[] {
  if (keys === "none") {
    return [
      "",
      paint(["bold", "yellow"], "NOT VERIFIED"),
      "  The signature was not checked, so any claim in this token can be forged.",
    ];
  }
  if (signature === "held" || !checks.some(({ hidden }) => hidden)) return [];
  return ["", "Claims are hidden, because the signature is not verified. --unsafe shows them."];
}
