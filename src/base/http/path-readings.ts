import * as limits from "../common/limits.ts";
import { fitText, fitTextOtherwise } from "./best-fit.ts";
import { isAmbiguous } from "./path.ts";

/** A path that every origin reads in the same way, apart from its spelling. */
const plainReading = /^(?!.*\/\s*\()[^?#\u0080-\uffff]*$/;

/**
 * Characters that Windows code pages convert to `/` or `\`, but NFKC does not: U+2044 and U+2215 in 1252, U+2216, the
 * yen sign in 932, the won sign in 949.
 */
const slashes = ["\u2044", "\u2215", "\u2216", "\u00a5", "\u20a9"];

/**
 * A segment in which ASP.NET keeps cookieless state, such as `(S(x))` and `(A(x)F(y))`: letters with values in
 * parentheses (CookielessHelper.cs in Microsoft's reference source). It matches lower case too, for characters that
 * Windows converts.
 */
const cookieless = /\/\((?:[A-Z]\([^)/]*\))+\)/gi;

/** Ways in which an origin may read a decoded path. Each can be applied alone and after any other. */
const folds: readonly ((path: string) => string)[] = [
  // Apache's mod_rewrite splits the decoded path at a question mark (CVE-2024-38474): at the first or, with QSLast, at
  // the last. nginx does so in try_files. Repeated, these cover every question mark.
  (path) => cutBefore(path, path.lastIndexOf("?")),
  // With a decoded `$uri` in proxy_pass, nginx sends `#` unencoded, and the next server drops the fragment.
  (path) => cutBefore(path, path.indexOf("#")),
  // The first and the last segment of this form, also inside a name: CVE-2023-36899, CVE-2023-36560.
  (path) => cutOut(path, [...path.matchAll(cookieless)].at(0)),
  (path) => cutOut(path, [...path.matchAll(cookieless)].at(-1)),
  // The result may have further readings.
  (path) => path.replace(/[\p{Cf}\p{DI}]|(?<=\/)\s+/gu, ""),
  ...slashes.map((slash) => (path: string) => path.replaceAll(slash, "/")),
  (path) => path.replace(/\/{2,}/g, "/"),
  (path) => path.normalize("NFD").replace(/\p{Mn}/gu, ""),
  fitText,
  fitTextOtherwise,
];

/**
 * Finds every way in which an origin may read a path, for any combination and order of the {@link folds}.
 *
 * @param path decoded, and accepted by `normalizePath`
 * @returns the path itself first; `undefined` if there are too many readings, or one of them is ambiguous
 */
export function readPaths(path: string): ReadonlySet<string> | undefined {
  const readings = new Set([path]);
  if (plainReading.test(path)) return readings;
  let characters = 0;
  // The loop also visits the readings that it adds.
  for (const reading of readings) {
    if (reading.split("/").some(isAmbiguous)) return undefined;
    characters += reading.length;
    if (characters > limits.pathReadingCharacters) return undefined;
    for (const fold of folds) readings.add(fold(reading));
  }
  return readings;
}

function cutBefore(path: string, at: number): string {
  return at === -1 ? path : path.slice(0, at);
}

function cutOut(path: string, part: RegExpMatchArray | undefined): string {
  if (part === undefined) return path;
  const rest = path.slice(0, part.index) + path.slice((part.index ?? 0) + part[0].length);
  return rest.startsWith("/") ? rest : `/${rest}`;
}
