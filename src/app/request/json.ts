import { type CountedJson, countJson } from "../../base/common/json.ts";
import { isObject } from "../../base/common/objects.ts";
import { prototypeNames } from "../../base/http/members.ts";
import { BadRequestError } from "../errors/errors.ts";
import type { OriginReading } from "../pipeline/forwarding.ts";
import { escapePointer } from "../types/check-value.ts";
import type { FreeJson } from "../types/free-json.ts";

/** Limits for JSON. */
export interface JsonRules {
  /** Maximum of names and array items together, because a validator can report a fault for each. */
  readonly jsonMaxKeys: number;
  readonly jsonMaxDepth: number;
  /** Present if an origin reads the text too. */
  readonly forOrigin?: OriginReading | undefined;
  /** Present if the value has parts in which any JSON is allowed. */
  readonly free?: FreeJson | undefined;
}

/**
 * Parses JSON that every parser reads in the same way and that is safe to copy: no repeated or dangerous names, a
 * limited number of names and items, and limited nesting. The origin reads the same text, so it must see the validated
 * values. In free parts, only repeated names, numbers of names and items, and nesting are limited.
 *
 * @throws BadRequestError, with a JSON pointer if a place is known
 */
export function parseJson(text: string, { jsonMaxKeys, jsonMaxDepth, forOrigin, free }: JsonRules): unknown {
  const { value, names: allNames } = parse(text);
  const parts = free?.separate(value);
  const strict = parts === undefined ? value : parts.strict;
  const freeMembers = parts === undefined ? 0 : checkFree(parts.free, free as FreeJson, jsonMaxKeys, jsonMaxDepth);
  const names = allNames - freeMembers;
  const counts = count([strict], jsonMaxDepth);
  checkNumber(names + counts.items, jsonMaxKeys);
  if (counts.isTooDeep || counts.hasPrototypeName) locateRefused(strict, jsonMaxDepth, "");
  if (names !== counts.members) throw new BadRequestError("The body repeats a name.");
  forOrigin?.checkJson(strict, text);
  return value;
}

function parse(text: string): CountedJson {
  try {
    return countJson(text);
  } catch (error) {
    throw new BadRequestError(error instanceof RangeError ? "The body is nested too deep." : "The body is not JSON.");
  }
}

/** @returns the number of members of all objects in the free parts */
function checkFree(
  parts: readonly unknown[],
  { namesMaximum, depthMaximum }: FreeJson,
  jsonMaxKeys: number,
  jsonMaxDepth: number,
): number {
  const { members, items, isTooDeep } = count(parts, Math.max(depthMaximum, jsonMaxDepth));
  if (isTooDeep) throw new BadRequestError("The body is nested too deep.");
  checkNumber(members + items, Math.max(namesMaximum, jsonMaxKeys));
  return members;
}

function checkNumber(number: number, maximum: number): void {
  if (number > maximum) throw new BadRequestError(`The body has more than ${maximum} names and array items.`);
}

/** What values contain. */
interface Counts {
  /** Members of all objects. */
  members: number;
  /** Items of all arrays. */
  items: number;
  isTooDeep: boolean;
  /** Whether there is a dangerous name. */
  hasPrototypeName: boolean;
}

/**
 * Counts the members and items in values, up to the maximum nesting. It does not recurse, because callers nest as they
 * like.
 */
function count(values: readonly unknown[], depthMaximum: number): Counts {
  const counts = { members: 0, items: 0, isTooDeep: false, hasPrototypeName: false };
  let level = values.filter(isObject);
  for (let depth = 0; level.length > 0 && !counts.isTooDeep; depth += 1) {
    const next: object[] = [];
    if (depth === depthMaximum) counts.isTooDeep = true;
    else for (const container of level) countOne(container, counts, next);
    level = next;
  }
  return counts;
}

/** @param next gets the objects and arrays in the container */
function countOne(container: object, counts: Counts, next: object[]): void {
  if (Array.isArray(container)) {
    counts.items += container.length;
    for (const item of container) if (isObject(item)) next.push(item);
    return;
  }
  for (const name of Object.keys(container)) {
    counts.members += 1;
    if (prototypeNames.has(name)) counts.hasPrototypeName = true;
    const child = (container as Record<string, unknown>)[name];
    if (isObject(child)) next.push(child);
  }
}

/** @throws BadRequestError at the first place that is nested too deep or has a dangerous name */
function locateRefused(value: unknown, depth: number, pointer: string): void {
  if (!isObject(value)) return;
  if (depth === 0) throw fault(pointer, "nested too deep");
  for (const [name, child] of Object.entries(value)) {
    const place = `${pointer}/${escapePointer(name)}`;
    if (prototypeNames.has(name)) throw fault(place, "is not an allowed name");
    locateRefused(child, depth - 1, place);
  }
}

function fault(path: string, message: string): BadRequestError {
  return new BadRequestError("Invalid body", [{ path, message }]);
}
