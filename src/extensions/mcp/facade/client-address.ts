import type { RequestContext } from "../../../app/part.ts";
import { findClientAddress } from "../../../base/http/client-address.ts";

/** The address by which the facade counts. Callers without a known address share one count. */
export function readClientAddress(context: Pick<RequestContext, "request" | "env" | "platform" | "setup">): string {
  return findClientAddress(context, context.setup.tlsProxy) ?? "unknown";
}
