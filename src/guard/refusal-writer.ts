import { describeDenial } from "../common/refusal.ts";
import { writeProblem } from "../http/problem.ts";
import type { LoggedCall } from "./decision-log.ts";
import type { Refused } from "./guard.ts";
import type { GateSetup } from "./setup.ts";

/** The log of refusals, and the sign-in page for challenges. */
export type RefusalSetup = Pick<GateSetup, "record" | "authorizationUri">;

/**
 * Refuses a call. The caller gets the class of the denial and the log its exact reason, both with the same ID.
 *
 * @param id ID of the request
 */
export function writeRefusal(
  { record, authorizationUri }: RefusalSetup,
  refused: Refused,
  call: LoggedCall,
  id: string = crypto.randomUUID(),
): Response {
  const refusal = describeDenial(refused.denial);
  record({ event: "refused", ...refused, call, status: refusal.status, id });
  return writeProblem(refusal, id, authorizationUri);
}
