import { isLoopback } from "../../base/http/loopback.ts";
import type { AuthorityConfig } from "./authority.ts";
import type { Serving } from "./serving.ts";
import type { VariableReader } from "./variables.ts";

/**
 * Reads GATE_URL: the origins (scheme, host and port) that the gate serves.
 *
 * Cloudflare sends a Worker only requests for hosts of its zone. On other platforms the caller chooses the host, so
 * GATE_URL is required there. It is not required if all authorities are local, which is for development only.
 *
 * @param serving `undefined` if another framework serves the requests; GATE_URL is then optional
 * @returns origins in the form of `URL.origin`; `undefined` if the gate serves every host
 */
export function readAddresses(
  reader: VariableReader,
  authorities: readonly AuthorityConfig[],
  serving: Serving | undefined,
): ReadonlySet<string> | undefined {
  const items = reader.listOf("GATE_URL", (item) =>
    isAddress(item) ? undefined : "which is not an https origin (scheme, host, optional port)",
  );
  if (items === undefined && serving?.onWorkers === false && !reader.isFaulty("GATE_URL", "ENTRA_AUTHORITY")) {
    const isLocal = authorities.every(({ authority }) => authority && isLoopback(new URL(authority).hostname));
    if (!isLocal) reader.fault("GATE_URL", "is required outside Cloudflare Workers, where callers choose the host");
  }
  return items && new Set(items.flatMap((item) => URL.parse(item)?.origin ?? []));
}

function isAddress(item: string): boolean {
  const url = URL.parse(item);
  if (url === null || url.href !== `${url.origin}/` || url.hostname.includes("*")) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}
