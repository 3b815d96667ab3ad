import { type Paint, showText } from "../common/terminal.ts";
import { type Change, type ChangedSide, type ChangeKind, changeKinds } from "./compare.ts";

const styles = {
  open: "red",
  weaker: "red",
  unknown: "yellow",
  elsewhere: "yellow",
  stronger: "green",
  gone: "dim",
  new: "dim",
} as const satisfies Record<ChangeKind, Parameters<Paint>[0]>;

/** A change, and whether `--accept` names it. */
export interface JudgedChange extends Change {
  readonly accepted: boolean;
}

/** Writes changes for a terminal. */
export function renderChanges(changes: readonly JudgedChange[], paint: Paint): string {
  if (changes.length === 0) return "The same callers are admitted to every request.";
  return [...changes.flatMap((change) => [...renderChange(change, paint), ""]), countChanges(changes)].join("\n");
}

function renderChange(change: JudgedChange, paint: Paint): readonly string[] {
  const { kind, request, before, after, admitted, refused, accepted } = change;
  return [
    `${paint(["bold", styles[kind]], nameKind(change))}  ${showText(request)}${accepted ? "  (accepted)" : ""}`,
    `  before    ${describeSide(before, change)}`,
    `  now       ${describeSide(after, change)}`,
    ...(admitted === undefined ? [] : [`  admitted  for example ${showText(admitted)}`]),
    ...(refused === undefined ? [] : [`  refused   for example ${showText(refused)}`]),
  ];
}

/** A requirement can change both ways, and the origin with it. */
function nameKind({ kind, refused, after: { origin } }: Change): string {
  const isStronger = refused !== undefined && (kind === "weaker" || kind === "elsewhere");
  const isMoved = origin !== undefined && kind !== "elsewhere";
  return [kind, ...(isStronger ? ["stronger"] : []), ...(isMoved ? ["elsewhere"] : [])].join(" and ");
}

function describeSide({ route, callers, origin }: ChangedSide, { request }: Change): string {
  const by = route === request || route === "unlisted" ? "" : `, as ${route}`;
  return showText(`${callers}${by}${origin === undefined ? "" : `, to the origin ${origin}`}`);
}

/** Writes changes as a table for a pull request. */
export function writeMarkdown(changes: readonly JudgedChange[]): string {
  if (changes.length === 0) return "The same callers are admitted to every request.";
  const rows = changes.map((change) => {
    const { request, before, after, admitted, accepted } = change;
    const kind = `${nameKind(change)}${accepted ? " (accepted)" : ""}`;
    const now = describeSide(after, change) + (admitted === undefined ? "" : `; for example ${showText(admitted)}`);
    const cells = [kind, `\`${showText(request)}\``, describeSide(before, change), now];
    return `| ${cells.map(escapeCell).join(" | ")} |`;
  });
  return ["| change | request | before | now |", "|---|---|---|---|", ...rows, "", countChanges(changes)].join("\n");
}

/** Names in a policy must not end a cell, or become markup. */
function escapeCell(text: string): string {
  return text.replace(/[\\|<>[\]*_]/g, (character) => `\\${character}`).replace(/\s/g, " ");
}

function countChanges(changes: readonly Change[]): string {
  const counts = changeKinds.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return `Changes: ${counts.join(", ")}.`;
}
