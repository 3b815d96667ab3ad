import { readEntry } from "./readings.ts";
import { isPortAlike, reduce, type Skeleton, splitQuery, writeNames, writeText } from "./skeleton.ts";

/** Replaces an expression while a template is reduced. It is lower case and has no special characters. */
const writePlaceholder = (index: number) => `entragate${index}expression`;
const placeholder = /entragate(\d+)expression/;

/** A URI template (RFC 6570), as an MCP server lists it. */
export interface UriTemplate {
  /** Whether a URI is an expansion: its literal parts must be equal byte for byte. */
  matches(uri: string): boolean;
  /** Whether a server could read a URI as an expansion. */
  isLike(forms: Forms<string>): boolean;
}

type Parts<Text> = Readonly<Record<"whole" | "bare", Text>>;

/**
 * A skeleton to compare with templates. Servers drop some characters from the end of a name. An expression of a
 * template can match these characters, or nothing. Therefore each part is written in two ways: with them and without
 * them.
 */
export interface Forms<Text> extends Pick<Skeleton, "port" | "hasHost"> {
  readonly texts: Parts<Text>;
  readonly names: Parts<Text>;
}

/** Patterns of a template: of all of it, and of its parts if it has a query. */
interface Patterns {
  readonly all: Pattern;
  readonly base: Pattern;
  readonly parameters: readonly Pattern[];
}

/** The literal parts of a template, and between them whether each expression may contain slashes. */
interface Pattern {
  readonly literals: readonly string[];
  readonly crosses: readonly boolean[];
}

export function writeForms({ scheme, whole, bare, port, hasHost }: Skeleton): Forms<string> {
  const writeParts = (write: typeof writeText) => ({ whole: write(scheme, whole), bare: write(scheme, bare) });
  return { texts: writeParts(writeText), names: writeParts(writeNames), port, hasHost };
}

/** @returns `undefined` for a URI without an expression */
export function readTemplate(uri: string): UriTemplate | undefined {
  const expressions = uri.match(/\{[^{}]*\}/g);
  if (expressions === null) return undefined;
  // An expression with an operator may contain slashes.
  const crosses = expressions.map((expression) => !/^\{\w/.test(expression));
  const literals = uri.split(/\{[^{}]*\}/);
  const filled = literals.reduce((start, literal, index) => start + writePlaceholder(index - 1) + literal);
  const forms = [...readEntry(filled)].map((reading) => findPatterns(writeForms(reduce(reading)), crosses));
  return {
    matches: (text) => isExpansion(text, { literals, crosses }),
    isLike: (written) => forms.some((template) => isLikeTemplate(written, template)),
  };
}

function findPatterns({ texts, names, port, hasHost }: Forms<string>, crosses: readonly boolean[]): Forms<Patterns> {
  // In a query, a slash separates nothing.
  const anyText = crosses.map(() => true);
  const findAll = (filled: string): Patterns => {
    const { base, parameters } = splitQuery(filled);
    return {
      all: findPattern(filled, crosses),
      base: findPattern(base, crosses),
      parameters: parameters.map((parameter) => findPattern(parameter, anyText)),
    };
  };
  const findBoth = ({ whole, bare }: Parts<string>) => ({ whole: findAll(whole), bare: findAll(bare) });
  // A port with an expression stands for any port.
  const fixedPort = placeholder.test(port ?? "") ? undefined : port;
  return { texts: findBoth(texts), names: findBoth(names), port: fixedPort, hasHost };
}

function findPattern(filled: string, crosses: readonly boolean[]): Pattern {
  const parts = filled.split(placeholder);
  const indexes = parts.filter((_, place) => place % 2 === 1);
  return {
    literals: parts.filter((_, place) => place % 2 === 0),
    crosses: indexes.map((index) => crosses[Number(index)] === true),
  };
}

function isLikeTemplate(uri: Forms<string>, template: Forms<Patterns>): boolean {
  const part = uri.hasHost || template.hasHost ? "bare" : "whole";
  if (part === "bare" && !isPortAlike(uri.port, template.port)) return false;
  return isLike(uri.texts[part], template.texts[part]) || isLike(uri.names[part], template.names[part]);
}

function isLike(text: string, { all, base, parameters }: Patterns): boolean {
  if (isExpansion(text, all)) return true;
  if (parameters.length === 0) return false;
  const own = splitQuery(text);
  return (
    isExpansion(own.base, base) &&
    parameters.every((pattern) => own.parameters.some((each) => isExpansion(each, pattern)))
  );
}

/** Keeps every position that an expression can reach, so the time is proportional to the length of the text. */
function isExpansion(text: string, { literals: [first = "", ...others], crosses }: Pattern): boolean {
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
