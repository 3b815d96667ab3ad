import * as limits from "../../../base/common/limits.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import { readHostName } from "./host-name.ts";

/** Loopback, where any program of the computer can listen on any port (RFC 8252 section 7.3). */
const loopback = /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?=\/|$)/;
/** Schemes that belong to no app: those that URL parsers know, and those that browsers interpret themselves. */
const schemesOfBrowsers: readonly string[] = [
  ...["http:", "https:", "ws:", "wss:", "ftp:", "file:"],
  ...["javascript:", "data:", "blob:", "filesystem:", "view-source:", "vbscript:", "about:"],
];

/**
 * Describes what is wrong with a redirect URI.
 *
 * @returns `undefined` if it is a valid URI: https, http on loopback, or the private-use scheme of an app (RFC 8252
 *   section 7.1) with `//`, in the form that a URL parser writes
 */
export function checkRedirectUri(uri: unknown): string | undefined {
  const url = typeof uri === "string" ? URL.parse(uri) : null;
  if (typeof uri !== "string" || url === null) return "which is not a URI";
  if (url.hash !== "" || uri.includes("#")) return "which has a fragment";
  if (url.username !== "" || url.password !== "") return "which has a user name";
  if (url.href !== uri && url.href !== `${uri}/`) return `which clients can also write as ${url.href}`;
  if (url.protocol === "https:" || loopback.test(uri)) return undefined;
  if (!schemesOfBrowsers.includes(url.protocol) && uri.startsWith(`${url.protocol}//`)) return undefined;
  return "which is not https, http on loopback, or an app's own scheme with //";
}

/**
 * Whether a client may name a redirect URI: a valid one elsewhere than at the gate. A page of the gate's own address
 * could pass the code on.
 */
export function isUsable(uri: unknown, { addresses }: Pick<GateSetup, "addresses">): uri is string {
  if (typeof uri !== "string" || uri.length > limits.facadeSealedBytes) return false;
  if (checkRedirectUri(uri) !== undefined) return false;
  const url = new URL(uri);
  const own = [...(addresses ?? [])];
  if (url.protocol !== "https:") return !own.includes(url.origin);
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
