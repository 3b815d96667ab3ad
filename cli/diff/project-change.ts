import { type ChangeKind, changeKinds } from "./compare.ts";

/** A change of a project that is not one of single requests. */
export interface ProjectChange {
  readonly kind: ChangeKind;
  /** What it does besides. */
  readonly also: readonly ChangeKind[];
  /** What changes. A binding of a gate is a variable. */
  readonly subject: "variable" | "option" | "setting" | "worker" | "environment";
  /** Name in the file or in the code, such as `ENTRA_ALLOWED_CLIENTS`. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** What a change does, in any order. It is harmless if there is nothing. */
export type Effects = readonly ChangeKind[];

export const harmless: Effects = [];

/**
 * Creates a change that has effects.
 *
 * @returns an empty list without effects
 */
export function createChange(
  subject: ProjectChange["subject"],
  name: string,
  effects: Effects,
  before: string,
  after: string,
): readonly ProjectChange[] {
  const [kind, ...also] = changeKinds.filter((each) => effects.includes(each));
  return kind === undefined ? [] : [{ kind, also, subject, name, before, after }];
}

/** Compares the sets that two sides admit. `undefined` admits everything. */
export function compareSets(before: ReadonlySet<string> | undefined, after: ReadonlySet<string> | undefined): Effects {
  return [
    ...(isWithin(after, before) ? [] : (["weaker"] as const)),
    ...(isWithin(before, after) ? [] : (["stronger"] as const)),
  ];
}

function isWithin(small: ReadonlySet<string> | undefined, large: ReadonlySet<string> | undefined): boolean {
  return large === undefined || (small !== undefined && [...small].every((item) => large.has(item)));
}

/** Effects of something that refuses callers: without it, they are admitted. */
export function compareRefusing(before: string | undefined, after: string | undefined): Effects {
  if (before === after) return harmless;
  if (before === undefined) return ["stronger"];
  return after === undefined ? ["weaker"] : ["weaker", "stronger"];
}

/** Effects of something that admits callers: without it, they are refused. */
export function compareAdmitting(before: string | undefined, after: string | undefined): Effects {
  return compareRefusing(after, before);
}
