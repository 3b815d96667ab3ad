import type { Denial } from "../denial.ts";
import type { Background, Io } from "../io.ts";
import type { KeyLatency } from "../keys/key-store.ts";
import { describeDenial } from "../refusal.ts";
import type { Principal } from "../token/principal.ts";
import { createBareLog, type RecordDecision } from "./decision-log.ts";
import { writeProblem } from "./problem.ts";

/** What is known of a refused request beside the reason. */
export interface RefusalContext {
  readonly background: Background;
  readonly method: string;
  /** The route as it was declared; `undefined` where none was reached. */
  readonly route?: string | undefined;
  readonly principal?: Principal | undefined;
  readonly keys?: KeyLatency | undefined;
  readonly authorizationUri: string;
  /** Of the request, where something else speaks of it too. */
  readonly id?: string;
}

/**
 * Refuses a request: the caller gets the class of the denial, the log its exact reason, and both the same id.
 *
 * @param record the log of decisions
 */
export function refuse(record: RecordDecision, denial: Denial, context: RefusalContext): Response {
  const refusal = describeDenial(denial);
  const { background, method, route, principal, keys, authorizationUri, id = crypto.randomUUID() } = context;
  record({ event: "refused", id, status: refusal.status, method, route, denial, principal, keys }, background);
  return writeProblem(refusal, id, authorizationUri);
}

/** Refuses where there is no configuration to say how the log is kept. */
export function refuseUnconfigured(io: Io, method: string, route: string | undefined): Response {
  return refuse(
    createBareLog(io),
    { reason: "misconfigured" },
    { background: () => {}, method, route, authorizationUri: "" },
  );
}
