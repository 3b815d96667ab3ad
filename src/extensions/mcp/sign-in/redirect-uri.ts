import * as limits from "../../../base/common/limits.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import { checkRedirectUri } from "../facade/redirect-uri.ts";
import { readHostName } from "./host-name.ts";

/** Loopback, where any program of the computer can listen on any port (RFC 8252 section 7.3). */
const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=\/|$)/;

/**
 * Whether a client may name a redirect URI: https elsewhere than at the gate, http on loopback, or the private-use
 * scheme of an app with `//`. A page of the gate's own address could pass the code on.
 */
export function isUsable(uri: unknown, { addresses }: Pick<GateSetup, "addresses">): uri is string {
  if (typeof uri !== "string" || uri.length > limits.facadeSealedBytes) return false;
  // Entra would not accept all of loopback, but only the gate's own callback is registered there.
  const asRegistrable = uri.replace(loopback, "http://localhost");
  const url = URL.parse(uri);
  if (url === null || checkRedirectUri(asRegistrable) !== undefined) return false;
  if (url.href !== uri && url.href !== `${uri}/`) return false;
  const { protocol, origin } = url;
  const own = [...(addresses ?? [])];
  if (protocol !== "https:") return !own.includes(origin);
  return !own.some((address) => readHostName(new URL(address)) === readHostName(url));
}

/** Whether a redirect URI is in a list. Ports of loopback do not count. All else is compared byte for byte. */
export function isIncluded(uri: string, uris: readonly string[]): boolean {
  const plain = removePort(uri);
  return uris.some((each) => removePort(each) === plain);
}

function removePort(uri: string): string {
  return uri.replace(loopback, "http://$1");
}
