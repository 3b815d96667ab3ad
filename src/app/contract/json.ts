import { ignoreCase } from "../../http/letter-case.ts";
import { isTreacherous } from "../../http/members.ts";
import { countNames } from "../../token/json.ts";
import { BadRequestError } from "../serve/errors.ts";
import { escapePointer } from "./check-value.ts";
import type { OriginReading } from "./forwarding.ts";

/** Limits for JSON. */
export interface JsonRules {
  /** Maximum of names and array items together, because a validator can report a fault for each. */
  readonly jsonMaxKeys: number;
  readonly jsonMaxDepth: number;
  /** Present if an origin reads the text too. */
  readonly forOrigin?: OriginReading | undefined;
}

/** An unpaired surrogate among the escapes of valid JSON, as a group. */
const escapes = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F])|.)/g;

/**
 * Parses JSON that every parser reads in the same way and that is safe to copy: no repeated or dangerous names, a
 * limited number of names and items, and limited nesting. The origin reads the same text, so it must see the validated
 * values.
 *
 * @throws BadRequestError, with a JSON pointer if a place is known
 */
export function parseJson(text: string, { jsonMaxKeys, jsonMaxDepth, forOrigin }: JsonRules): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequestError("The body is not JSON.");
  }
  const names = countNames(text);
  const counts = { members: 0, items: 0, isRefused: false };
  count(value, jsonMaxDepth, counts);
  if (names + counts.items > jsonMaxKeys) {
    throw new BadRequestError(`The body has more than ${jsonMaxKeys} names and array items.`);
  }
  if (counts.isRefused) locateRefused(value, jsonMaxDepth, "");
  // JSON.parse keeps one of two equal names. The text then has more names than the value.
  if (names !== counts.members) throw new BadRequestError("The body repeats a name.");
  forOrigin?.checkJson(value, text);
  return value;
}

/** Whether a text has an unpaired surrogate. It can only be escaped, because the text is UTF-8. */
export function hasHalfPair(text: string): boolean {
  return /\\u[dD][89a-fA-F]/.test(text) && text.matchAll(escapes).some(([, half]) => half !== undefined);
}

/** What a value contains. */
interface Counts {
  /** Members of all objects. */
  members: number;
  /** Items of all arrays. */
  items: number;
  /** Whether it is nested too deep, or has a dangerous name. */
  isRefused: boolean;
}

/** Counts the members and items in a value, up to the maximum nesting. */
function count(value: unknown, depth: number, counts: Counts): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) {
    counts.isRefused = true;
  } else if (Array.isArray(value)) {
    counts.items += value.length;
    for (const item of value) count(item, depth - 1, counts);
  } else {
    for (const name of Object.keys(value)) {
      counts.members += 1;
      if (isTreacherous(name)) counts.isRefused = true;
      count((value as Record<string, unknown>)[name], depth - 1, counts);
    }
  }
}

/** @throws BadRequestError at the first place that is nested too deep or has a dangerous name */
function locateRefused(value: unknown, depth: number, pointer: string): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) throw fault(pointer, "nested too deep");
  for (const [name, child] of Object.entries(value)) {
    const place = `${pointer}/${escapePointer(name)}`;
    if (isTreacherous(name)) throw fault(place, "is not an allowed name");
    locateRefused(child, depth - 1, place);
  }
}

/**
 * Whether an object in a value has names that some origin treats as one. Some readers in .NET and Go do so if names
 * differ only in letter case, and cJSON and json-c if they differ after a NUL.
 */
export function hasNameTwice(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasNameTwice);
  const names = Object.keys(value);
  return new Set(names.map(foldName)).size < names.length || Object.values(value).some(hasNameTwice);
}

/** Normalizes a name so that names are equal if some reader of JSON takes them for equal. */
export function foldName(name: string): string {
  return ignoreCase(name).replace(/\0.*/s, "");
}

function fault(path: string, message: string): BadRequestError {
  return new BadRequestError("Invalid body", [{ path, message }]);
}
