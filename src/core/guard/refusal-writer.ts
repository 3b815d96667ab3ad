import { describeDenial } from "../../base/common/refusal.ts";
import { writeProblem } from "../../base/http/problem.ts";
import type { Access } from "../policy/rule.ts";
import { type Admitting, findSignIn } from "./authorities.ts";
import type { LoggedCall } from "./decision-log.ts";
import type { Refused } from "./guard.ts";
import type { GateSetup } from "./setup.ts";

/** The log of refusals, and the authorities, whose sign-in pages are in challenges. */
export type RefusalSetup = Admitting & Pick<GateSetup, "record">;

/**
 * Refuses a call. The caller gets the class of the denial and the log its exact reason, both with the same ID.
 *
 * @param access of the route, whose authority is in the challenge; without one, it is the default authority
 * @param id ID of the request
 */
export function writeRefusal(
  setup: RefusalSetup,
  refused: Refused,
  call: LoggedCall,
  access?: Access,
  id: string = crypto.randomUUID(),
): Response {
  const refusal = describeDenial(refused.denial);
  setup.record({ event: "refused", ...refused, call, status: refusal.status, id });
  return writeProblem(refusal, id, findSignIn(setup, access, refused.caller)?.authorizationUri ?? "");
}
