import { decodeAgain } from "./decode-again.ts";
import { ignoreCase } from "./letter-case.ts";

/** The ways in which origins may read a name. */
export interface Spelling {
  /** Equal for all names that some origin treats as the same. */
  readonly whole: string;
  /** Names that an origin may read as a part of a structured name, or without its start. */
  readonly parts: readonly string[];
}

export type SpellName = (name: string) => Spelling;

/** Parsers of nested names stop after five (qs) to sixty-four (PHP) segments. No declared name has eight. */
const segmentsMaximum = 8;

/** A name in its plain form: words of letters and digits, separated by one `_` or `-`. */
const plainField = /^[a-z0-9]+(?:[_-][a-z0-9]+)*$/;
const plainHeader = /^[a-z0-9-]+$/;
const noParts: readonly string[] = [];

/**
 * Normalizes the name of a field in a form or a query. ASP.NET ignores letter case. PHP reads `a.b` and `a b` as `a_b`,
 * reads ` a` as `a`, and ends a name at NUL. qs, Rails and PHP read `a[b]`, `a[]` and `[a]` as `a`. ASP.NET and Spring
 * read `b.a` as `a` of `b`, or as `a`. `new URLSearchParams(text)` and undici's `formData()` read a leading `?a` as
 * `a`. Spring reads `_a` and `!a` as `a` without a value. ASP.NET on .NET Framework decodes `%u0061`, and some programs
 * decode twice.
 */
export function spellField(name: string): Spelling {
  if (plainField.test(name)) return { whole: name, parts: noParts };
  const [text = ""] = ignoreCase(decodeAgain(name)).split("\0", 1);
  const segments = text
    .replace(/^\?/, "")
    .split(/[.[\]]+/)
    .flatMap((segment) => spellSegment(segment) || []);
  const parts = segments.slice(1, segmentsMaximum + 1).flatMap((_, index) => {
    const count = index + 1;
    return [segments.slice(0, count).join("_"), segments.slice(-count).join("_")];
  });
  return { whole: segments.join("_"), parts };
}

function spellSegment(segment: string): string {
  return segment.replace(/[\s_'"!]+/g, "_").replace(/^_|_$/g, "");
}

/**
 * Normalizes the name of a header. CGI, PHP and WSGI cannot distinguish `X_Limit` from `X-Limit` (RFC 3875 section
 * 4.1.18).
 */
export function spellHeader(name: string): Spelling {
  const whole = plainHeader.test(name) ? name : ignoreCase(name).replace(/[^a-z0-9]/g, "-");
  return { whole, parts: noParts };
}

/** Finds the names that an origin could confuse with another of them. */
export function findAmbiguous(names: readonly string[], spell: SpellName): ReadonlySet<string> {
  const spelt = names.map((name) => [name, spell(name)] as const);
  const known = new Set<string>();
  const shared = new Set<string>();
  for (const [, { whole }] of spelt) (known.has(whole) ? shared : known).add(whole);
  const nested = spelt.filter(([, { parts }]) => parts.some((part) => known.has(part)));
  for (const [, { parts }] of nested) for (const part of parts) if (known.has(part)) shared.add(part);
  const alike = spelt.filter(([, { whole }]) => whole !== "" && shared.has(whole));
  return new Set([...nested, ...alike].map(([name]) => name));
}
