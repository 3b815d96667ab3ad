import { escapeCell } from "../common/markdown.ts";
import { type Paint, showText } from "../common/terminal.ts";
import { type Change, type ChangedSide, type ChangeKind, changeKinds } from "./compare.ts";
import type { Finding } from "./findings.ts";
import type { ProjectChange } from "./project-change.ts";

const styles = {
  open: "red",
  weaker: "red",
  unknown: "yellow",
  elsewhere: "yellow",
  stronger: "green",
  gone: "dim",
  new: "dim",
} as const satisfies Record<ChangeKind, Parameters<Paint>[0]>;

/** A finding, and whether `--accept` names it. */
export interface JudgedFinding extends Finding {
  readonly accepted: boolean;
}

const unchanged = "The same callers are admitted to every request.";

/** Writes findings for a terminal. */
export function renderFindings(
  findings: readonly JudgedFinding[],
  notCompared: readonly string[],
  paint: Paint,
): string {
  const found =
    findings.length === 0
      ? [unchanged]
      : [...findings.flatMap((finding) => [...renderFinding(finding, paint), ""]), countChanges(findings)];
  return [...found, ...notCompared.map(describeNotCompared)].join("\n");
}

const describeNotCompared = (text: string) => `Not compared: ${showText(text)}.`;

function renderFinding({ change, name, accepted }: JudgedFinding, paint: Paint): readonly string[] {
  const { before, after, admitted, refused } = describeSides(change);
  return [
    `${paint(["bold", styles[change.kind]], listEffects(change).join(" and "))}  ${showText(name)}${accepted ? "  (accepted)" : ""}`,
    `  before    ${before}`,
    `  now       ${after}`,
    ...(admitted === undefined ? [] : [`  admitted  for example ${showText(admitted)}`]),
    ...(refused === undefined ? [] : [`  refused   for example ${showText(refused)}`]),
  ];
}

/** All effects of a change: a requirement can become weaker and stronger, and the origin can change too. */
export function listEffects(change: Change | ProjectChange): readonly ChangeKind[] {
  const { kind } = change;
  if ("subject" in change) return [kind, ...change.also];
  const isStronger = change.refused !== undefined && (kind === "weaker" || kind === "elsewhere");
  const isMoved = change.after.origin !== undefined && kind !== "elsewhere";
  return [kind, ...(isStronger ? (["stronger"] as const) : []), ...(isMoved ? (["elsewhere"] as const) : [])];
}

/** What a change has on each side, as text for a terminal, and examples of callers. */
function describeSides(change: Change | ProjectChange) {
  if ("subject" in change) return { before: showText(change.before), after: showText(change.after) };
  const { before, after, admitted, refused } = change;
  return { before: describeSide(before, change), after: describeSide(after, change), admitted, refused };
}

function describeSide({ route, callers, origin }: ChangedSide, { request }: Change): string {
  const by = route === request || route === "unlisted" ? "" : `, as ${route}`;
  return showText(`${callers}${by}${origin === undefined ? "" : `, to the origin ${origin}`}`);
}

/** Writes findings as a table for a pull request. */
export function writeMarkdown(findings: readonly JudgedFinding[], notCompared: readonly string[]): string {
  const rows = findings.map(({ change, name, accepted }) => {
    const { before, after, admitted } = describeSides(change);
    const kind = `${listEffects(change).join(" and ")}${accepted ? " (accepted)" : ""}`;
    const now = after + (admitted === undefined ? "" : `; for example ${showText(admitted)}`);
    const cells = [kind, before, now].map(escapeCell);
    return `| ${cells.toSpliced(1, 0, writeCode(name)).join(" | ")} |`;
  });
  const found =
    rows.length === 0
      ? [unchanged]
      : ["| change | request | before | now |", "|---|---|---|---|", ...rows, "", countChanges(findings)];
  return [...found, ...notCompared.flatMap((text) => ["", escapeCell(describeNotCompared(text))])].join("\n");
}

/** In code, only these end a cell or the code. */
function writeCode(text: string): string {
  return `\`${showText(text).replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s/g, " ")}\``;
}

function countChanges(findings: readonly Finding[]): string {
  const counts = changeKinds.flatMap((kind) => {
    const count = findings.filter(({ change }) => change.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return `Changes: ${counts.join(", ")}.`;
}
