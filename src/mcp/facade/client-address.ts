import type { Call } from "../../http/call.ts";
import { findClientAddress } from "../../http/client-address.ts";

/** The address by which the facade counts. Callers without a known address share one count. */
export function readClientAddress(call: Pick<Call, "request" | "env" | "platform">): string {
  return findClientAddress(call) ?? "unknown";
}
