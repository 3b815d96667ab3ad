import type { Call } from "./call.ts";

/**
 * Finds the client's address in a place that clients cannot forge: a header that only Cloudflare's network sets, or the
 * connection on other platforms. Deno passes it in place of the environment.
 *
 * @returns for IPv6 the first 64 bits, which belong to one customer; `undefined` if the platform passes no address
 */
export function findClientAddress({
  request,
  env,
  platform,
}: Pick<Call, "request" | "env" | "platform">): string | undefined {
  const address = isCloudflare()
    ? request.headers.get("cf-connecting-ip")
    : (readRemoteAddress(platform) ?? readRemoteAddress(env));
  if (typeof address !== "string" || address === "") return undefined;
  // An IPv4 address in IPv6 notation.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return plain.includes(":") ? shorten(plain) : plain;
}

function isCloudflare(): boolean {
  return typeof navigator !== "undefined" && navigator.userAgent === "Cloudflare-Workers";
}

function readRemoteAddress(connection: unknown): unknown {
  return (connection as { remoteAddr?: { hostname?: unknown } } | null | undefined)?.remoteAddr?.hostname;
}

/** Returns the first four of eight groups. */
function shorten(address: string): string {
  const [front = "", back] = address.toLowerCase().split("::");
  const groups = front.split(":").filter((group) => group !== "");
  const rest = (back ?? "").split(":").filter((group) => group !== "");
  const zeros = back === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  return [...groups, ...Array<string>(zeros).fill("0"), ...rest]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
