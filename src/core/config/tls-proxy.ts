import type { TlsProxy } from "../../base/http/tls-proxy.ts";
import type { VariableReader } from "./variables.ts";

/** Why GATE_TLS_PROXY cannot be used, and what to write instead. */
export interface TlsProxyObstacle {
  readonly problem: string;
  readonly fix: string;
}

const variable = "GATE_TLS_PROXY";
const hopsVariable = "GATE_TLS_PROXY_HOPS";

/** The obstacle on Workers. */
export const workersObstacle: TlsProxyObstacle = {
  problem: "cannot be used on Cloudflare Workers, where callers reach the gate directly",
  fix: `${variable}=false`,
};

/** The obstacle in a DaloyJS app. */
export const daloyObstacle: TlsProxyObstacle = {
  problem: "is not used with DaloyJS, which has its own option",
  fix: "new App({ trustProxy: true })",
};

/**
 * Reads GATE_TLS_PROXY and GATE_TLS_PROXY_HOPS: whether a proxy ends TLS in front of the process, and which entry of
 * `X-Forwarded-For` has the client's address.
 *
 * @param addresses of GATE_URL
 */
export function readTlsProxy(
  reader: VariableReader,
  addresses: ReadonlySet<string> | undefined,
  obstacle: TlsProxyObstacle | undefined,
): TlsProxy | undefined {
  const isUsed = reader.flag(variable);
  const hops = Number(reader.word(hopsVariable));
  if (!isUsed) {
    if (reader.names.includes(hopsVariable) && !reader.names.includes(variable))
      reader.fault(hopsVariable, `is only used with ${variable}`, reader.exampleOf(variable));
    return undefined;
  }
  if (obstacle !== undefined) reader.fault(variable, obstacle.problem, obstacle.fix);
  else if (!reader.isFaulty("GATE_URL")) checkAddresses(reader, addresses);
  return { origins: listHosts(addresses ?? []), hops };
}

function checkAddresses(reader: VariableReader, addresses: ReadonlySet<string> = new Set()): void {
  const urlExample = reader.exampleOf("GATE_URL");
  const plain = [...addresses].find((address) => !address.startsWith("https:"));
  if (plain !== undefined)
    reader.fault(variable, `requires https addresses, and GATE_URL contains ${plain}`, urlExample);
  else if (addresses.size === 0)
    reader.fault(variable, "requires GATE_URL, the addresses that callers use", urlExample);
}

/** Lists each value of `Host` that names an address. Some clients write the default port. */
function listHosts(addresses: Iterable<string>): ReadonlyMap<string, string> {
  return new Map(
    [...addresses].flatMap((address) => {
      const { host, port } = new URL(address);
      return (port === "" ? [host, `${host}:443`] : [host]).map((each) => [each, address] as const);
    }),
  );
}
