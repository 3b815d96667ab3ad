import { findClientAddress } from "../../http/client-address.ts";

/** The address by which the facade counts. Callers without a known address share one count. */
export function readClientAddress({ request, env }: { readonly request: Request; readonly env: unknown }): string {
  return findClientAddress(request, env) ?? "unknown";
}
