import { ignoreCase } from "../../http/letter-case.ts";
import { trimEnd } from "../../http/trim.ts";

/** Replaces an expression while a template is parsed as a URI. It is lower case and has no special characters. */
const placeholder = "entragateexpression";

/**
 * Lists the forms in which origins may read a URI: decoded, without letter case, repeated slashes, dot segments and user
 * names, and also without query, fragment and parameters. The host of a file is ignored.
 *
 * @returns the form of the whole URI first; `undefined` if the gate cannot tell how origins read it
 */
export function readUri(uri: string): readonly [string, ...string[]] | undefined {
  if (!/^[\x21-\x7e]{1,2048}$/.test(uri)) return undefined;
  let decoded: string;
  try {
    decoded = decodeURIComponent(uri);
  } catch {
    return undefined;
  }
  if (/%[\da-f]{2}/i.test(decoded)) return undefined;
  // Some origins merge slashes before they resolve dot segments, and some after.
  const joined = decoded.replace(/(?<=[^:/\\])[/\\]{2,}/g, "/");
  const withoutQuery = [decoded, joined].map((text) => text.replace(/[?#;].*/s, ""));
  return [normalize(decoded), ...[joined, ...withoutQuery].map(normalize)];
}

function normalize(text: string): string {
  const url = URL.parse(text);
  const whole = url?.protocol === "file:" ? `file:${url.pathname}${url.search}${url.hash}` : (url?.href ?? text);
  const joined = ignoreCase(whole)
    .replace(/(?<=:\/\/)[^/?#]*@/, "")
    .replace(/[/\\]+/g, "/");
  return trimEnd(joined, /[/.]/);
}

/** A URI template (RFC 6570), as an MCP server lists it. */
export interface UriTemplate {
  /** Whether a URI is an expansion: its literal parts must be equal byte for byte. */
  matches(uri: string): boolean;
  /** Whether a form of a URI is an expansion. */
  matchesReading(reading: string): boolean;
}

/** @returns `undefined` for a URI without an expression */
export function readTemplate(uri: string): UriTemplate | undefined {
  const expressions = uri.match(/\{[^{}]*\}/g);
  if (expressions === null) return undefined;
  // An expression with an operator may contain slashes.
  const crosses = expressions.map((expression) => !/^\{\w/.test(expression));
  const literals = uri.split(/\{[^{}]*\}/);
  const [reading = ""] = readUri(literals.join(placeholder)) ?? [];
  const readLiterals = reading.split(placeholder);
  return {
    matches: (text) => isExpansion(text, literals, crosses),
    matchesReading: (text) => readLiterals.length === literals.length && isExpansion(text, readLiterals, crosses),
  };
}

/** Keeps every position that an expression can reach, so the time is proportional to the length of the text. */
function isExpansion(text: string, [first = "", ...others]: readonly string[], crosses: readonly boolean[]): boolean {
  let reached = text.startsWith(first) ? [first.length] : [];
  for (const [index, literal] of others.entries()) {
    const next: number[] = [];
    let from = 0;
    for (const start of reached.filter((place) => place <= text.length)) {
      if (start < from) continue;
      const slash = crosses[index] ? -1 : text.indexOf("/", start);
      const end = slash === -1 ? text.length : slash;
      for (let place = start; place <= end; place += 1) {
        if (text.startsWith(literal, place)) next.push(place + literal.length);
      }
      from = end + 1;
    }
    reached = next;
  }
  return reached.includes(text.length);
}
