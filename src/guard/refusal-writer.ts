import { describeDenial } from "../common/refusal.ts";
import type { Call } from "../http/call.ts";
import { writeProblem } from "../http/problem.ts";
import type { Refused } from "./guard.ts";
import type { GateSetup } from "./setup.ts";

/** The part of a refused call that is logged. */
export type LoggedCall = Pick<Call, "background" | "target" | "route">;

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
  recordRefusal(record, refused, call, refusal.status, id);
  return writeProblem(refusal, id, authorizationUri);
}

/**
 * Records a refusal that another part responds to, or that has no response.
 *
 * @param refused its denial has the reason code, and the members that the log shows with it
 * @param status of the response; `undefined` if there is none
 */
export function recordRefusal(
  record: GateSetup["record"],
  { denial, caller }: Pick<Refused, "caller"> & { readonly denial: { readonly reason: string } },
  { background, target, route }: LoggedCall,
  status: number | undefined,
  id?: string,
): void {
  const { identity, keys } = caller ?? {};
  const known = { ...(id !== undefined && { id }), ...(status !== undefined && { status }) };
  record({ event: "refused", ...known, method: target.method, route: route?.name, denial, identity, keys }, background);
}
