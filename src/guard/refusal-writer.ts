import type { Denial } from "../common/denial.ts";
import { describeDenial } from "../common/refusal.ts";
import type { Call } from "../http/call.ts";
import { writeProblem } from "../http/problem.ts";
import type { Caller } from "../token/caller.ts";
import { describeException } from "./exception.ts";
import type { GateSetup } from "./setup.ts";

/** The part of a refused call that is logged. */
export interface RefusedCall extends Pick<Call, "background" | "method" | "route"> {
  readonly caller: Caller | undefined;
}

/** The log of refusals, and the sign-in page for challenges. */
export type RefusalSetup = Pick<GateSetup, "record" | "authorizationUri">;

/**
 * Refuses a call. The caller gets the class of the denial and the log its exact reason, both with the same ID.
 *
 * @param id ID of the request
 */
export function writeRefusal(
  { record, authorizationUri }: RefusalSetup,
  denial: Denial,
  call: RefusedCall,
  id: string = crypto.randomUUID(),
): Response {
  const refusal = describeDenial(denial);
  recordRefusal(record, denial, call, refusal.status, id);
  return writeProblem(refusal, id, authorizationUri);
}

/** Refuses a call because of an exception. Its message is logged and not sent. */
export function writeExceptionRefusal(setup: RefusalSetup, error: unknown, call: RefusedCall, id?: string): Response {
  return writeRefusal(setup, describeException(error), call, id);
}

/**
 * Records a refusal that another part responds to, or that has no response.
 *
 * @param denial reason code, and the members that the log shows with it
 * @param status of the response; `undefined` if there is none
 */
export function recordRefusal(
  record: GateSetup["record"],
  denial: { readonly reason: string },
  { background, method, route, caller }: RefusedCall,
  status: number | undefined,
  id?: string,
): void {
  const { identity, keys } = caller ?? {};
  const known = { ...(id !== undefined && { id }), ...(status !== undefined && { status }) };
  record({ event: "refused", ...known, method, route, denial, identity, keys }, background);
}
