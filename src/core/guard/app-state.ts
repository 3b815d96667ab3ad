import type { TraceHeaders } from "../../base/http/call.ts";

/**
 * Augment this interface with your own values: `declare module "entra-gate" { interface AppState { db: Database } }`.
 */
export interface AppState {
  /**
   * The trace of the request, as headers for your own requests to other servers, if the gate has the option `trace`.
   * With the option `spans`, the parent is the span of the request.
   *
   * @example
   * const response = await fetch("https://stock.contoso.example/items", { headers: { ...state.trace } });
   */
  readonly trace?: TraceHeaders;
}
