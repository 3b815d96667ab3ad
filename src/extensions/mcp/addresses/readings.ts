import * as limits from "../../../base/common/limits.ts";
import { fitText, fitTextOtherwise } from "../../../base/http/best-fit.ts";
import { ignoreCase } from "../../../base/http/letter-case.ts";
import { fitLookAlikes } from "../../../base/http/look-alikes.ts";
import { decodeLabels } from "../../../base/http/punycode.ts";
import { drive, findBounds, isHierarchical } from "./bounds.ts";

/** A way in which a server may read a URI. It changes only texts that match. */
type Fold = readonly [matching: RegExp, fold: (text: string) => string];

/** Nothing, characters that a URI of a caller must not contain, and percent signs without two hexadecimal digits. */
const malformed = /^$|[\s\p{Cc}\p{Cs}]|%(?![\da-f]{2})/iu;

/** Characters that the runtime's version of Unicode does not have, so that a server could know more about them. */
const unknown = /\p{Cn}/u;

/** Of decomposed text: characters that change nothing that people or file systems distinguish. */
const invisible = /[\p{M}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;
/**
 * Backslashes, and what fonts or Windows code pages (yen sign, won sign) show or read as a slash. Compatibility
 * decomposition covers the full-width ones.
 */
const slashLike = /[\\\u00a5\u20a9\u2044\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9]/g;

/** `..`, also with what Windows drops from the end of a name: white space and streams. */
const parent = /^\s*\.\.\s*(?::[^:]*:\$[^:]*)?$/;
const current = /^\s*\.\s*$/;
/** A device of Windows that stands for the shares of the network. */
const shares = /[/\\](?:\.|\?\??)[/\\]+unc(?=[/\\])/i;
/** A drive of Windows, and what Python on Windows ignores before it. */
const anyDrive = /^file:[^:|]*[a-z][:|]/i;
/** A dot segment, or a name that starts with a dot. */
const dots = /(?:^|[:/\\])\s*\./;

/** Each can be applied alone and after any other. */
const folds: readonly Fold[] = [
  [/%/, decodeOnce],
  // Python and Java read `url:file:///a`, and Python `<file:///a>`.
  [/^(?:url:|<)/i, (text) => text.replace(/^<|>$/g, "").replace(/^url:/i, "")],
  // URL parsers ignore white space at the start.
  [/^\s/, (text) => text.trimStart()],
  // Servers that accept paths too, and paths that begin with a drive.
  [/^(?:[a-z][:|]|(?![a-z][a-z\d+.-]*:))/i, (text) => `file:${text}`],
  // In a query, most servers read a plus sign as a space.
  [/\+/, readPlusSigns],
  [/[^ -[\]-~]/, simplify],
  // In upper case, the iota below a Greek letter is a letter.
  [/[\u0345\u1f80-\u1fff]/, (text) => simplify(ignoreCase(text))],
  [/[^\0-\x7f]/, fitText],
  [/[^\0-\x7f]/, fitTextOtherwise],
  [/[^\0-\x7f]/, fitLookAlikes],
  [/xn--/i, decodeLabels],
  [/@/, withoutUser],
  [/^file:/i, withoutFileHost],
  [anyDrive, (text) => text.replace(/^(file:)[^:|]*([a-z])[:|][/\\]*/i, "$1///$2:/")],
  [shares, (text) => text.replace(shares, "")],
  // Some servers merge slashes before they resolve dot segments, and some after.
  [dots, (text) => resolveDots(text, false)],
  [dots, (text) => resolveDots(text, true)],
  // Some take a host or a drive for a segment.
  [dots, (text) => resolveAllDots(text, false)],
  [dots, (text) => resolveAllDots(text, true)],
];

/** Ways in which a server may read a longer URI as a shorter one. */
const cuts: readonly Fold[] = [
  [/\0/, (text) => text.replace(/\0.*/s, "")],
  [/;/, (text) => text.replace(/;.*/s, "")],
  [/\?/, (text) => text.replace(/\?.*/s, "")],
  [/#/, (text) => text.replace(/#.*/s, "")],
  // Servlets remove the parameters of each segment.
  [/;/, (text) => text.replace(/;[^/\\?#]*/g, "")],
];

const allFolds: readonly Fold[] = [...folds, ...cuts];

/**
 * Finds every way in which a server may read the URI of a caller, for any combination and order of the folds.
 *
 * @returns `undefined` if it is malformed or has an unknown character, or if there are too many readings
 */
export function readUri(uri: string): ReadonlySet<string> | undefined {
  if (uri.length > limits.mcpUriCharacters || malformed.test(uri)) return undefined;
  const readings = applyFolds(uri, allFolds, limits.mcpUriReadingCharacters);
  return readings?.values().some((reading) => unknown.test(reading)) ? undefined : readings;
}

/** Finds the readings of a URI of a map. It is not cut, because it stands for itself. */
export function readEntry(uri: string): ReadonlySet<string> {
  return applyFolds(uri, folds, Number.POSITIVE_INFINITY) ?? new Set([uri]);
}

function applyFolds(uri: string, all: readonly Fold[], charactersMaximum: number): ReadonlySet<string> | undefined {
  const readings = new Set([uri]);
  let characters = 0;
  try {
    // The loop also visits the readings that it adds.
    for (const reading of readings) {
      characters += reading.length;
      if (characters > charactersMaximum) return undefined;
      for (const [matching, fold] of all) if (matching.test(reading)) readings.add(fold(reading));
    }
  } catch (error) {
    // Percent-encoded bytes that are not UTF-8.
    if (error instanceof URIError) return undefined;
    throw error;
  }
  return readings;
}

/** @throws URIError if the bytes are not UTF-8 */
function decodeOnce(text: string): string {
  // ASP.NET on .NET Framework and `unescape` decode `%u0061`.
  return text
    .replace(/(?:%[\da-f]{2})+/gi, decodeURIComponent)
    .replace(/%u([\da-f]{4})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Removes what cannot be seen, and writes compatible characters, slashes and full stops alike. */
function simplify(text: string): string {
  // IDNA reads an ideographic full stop as a dot.
  return text.normalize("NFKD").replace(invisible, "").replace(slashLike, "/").replaceAll("\u3002", ".");
}

function readPlusSigns(text: string): string {
  const query = text.indexOf("?");
  return query === -1 ? text : text.slice(0, query) + text.slice(query).replaceAll("+", " ");
}

/**
 * The user may contain encoded separators, so it is removed before and after decoding; in RFC 3986 also backslashes.
 */
function withoutUser(text: string): string {
  const bounds = findBounds(text);
  if (!isHierarchical(bounds) || bounds.authorityEnd === bounds.start) return text;
  const rest = text.slice(bounds.start);
  const end = rest.search(/[/?#]|$/);
  return text.slice(0, bounds.start) + rest.slice(rest.slice(0, end).lastIndexOf("@") + 1);
}

/** Most servers open a file of their own, whatever its host is. In RFC 3986, a backslash does not end the host. */
function withoutFileHost(text: string): string {
  const { slashes, start } = findBounds(text);
  const rest = text.slice(start);
  return slashes === 2 ? text.slice(0, start) + rest.slice(rest.search(/[/?#]|$/)) : text;
}

/** Resolves dot segments as URL parsers do: the host and the drive are kept. */
function resolveDots(text: string, mergesSlashes: boolean): string {
  const { scheme, authorityEnd } = findBounds(text);
  return resolveFrom(text, authorityEnd, mergesSlashes, scheme === "file");
}

/** Resolves the dot segments of everything after the scheme. */
function resolveAllDots(text: string, mergesSlashes: boolean): string {
  return resolveFrom(text, findBounds(text).start, mergesSlashes, false);
}

function resolveFrom(text: string, from: number, mergesSlashes: boolean, keepsDrive: boolean): string {
  const path = text.slice(from);
  const root = /^[/\\]?/.exec(path)?.[0] ?? "";
  const kept: string[] = [];
  let isFolder = false;
  for (const segment of path.slice(root.length).split(/[/\\]/)) {
    const isParent = parent.test(segment);
    isFolder = isParent || current.test(segment);
    if (isParent && !(keepsDrive && kept.length === 1 && drive.test(kept[0] ?? ""))) kept.pop();
    if (!isFolder && !(mergesSlashes && segment === "")) kept.push(segment);
  }
  if (isFolder) kept.push("");
  return text.slice(0, from) + root + kept.join("/");
}
