import { load, YAMLException } from "js-yaml";
import { describeCause, fail, type Result, succeed } from "../../src/cli-exports/common.ts";
import { findStringEnd, parseJson, scanJson } from "../../src/cli-exports/text.ts";

/** Levels of nesting in a file. The document is read by recursion, so its depth must not exhaust the stack. */
const depthMaximum = 200;
/** Aliases (`*name`) in a YAML file. A few hundred bytes of them can stand for gigabytes. */
const aliasesMaximum = 1_000;

/** Why a text cannot be read, with its line. */
export interface ParseFault {
  readonly problem: string;
  readonly repair: string;
}

/**
 * Parses a file of a document. It refuses repeated names, because readers choose different ones of them.
 *
 * @param name of the file: JSON if it ends in `.json`, else YAML
 */
export function parseText(name: string, text: string): Result<unknown, ParseFault> {
  return /\.json$/i.test(name) ? readJson(text) : parseYaml(text);
}

function readJson(text: string): Result<unknown, ParseFault> {
  const { excess } = scanJson(text, depthMaximum);
  if (excess !== -1) return fail(tooDeep(lineOf(text, excess)));
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return fail({ problem: `is not JSON: ${describeCause(error)}`, repair: "Correct the syntax." });
  }
  const fault = findRepeatedName(text);
  return fault === undefined ? succeed(value) : fail(fault);
}

/** Finds a repeated name in valid JSON. */
function findRepeatedName(text: string): ParseFault | undefined {
  /** Names of the objects around the current place; `undefined` for an array. */
  const around: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "{" || character === "[") {
      around.push(character === "{" ? new Set() : undefined);
    } else if (character === "}" || character === "]") {
      around.pop();
    } else if (character === '"') {
      const end = findStringEnd(text, at);
      const names = around.at(-1);
      if (names !== undefined && isName(text, end)) {
        const name = parseJson(text.slice(at, end + 1)) as string;
        if (names.has(name)) return repeated(`the name ${JSON.stringify(name)}`, lineOf(text, at));
        names.add(name);
      }
      at = end;
    }
  }
  return undefined;
}

/** Whether a string is the name of a member: a colon follows its last quote. */
function isName(text: string, end: number): boolean {
  let next = end + 1;
  while (text.charCodeAt(next) <= 0x20) next += 1;
  return text[next] === ":";
}

function parseYaml(text: string): Result<unknown, ParseFault> {
  let value: unknown;
  try {
    value = load(text, { maxDepth: depthMaximum, maxAliases: aliasesMaximum });
  } catch (error) {
    return fail(describeYaml(error));
  }
  const fault = findAliasFault(value);
  return fault === undefined ? succeed(value) : fail(fault);
}

/** Values that aliases repeat. */
const repeatedMaximum = 100_000;

/** Finds aliases that stand for too many values, or make the nesting too deep or endless. */
function findAliasFault(root: unknown): ParseFault | undefined {
  const measured = new Map<object, { readonly size: number; readonly height: number }>();
  let distinct = 0;

  /** @returns `undefined` if it is nested too deep */
  function measure(value: unknown, depth: number): { readonly size: number; readonly height: number } | undefined {
    if (depth > depthMaximum) return undefined;
    if (typeof value !== "object" || value === null) {
      distinct += 1;
      return { size: 1, height: 0 };
    }
    const known = measured.get(value);
    if (known !== undefined) return depth + known.height > depthMaximum ? undefined : known;
    distinct += 1;
    let [size, height] = [1, 0];
    for (const inner of Object.values(value)) {
      const result = measure(inner, depth + 1);
      if (result === undefined) return undefined;
      size += result.size;
      height = Math.max(height, result.height + 1);
    }
    measured.set(value, { size, height });
    return { size, height };
  }

  const whole = measure(root, 0);
  if (whole === undefined) return tooDeep(0);
  if (whole.size - distinct <= repeatedMaximum) return undefined;
  const repair = 'Replace aliases (*name) by references: { $ref: "#/components/…" }.';
  return { problem: `has aliases that repeat more than ${repeatedMaximum} values`, repair };
}

function describeYaml(error: unknown): ParseFault {
  const reason = error instanceof YAMLException ? error.reason : describeCause(error);
  const line = error instanceof YAMLException && error.mark ? error.mark.line + 1 : 0;
  if (/^duplicated mapping key/.test(reason)) return repeated("a name", line);
  if (/^nesting exceeded/.test(reason)) return tooDeep(line);
  if (/^aliases exceeded/.test(reason)) {
    const repair = 'Replace aliases (*name) by references: { $ref: "#/components/…" }.';
    return { problem: `has more than ${aliasesMaximum} aliases${at(line)}`, repair };
  }
  return { problem: `is not YAML 1.2: ${reason}${at(line)}`, repair: "Correct the syntax." };
}

function repeated(what: string, line: number): ParseFault {
  return { problem: `repeats ${what} of an object${at(line)}`, repair: "Remove one of the members." };
}

function tooDeep(line: number): ParseFault {
  const repair = "Move inner parts to components, and refer to them with $ref.";
  return { problem: `is nested deeper than ${depthMaximum} levels${at(line)}`, repair };
}

function at(line: number): string {
  return line === 0 ? "" : ` in line ${line}`;
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
