import { setsClientAddress } from "../common/runtime.ts";
import type { Call } from "./call.ts";
import type { TlsProxy } from "./tls-proxy.ts";

/**
 * Finds the client's address in a place that clients cannot forge: a header that only Cloudflare's network sets, the
 * entry that the operator's own proxy appends to `X-Forwarded-For`, or the connection. Deno passes it in place of the
 * environment.
 *
 * @param tlsProxy the proxy that ends TLS in front of the process; the connection is then its own
 * @returns for IPv6 the first 64 bits, which belong to one customer; `undefined` if there is no address
 */
export function findClientAddress(
  { request, env, platform }: Pick<Call, "request" | "env" | "platform">,
  tlsProxy: TlsProxy | undefined,
): string | undefined {
  const address =
    tlsProxy !== undefined
      ? readForwardedFor(request.headers.get("x-forwarded-for"), tlsProxy)
      : setsClientAddress()
        ? request.headers.get("cf-connecting-ip")
        : (readRemoteAddress(platform) ?? readRemoteAddress(env));
  if (typeof address !== "string" || address === "") return undefined;
  // An IPv4 address in IPv6 notation.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return plain.includes(":") ? shorten(plain) : plain;
}

/** An IPv4 address, an IPv6 address in brackets, each with or without a port; or an IPv6 address alone. */
const forwardedNode = /^(?:([\d.]+|\[[\da-f:.]+\])(?::\d{1,5})?|([\da-f]*:[\da-f:.]*))$/i;

/**
 * Reads one entry of `X-Forwarded-For`. Callers can send the entries before it.
 *
 * @returns `undefined` if there are fewer entries, or if it is not an address
 */
function readForwardedFor(list: string | null, { hops }: TlsProxy): string | undefined {
  let rest = list ?? "";
  for (let left = hops; left > 1; left -= 1) {
    const comma = rest.lastIndexOf(",");
    if (comma === -1) return undefined;
    rest = rest.slice(0, comma);
  }
  const [, host = "", alone] = forwardedNode.exec(rest.slice(rest.lastIndexOf(",") + 1).trim()) ?? [];
  const text = alone === undefined ? host : `[${alone}]`;
  // The parser also reads shorter forms of IPv4, and octal numbers.
  const parsed = URL.parse(`http://${text}/`)?.hostname;
  if (text.startsWith("[")) return parsed === undefined ? undefined : text.slice(1, -1);
  return parsed === text ? text : undefined;
}

function readRemoteAddress(connection: unknown): unknown {
  return (connection as { remoteAddr?: { hostname?: unknown } } | null | undefined)?.remoteAddr?.hostname;
}

/** Returns the first four of eight groups. */
function shorten(address: string): string {
  const [groups = [], rest] = address
    .toLowerCase()
    .split("::")
    .map((part) => part.split(":").filter(Boolean));
  const zeros = rest === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array<string>(zeros).fill("0"), ...(rest ?? [])]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
