import type { Denial } from "../common/denial.ts";
import { readAddress } from "./path.ts";

/** A proxy that ends TLS in front of the process (GATE_TLS_PROXY). No one else can reach the process. */
export interface TlsProxy {
  /** Addresses of GATE_URL, by the values of `Host` that name them, in lower case. */
  readonly origins: ReadonlyMap<string, string>;
  /** Position of the client's address in `X-Forwarded-For`, counted from the end. */
  readonly hops: number;
}

/** Where a request behind the proxy is addressed. */
export interface Located {
  /** Address of GATE_URL, the first one if the request names none. */
  readonly origin: string;
  /** Index at which the path starts in the request's URL; -1 if there is no path, or if a header could have made it. */
  readonly pathStart: number;
  /** Why the request is refused, unless it is a probe. */
  readonly fault: Denial | undefined;
}

/**
 * Finds the address of GATE_URL that a request behind the proxy names in `Host`, and checks that the client used HTTPS.
 * The scheme and the authority of the URL are the caller's, or made from `Host`.
 *
 * @param url as the platform passes it
 * @param headers whose `Host`, if there is one, has the syntax of a host
 */
export function locateBehindProxy(url: string, headers: Headers, { origins }: TlsProxy): Located {
  const host = headers.get("host") ?? "";
  const origin = origins.get(host) ?? origins.get(host.toLowerCase());
  const pathStart = findPathStart(url, host);
  let fault: Denial | undefined;
  if (host === "" || pathStart === undefined) fault = { reason: "message_ambiguous" };
  else if (origin === undefined) fault = { reason: "host_not_served" };
  else fault = checkForwardedProto(headers.get("x-forwarded-proto"));
  const [first] = origins.values();
  return { origin: (origin ?? first) as string, pathStart: pathStart ?? -1, fault };
}

/**
 * @returns -1 if there is no path; `undefined` if the request line or `:authority` has another authority than `Host`
 */
function findPathStart(url: string, host: string): number | undefined {
  // Without a usable Host, the URL of a request in Bun is only its path.
  if (host === "") return url.startsWith("/") ? 0 : (readAddress(url)?.pathStart ?? -1);
  const usual = `http://${host}/`;
  if (url.startsWith(usual)) return usual.length - 1;
  const address = readAddress(url);
  const isSame = address !== undefined && readAddress(`${address.protocol}//${host}/`)?.host === address.host;
  return isSame ? address.pathStart : undefined;
}

function checkForwardedProto(value: string | null): Denial | undefined {
  if (value === "https") return undefined;
  const forwardedProto = value === null ? "absent" : value.includes(",") ? "repeated" : "other";
  return { reason: "plaintext_transport", forwardedProto };
}
