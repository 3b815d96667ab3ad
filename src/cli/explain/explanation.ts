import type { Denial } from "../../denial.ts";

/** What the gate would do with a request, as far as can be told. */
export type Verdict =
  | {
      readonly outcome: "allowed";
      /** Why policy would have refused, where report mode lets the request through. */
      readonly reported?: Denial;
    }
  | { readonly outcome: "refused"; readonly denial: Denial }
  | { readonly outcome: "unknown"; readonly because: string; readonly denial?: Denial };

export type CheckState = "passed" | "failed" | "unknown" | "not-reached";

/** One check of the gate, in its place. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  readonly denial?: Denial;
  /** What the token or the request says there; absent where it says nothing, or where it is hidden. */
  readonly found?: unknown;
  /** The token says something there that is not shown, because nobody has vouched for it. */
  readonly hidden?: true;
  readonly expected?: string;
  readonly note?: string;
}

/** Something that is wrong, in the words of Entra's own portal. */
export interface Cause {
  /** Names the cause for programs: `v1-token`. */
  readonly id: string;
  readonly title: string;
  /** What to do, one step each. */
  readonly fix: readonly string[];
  /** Section of docs/reference/reasons.md, or a page of Microsoft's. */
  readonly link: string;
}

export interface Explanation {
  readonly verdict: Verdict;
  /** All checks in the gate's order; the first that failed is its verdict. */
  readonly checks: readonly Check[];
  /** The true cause first, then what else is wrong. */
  readonly causes: readonly Cause[];
  readonly signature: "held" | "failed" | "unchecked";
}
