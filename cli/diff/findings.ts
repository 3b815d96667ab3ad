import { type Change, changeKinds } from "./compare.ts";
import type { Comparison, EnvironmentComparison } from "./compare-projects.ts";
import type { ProjectChange } from "./project-change.ts";

/** A change, and the name by which `--accept` accepts it. */
export interface Finding {
  readonly change: Change | ProjectChange;
  readonly name: string;
  /** Absent if the change is the same in all environments that were compared. */
  readonly environment?: string;
}

/** What a comparison found. */
export interface Findings {
  readonly findings: readonly Finding[];
  readonly notCompared: readonly string[];
}

/** Names the changes of two files. */
export function nameChanges({ changes, notCompared }: Comparison): Findings {
  return { findings: sort(changes.map((change) => ({ change, name: nameOf(change) }))), notCompared };
}

/**
 * Names the changes of two projects. A change that is the same in all environments has one name. The name of any other
 * change begins with its environment: `production: ENTRA_ALLOWED_CLIENTS`.
 */
export function mergeEnvironments(compared: readonly EnvironmentComparison[]): Findings {
  const kept = compared.filter(({ changes }) => !changes.some(isRemoval));
  const isCommon = (text: string, list: (comparison: Comparison) => readonly string[]) =>
    kept.length > 0 && kept.every((each) => list(each).includes(text));
  const listKeys = ({ changes }: Comparison) => changes.map(keyOf);
  const findings = new Map<string, Finding>();
  const notCompared = new Map<string, readonly string[]>();
  for (const { env, changes, notCompared: others } of compared) {
    const environment = env === "" ? topLevel : env;
    for (const change of changes) {
      const own = compared.length === 1 || (!isRemoval(change) && isCommon(keyOf(change), listKeys));
      const name = own ? nameOf(change) : `${environment}: ${nameOf(change)}`;
      findings.set(`${name} ${keyOf(change)}`, { change, name, ...(!own && { environment }) });
    }
    for (const text of others) {
      const isEverywhere = isCommon(text, (comparison) => comparison.notCompared);
      notCompared.set(text, isEverywhere ? [] : [...(notCompared.get(text) ?? []), environment]);
    }
  }
  return {
    findings: sort([...findings.values()]),
    notCompared: [...notCompared].map(([text, names]) => (names.length === 0 ? text : `${text} (${names.join(", ")})`)),
  };
}

function sort(findings: readonly Finding[]): readonly Finding[] {
  const rank = ({ change }: Finding) => changeKinds.indexOf(change.kind);
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/** Equal changes differ at most in the callers that they name for example. */
function keyOf(change: Change | ProjectChange): string {
  if ("subject" in change) return JSON.stringify(change);
  const { admitted, refused, ...others } = change;
  return JSON.stringify([others, admitted === undefined, refused === undefined]);
}

const topLevel = "top level";

const isRemoval = (change: Change | ProjectChange) => "subject" in change && change.subject === "environment";

const nameOf = (change: Change | ProjectChange) => ("subject" in change ? change.name : change.request);
