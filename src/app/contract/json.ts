import { ignoreCase } from "../../http/letter-case.ts";
import { isTreacherous } from "../../http/members.ts";
import { countNames } from "../../token/json.ts";
import { BadRequestError } from "../serve/errors.ts";
import { escapePointer } from "./pointer.ts";

/** How much JSON is taken. */
export interface JsonRules {
  /** Names and items of arrays together: a validator may make a fault of each. */
  readonly jsonMaxKeys: number;
  readonly jsonMaxDepth: number;
  /**
   * Whether an origin reads it too. To some, in .NET and Go, names that differ only in letter case are one name; to cJSON and
   * json-c, names that differ behind a NUL.
   */
  readonly forOrigin: boolean;
}

/** Half of a surrogate pair among the escapes of valid JSON, as a group. */
const escapes = /\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|(u[dD][89a-fA-F])|.)/g;

/**
 * Parses JSON that every parser reads alike and that is safe to copy: no name twice in an object, no name that reaches
 * behind one, not too many names and items, not nested too deep. An origin that reads the same text must see what was
 * validated.
 *
 * @throws BadRequestError, with a JSON pointer where there is a place to point at
 */
export function parseJson(text: string, { jsonMaxKeys, jsonMaxDepth, forOrigin }: JsonRules): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadRequestError("The body is not JSON.");
  }
  const names = countNames(text);
  const items = countItems(value, jsonMaxDepth);
  if (names + items > jsonMaxKeys) {
    throw new BadRequestError(`The body has more than ${jsonMaxKeys} names and array items.`);
  }
  // JSON.parse keeps one of two equal names: then the text has more names than the value.
  if (names !== countMembers(value, jsonMaxDepth, "") || (forOrigin && hasNameTwice(value))) {
    throw new BadRequestError("The body repeats a name.");
  }
  // Ruby makes one character of half a pair and the next escape, Go U+FFFD, older ujson nothing (CVE-2022-31116).
  if (forOrigin && hasHalfPair(text)) throw new BadRequestError("The body has an unpaired surrogate.");
  return value;
}

/** Such halves can only be escaped: the text was UTF-8. */
function hasHalfPair(text: string): boolean {
  return /\\u[dD][89a-fA-F]/.test(text) && text.matchAll(escapes).some(([, half]) => half !== undefined);
}

/** Items of all arrays in a value, no deeper than it may be nested. */
function countItems(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null || depth === 0) return 0;
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  let count = Array.isArray(value) ? value.length : 0;
  for (const child of children) count += countItems(child, depth - 1);
  return count;
}

/** Members of a value and of all objects in it. */
function countMembers(value: unknown, depth: number, pointer: string): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth === 0) throw fault(pointer, "nested too deep");
  let count = 0;
  for (const [name, child] of Object.entries(value)) {
    if (!Array.isArray(value)) count += 1;
    const isPlain = typeof child !== "object" || child === null;
    if (isPlain && !isTreacherous(name)) continue;
    const place = `${pointer}/${escapePointer(name)}`;
    if (isTreacherous(name)) throw fault(place, "is not an allowed name");
    count += countMembers(child, depth - 1, place);
  }
  return count;
}

/** Whether an object in a value has names that some origin takes for one. */
function hasNameTwice(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasNameTwice);
  const names = Object.keys(value);
  return new Set(names.map(foldName)).size < names.length || Object.values(value).some(hasNameTwice);
}

function foldName(name: string): string {
  return ignoreCase(name).replace(/\0.*/s, "");
}

function fault(path: string, message: string): BadRequestError {
  return new BadRequestError("Invalid body", [{ path, message }]);
}
