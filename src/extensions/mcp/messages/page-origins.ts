import type { Rule } from "../../../base/common/options.ts";

/** The entry for all webviews of VS Code. Each has a new host, so they cannot be listed one by one. */
const webviewScheme = "vscode-webview:";
/** A hash in base 32, or a UUID. */
const webviewOrigin = /^vscode-webview:\/\/[\da-z-]{1,63}$/;

/**
 * The origin of sandboxed frames and of local files (HTML Standard, "opaque origin"). Every page can create such a
 * frame, so beside `public: true` it would let every page call.
 */
export const opaqueOrigin = "null";

/** Whether a value is a list of origins of web pages. */
export const arePageOrigins: Rule = (origins) =>
  (Array.isArray(origins) && origins.every(isEntry)) ||
  `must be a list of origins like https://app.contoso.com, "${webviewScheme}" or "${opaqueOrigin}"`;

function isEntry(entry: unknown): boolean {
  if (entry === webviewScheme || entry === opaqueOrigin) return true;
  return typeof entry === "string" && URL.parse(entry)?.origin === entry;
}

/**
 * Whether pages of an origin may call.
 *
 * @param entries of the option `origins`
 */
export function isOriginAllowed(entries: readonly string[]): (origin: string) => boolean {
  const allowsWebviews = entries.includes(webviewScheme);
  return (origin) =>
    (origin !== webviewScheme && entries.includes(origin)) || (allowsWebviews && webviewOrigin.test(origin));
}
