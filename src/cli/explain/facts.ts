import type { GateOptions } from "../../app/gate-options.ts";
import type { Authority, KeySource } from "../../authority/authority.ts";
import type { Config } from "../../config/config.ts";
import type { Denial } from "../../denial.ts";
import type { Requirement } from "../../policy/requirement.ts";
import type { Result } from "../../result.ts";
import type { JsonObject } from "../../token/json.ts";
import type { Principal } from "../../token/principal.ts";

/** The request whose answer is explained. */
export interface Question {
  /** Value of the `Authorization` header; `null` where there is none. */
  readonly authorization: string | null;
  /** Absent: any request that matches no route. */
  readonly request?: {
    readonly method: string;
    /** As it was sent: dot segments and encodings count. Without an address, it is for the first one in GATE_URL. */
    readonly url: string;
  };
}

/** What is known so far. Nothing from the token is trusted until its signature held. */
export interface Facts {
  readonly config: Config;
  readonly authority: Authority;
  readonly options: GateOptions;
  readonly nowSeconds: number;
  readonly question: Question;
  route?: string;
  /** What applies to the request, where that is not plain from the route. */
  routeNote?: string;
  /** Whether the query parameter `access_token` is the route's own. */
  ownsAccessTokenParameter?: boolean;
  requirement?: Requirement | undefined;
  token?: string;
  header?: JsonObject;
  claims?: JsonObject;
  source?: KeySource;
  principal?: Principal;
  /** The kid belongs to a key that the API has for itself. */
  keyOfApp?: boolean;
}

/** A check of the gate as `explain` shows it: which reasons are its own, and what it looks at. */
export interface Step {
  readonly name: string;
  owns(denial: Denial, facts: Facts): boolean;
  found?(facts: Facts): unknown;
  expected?(facts: Facts): string;
  note?(facts: Facts): string | undefined;
  /** What was found is a claim: hidden until the signature held. */
  readonly claim?: true;
}

/** What became of a part of the way: every failure, where the walk could go on past one. */
export interface Walk<S, T> {
  readonly failures: readonly Denial[];
  readonly state: S;
  readonly value: T | undefined;
}

/** No part of the gate has more checks. */
const failuresMaximum = 24;

/**
 * Runs a part of the gate again and again, each time past one more failure, to see what else is wrong.
 *
 * @param run the gate's own code
 * @param repair what the state would be without that failure; `undefined` where nothing more can be said
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
