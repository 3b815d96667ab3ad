import type { Result } from "../../../src/cli-exports/common.ts";
import type { Denial, GateOptions, Identity, JsonObject, Reason } from "../../../src/cli-exports/gate.ts";
import type { Authority, Config, KeySource, Requirement } from "../../../src/cli-exports/policy.ts";
import type { NoRoute } from "../../project/gate-code.ts";

/** The request to explain. */
export interface Question {
  /** Value of the `Authorization` header; `null` if absent. */
  readonly authorization: string | null;
  /** If absent, any request that matches no route. */
  readonly request?: {
    readonly method: string;
    /** As sent: dot segments and encodings matter. A path alone is for the first address in GATE_URL. */
    readonly url: string;
  };
}

/** What is known so far. The signature must be verified before anything from the token is trusted. */
export interface Facts {
  /** With the members of the authority to which the token belongs; of the default one if it belongs to none. */
  config: Config;
  authority: Authority;
  readonly options: GateOptions;
  readonly nowSeconds: number;
  readonly question: Question;
  route?: string;
  /** Normal form of the request's path, once the gate has read it. */
  path?: string;
  /** How the app answers, if it has no route for the request. */
  noRoute?: NoRoute;
  /** What applies to the request, if the route does not show it. */
  routeNote?: string;
  /** Whether the query parameter `access_token` belongs to the route. */
  ownsAccessTokenParameter?: boolean;
  requirement?: Requirement | undefined;
  /** Whether the gate asks Microsoft Graph for groups of the requirement; `undefined` if it needs none from there. */
  graph?: "asked" | "spared" | undefined;
  token?: string;
  header?: JsonObject;
  claims?: JsonObject;
  source?: KeySource;
  identity?: Identity;
  /** Whether the kid names a key of this API alone. */
  keyOfApp?: boolean;
}

/** A check of the gate as `explain` shows it. */
export interface Step {
  readonly name: string;
  owns(denial: Denial, facts: Facts): boolean;
  found?(facts: Facts): unknown;
  expected?(facts: Facts): string;
  note?(facts: Facts): string | undefined;
  /** Why the result is unknown, although the gate's code found no failure. */
  undecided?(facts: Facts): string | undefined;
  /** The checked value is a claim, which is hidden until the signature is verified. */
  readonly claim?: true;
}

/** Creates a step's `owns` for denials with these reasons. */
export const owning =
  (...reasons: readonly Reason[]) =>
  ({ reason }: Denial) =>
    reasons.includes(reason);

/** Result of a part of the gate: all failures, if the part can continue after one. */
export interface Walk<S, T> {
  readonly failures: readonly Denial[];
  readonly state: S;
  readonly value: T | undefined;
}

/** An upper bound: every part of the gate has fewer checks. */
const failuresMaximum = 24;

/**
 * Runs a part of the gate repeatedly. After each failure it repairs the state, to find the next failure.
 *
 * @param run the gate's own code
 * @param repair returns the state without that failure; `undefined` if it cannot continue
 */
export async function walk<S, T>(
  start: S,
  run: (state: S) => Result<T, Denial> | Promise<Result<T, Denial>>,
  repair: (denial: Denial, state: S) => S | undefined,
): Promise<Walk<S, T>> {
  const failures: Denial[] = [];
  let state = start;
  while (failures.length < failuresMaximum) {
    const result = await run(state);
    if (result.ok) return { failures, state, value: result.value };
    failures.push(result.error);
    const repaired = repair(result.error, state);
    if (repaired === undefined) break;
    state = repaired;
  }
  return { failures, state, value: undefined };
}
