import { isIP, type LookupFunction } from "node:net";
import { UsageError } from "../common/usage-error.ts";

/** Address to connect to for each port of the host, in place of what DNS says. */
export type Addresses = ReadonlyMap<number, string>;

/**
 * Reads entries as curl has them, `HOST:PORT:ADDRESS`. An address of IPv6 may be in brackets.
 *
 * @param url whose host every entry names
 * @throws UsageError
 */
export function parseAddresses(entries: readonly string[], url: URL): Addresses {
  const addresses = new Map(
    entries.map((entry) => {
      const [, host = "", port = "", written = ""] = /^([^:]+|\[[^\]]+\]):(\d{1,5}):(.+)$/.exec(entry) ?? [];
      const address = written.replace(/^\[(.+)\]$/, "$1");
      if (isIP(address) === 0) {
        throw new UsageError(`--resolve ${entry}: write HOST:PORT:ADDRESS, such as ${url.hostname}:443:203.0.113.7`);
      }
      if (host.toLowerCase() !== url.hostname) {
        throw new UsageError(`--resolve ${entry} must name the host of the URL: ${url.hostname}:${port}:${written}`);
      }
      return [Number(port), address] as const;
    }),
  );
  const port = portOf(url);
  if (addresses.size > 0 && !addresses.has(port)) {
    throw new UsageError(`--resolve: no entry is for ${url.hostname}:${port}, the host and the port of the URL`);
  }
  return addresses;
}

/** @returns the address for the port of a URL, or that of another port: no request goes to an address that DNS names */
export function findAddress(addresses: Addresses, url: URL): string | undefined {
  const [first] = addresses.values();
  return addresses.get(portOf(url)) ?? first;
}

function portOf({ port, protocol }: URL): number {
  return Number(port || (protocol === "https:" ? "443" : "80"));
}

/** Answers in place of DNS. */
export function createLookup(address: string): LookupFunction {
  const family = isIP(address);
  return (_host, { all }, done) => (all ? done(null, [{ address, family }]) : done(null, address, family));
}
