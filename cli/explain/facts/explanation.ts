import type { Denial } from "../../../src/cli-exports/gate.ts";
import type { OriginCookies } from "../../../src/cli-exports/policy.ts";
import type { NoRoute } from "../../project/gate-code.ts";

/** How the gate would answer a request, if that can be decided. */
export type Verdict =
  | {
      readonly outcome: "allowed";
      /** Why policy would have refused a request that report mode allows. */
      readonly reported?: Denial;
    }
  | { readonly outcome: "refused"; readonly denial: Denial }
  /** The app has no route for the request, and says so itself. */
  | ({ readonly outcome: "no-route"; readonly reported?: Denial } & NoRoute)
  | { readonly outcome: "unknown"; readonly because: string; readonly denial?: Denial };

export type CheckState = "passed" | "failed" | "unknown" | "not-reached";

/** One check of the gate. */
export interface Check {
  readonly name: string;
  readonly state: CheckState;
  readonly denial?: Denial;
  /** The checked value; absent if there is none, or if it is hidden. */
  readonly found?: unknown;
  /** The value is not shown, because the token is not verified. */
  readonly hidden?: true;
  readonly expected?: string;
  readonly note?: string;
}

/** A cause, in the words of Entra's portal. */
export interface Cause {
  /** Name of the cause for programs: `v1-token`. */
  readonly id: string;
  readonly title: string;
  /** What to do, in steps. */
  readonly fix: readonly string[];
  /** A fact that belongs to it, and is no step. */
  readonly note?: string;
  /**
   * What `entra-gate docs` prints, such as `reference/reasons#scope_missing`, or the address of a page of Microsoft.
   */
  readonly link: string;
}

/** Where a request goes that the gate admits. */
export interface Destination {
  /** Name of the origin, `ORIGIN` for the one without a name; absent if the request goes to none, or it is unknown. */
  readonly origin?: string;
  /** Address of the origin, with its base path. */
  readonly url?: string;
  /** Name of the binding that carries the request. */
  readonly binding?: string;
  /** Whether callers and the origin exchange cookies; absent if the request goes to none, or it is unknown. */
  readonly cookies?: OriginCookies;
  /** The same for people, or why the request goes to no origin. */
  readonly text: string;
}

/** A rule of a file of cases that the request breaks, or would break if the gate admitted it. */
export interface ConcernedRule {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  /** Whether the verdict breaks it. */
  readonly isBroken: boolean;
}

export interface Explanation {
  readonly verdict: Verdict;
  /** All checks in the gate's order. The first failed one is its verdict. */
  readonly checks: readonly Check[];
  /** The cause of the verdict first, then other causes. */
  readonly causes: readonly Cause[];
  readonly signature: "held" | "failed" | "unchecked";
  /** Absent if the gate refuses the request before it looks for a route. */
  readonly destination?: Destination;
  /** Absent without a file of rules, or if the caller is not known. */
  readonly rules?: readonly ConcernedRule[];
}
