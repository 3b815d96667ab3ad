import { describeException } from "../cause.ts";
import type { Denial } from "../denial.ts";
import type { Call } from "../http/call.ts";
import { writeProblem } from "../http/problem.ts";
import { describeDenial } from "../refusal.ts";
import type { Caller } from "../token/authenticator.ts";
import type { GateSetup } from "./setup.ts";

/** What the log says of a refused call. */
export interface RefusedCall extends Pick<Call, "background" | "method" | "route"> {
  readonly caller: Caller | undefined;
}

/** Where refusals are recorded, and where callers are sent to sign in. */
export type RefusalSetup = Pick<GateSetup, "record" | "authorizationUri">;

/**
 * Refuses a call: the caller gets the class of the denial, the log its exact reason, and both the same id.
 *
 * @param id names the request
 */
export function refuse(
  { record, authorizationUri }: RefusalSetup,
  denial: Denial,
  call: RefusedCall,
  id: string = crypto.randomUUID(),
): Response {
  const refusal = describeDenial(denial);
  recordRefusal(record, denial, call, refusal.status, id);
  return writeProblem(refusal, id, authorizationUri);
}

/** Refuses a call because of what was thrown: its text is for the log alone. */
export function refuseException(setup: RefusalSetup, error: unknown, call: RefusedCall, id?: string): Response {
  return refuse(setup, describeException(error), call, id);
}

/**
 * Records a refusal that is answered elsewhere, or by nobody.
 *
 * @param denial reason code, and what else the log says of it
 * @param status of the response; `undefined` where there is none
 */
export function recordRefusal(
  record: GateSetup["record"],
  denial: { readonly reason: string },
  { background, method, route, caller }: RefusedCall,
  status: number | undefined,
  id?: string,
): void {
  const { principal, keys } = caller ?? {};
  const known = { ...(id !== undefined && { id }), ...(status !== undefined && { status }) };
  record({ event: "refused", ...known, method, route, denial, principal, keys }, background);
}
