import { isLoopback } from "../http/loopback.ts";
import type { Serving } from "./serving.ts";
import type { VariableReader } from "./variables.ts";

const urlExample = "GATE_URL=https://api.contoso.com";

/**
 * Reads GATE_URL: the origins (scheme, host and port) that requests may be addressed to.
 *
 * Cloudflare hands a worker only requests for hosts of its zone. Everywhere else the caller chooses the host, so GATE_URL is
 * required there. A local Entra, whose tokens anybody can get, is for development: no other host than loopback is needed.
 *
 * @param authority ENTRA_AUTHORITY, where it is set
 * @param serving `undefined` where another framework serves requests: GATE_URL is then never required
 * @returns origins as `URL.origin` writes them; `undefined` where requests for any host are answered
 */
export function readAddresses(
  reader: VariableReader,
  authority: string | undefined,
  serving: Serving | undefined,
): ReadonlySet<string> | undefined {
  const items = reader.listOf(
    "GATE_URL",
    urlExample,
    isAddress,
    "which is no https origin: a scheme, a host and a port",
  );
  const isFaulty = reader.faults.some(({ variable }) => variable === "GATE_URL" || variable === "ENTRA_AUTHORITY");
  const isLocal = authority !== undefined && isLoopback(new URL(authority).hostname);
  if (items === undefined && serving?.onWorkers === false && !isLocal && !isFaulty) {
    reader.fault("GATE_URL", "is missing: outside Cloudflare Workers the caller chooses the host", urlExample);
  }
  return items && new Set(items.flatMap((item) => URL.parse(item)?.origin ?? []));
}

function isAddress(item: string): boolean {
  const url = URL.parse(item);
  if (url === null || url.href !== `${url.origin}/` || url.hostname.includes("*")) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}
