import * as limits from "../limits.ts";
import { fitText, fitTextOtherwise } from "./best-fit.ts";
import { isAmbiguous } from "./path.ts";

/** A path that no origin reads in another way than by its spelling. */
const plainReading = /^(?!.*\/\s*\()[^?#\u0080-\uffff]*$/;

/** What Windows code pages take for `/` or `\` and NFKC does not: U+2044 and U+2215 as in 1252, U+2216, the yen sign in 932, the won sign in 949. */
const slashes = ["\u2044", "\u2215", "\u2216", "\u00a5", "\u20a9"];

/**
 * A segment in which ASP.NET keeps what would be in cookies, such as `(S(x))` and `(A(x)F(y))`: a letter and a value in
 * parentheses, once or more (CookielessHelper.cs in Microsoft's reference source). In lower case too, for what Windows fits.
 */
const cookieless = /\/\((?:[A-Z]\([^)/]*\))+\)/gi;

/** Ways in which an origin may read a decoded path. Each is applied alone and after any of the others. */
const folds: readonly ((path: string) => string)[] = [
  // Apache's mod_rewrite splits what it has decoded at a question mark (CVE-2024-38474): the first or, with QSLast, the last.
  // nginx splits it in try_files. Applied again, this reaches every question mark.
  (path) => cutBefore(path, path.lastIndexOf("?")),
  // nginx sends a decoded `$uri` of proxy_pass as it is, and the next server drops the fragment.
  (path) => cutBefore(path, path.indexOf("#")),
  // The first and the last, from within a name too: CVE-2023-36899, CVE-2023-36560.
  (path) => cutOut(path, [...path.matchAll(cookieless)].at(0)),
  (path) => cutOut(path, [...path.matchAll(cookieless)].at(-1)),
  // As `foldSpelling` does: what follows may be read in yet another way.
  (path) => path.replace(/\p{Cf}|(?<=\/)\s+/gu, ""),
  ...slashes.map((slash) => (path: string) => path.replaceAll(slash, "/")),
  (path) => path.replace(/\/{2,}/g, "/"),
  (path) => path.normalize("NFD").replace(/\p{Mn}/gu, ""),
  fitText,
  fitTextOtherwise,
];

/**
 * Finds every reading of a path that an origin may have, whichever of the {@link folds} it applies, and in whatever order.
 *
 * @param path decoded, and without what `normalizePath` refuses
 * @returns the path itself first; `undefined` where there are too many, or one of them is ambiguous
 */
export function readPaths(path: string): ReadonlySet<string> | undefined {
  const readings = new Set([path]);
  if (plainReading.test(path)) return readings;
  let characters = 0;
  // What is added on the way is visited too.
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
  const start = part?.index ?? 0;
  return path.slice(0, start) + path.slice(start + (part?.[0].length ?? 0));
}
