/**
 * Address of the client, as the platform says it and no client can: on Cloudflare in a header that its network sets, on Deno
 * beside the request.
 *
 * @param request only on Cloudflare are its headers believed
 * @param env second argument of the fetch handler
 * @returns of an IPv6 address the first half, which is one customer's; `undefined` where nobody says
 */
export function findClientAddress(request: Request, env: unknown): string | undefined {
  const address = isCloudflare() ? request.headers.get("cf-connecting-ip") : readRemoteAddress(env);
  if (typeof address !== "string" || address === "") return undefined;
  // An IPv4 address in the form of the other family.
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return plain.includes(":") ? shorten(plain) : plain;
}

function isCloudflare(): boolean {
  return typeof navigator !== "undefined" && navigator.userAgent === "Cloudflare-Workers";
}

function readRemoteAddress(env: unknown): unknown {
  return (env as { remoteAddr?: { hostname?: unknown } } | undefined)?.remoteAddr?.hostname;
}

/** The first four of eight groups. */
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
