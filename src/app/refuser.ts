import type { Denial } from "../denial.ts";
import type { Io } from "../io.ts";
import { describeDenial } from "../refusal.ts";
import { writeProblem } from "./problem.ts";

/** What the log says of a refused request, beside the reason. Never a part of the token. */
export interface RefusalContext {
  readonly method: string;
  /** The route as it was declared; `undefined` where none was reached. */
  readonly route?: string | undefined;
  readonly tenant?: string | undefined;
  readonly client?: string | undefined;
  readonly authorizationUri: string;
  /** Of the request, where something else speaks of it too. */
  readonly id?: string;
}

/**
 * Refuses a request: the caller gets the class of the denial, the log its exact reason, and both the same id.
 *
 * @param io log
 */
export function refuse(io: Pick<Io, "log">, denial: Denial, context: RefusalContext): Response {
  const refusal = describeDenial(denial);
  const { authorizationUri, id = crypto.randomUUID(), ...said } = context;
  io.log({ event: "refused", id, status: refusal.status, ...denial, ...said });
  return writeProblem(refusal, id, authorizationUri);
}
