import { findStringEnd, parseJson } from "../../base/common/json.ts";
import { isObject } from "../../base/common/objects.ts";
import { foldName } from "../../base/http/letter-case.ts";
import { BadRequestError } from "../errors/errors.ts";
import { writePointer } from "../types/check-value.ts";

/** An escaped surrogate. An unpaired one must be escaped, because the text is UTF-8. */
const surrogate = /\\u[dD][89a-fA-F]/;

/**
 * Refuses JSON in which another reader could see another value.
 *
 * @param value of the text, without the parts in which any JSON is allowed
 * @param text valid JSON
 * @throws BadRequestError
 */
export function checkJson(value: unknown, text: string): void {
  if (hasNameTwice(value)) throw new BadRequestError("The body repeats a name.");
  // Ruby combines half a pair with the next escape, Go reads U+FFFD, and older ujson drops it (CVE-2022-31116).
  if (surrogate.test(text) && hasHalfPair(value)) throw new BadRequestError("The body has an unpaired surrogate.");
  checkNumbers(text, value);
}

/**
 * Whether an object in a value has names that some origin treats as one. Some readers in .NET and Go do so if names
 * differ only in letter case, and cJSON and json-c if they differ after a NUL.
 */
function hasNameTwice(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (Array.isArray(value)) return value.some(hasNameTwice);
  const names = Object.keys(value);
  return new Set(names.map(foldName)).size < names.length || Object.values(value).some(hasNameTwice);
}

/** Whether a name or a string in a value has an unpaired surrogate. */
function hasHalfPair(value: unknown): boolean {
  if (typeof value === "string") return !value.isWellFormed();
  if (!isObject(value)) return false;
  return Object.entries(value).some(([name, child]) => !name.isWellFormed() || hasHalfPair(child));
}

/** Names of members and positions of items, from the outermost to the innermost. */
type Place = (string | number)[];

/**
 * A number that can be inexact: with an exponent, or with more than 15 digits. A string can contain such a text too.
 */
const mayBeInexact = /(?:^|[[:,\s])-?(?:\d[\d.]{15}|\d+(?:\.\d+)?[eE])/;
const number = /-?\d[-+.\deE]*/y;

/**
 * Refuses numbers that readers of JSON could take for others. The schema checks the nearest double. Other languages
 * read more digits and larger exponents.
 *
 * @param text valid JSON
 * @param value of the text, without the parts in which any number is allowed
 * @throws BadRequestError with the place of the first such number
 */
export function checkNumbers(text: string, value: unknown): void {
  if (!mayBeInexact.test(text)) return;
  visitNumbers(text, (written, place) => {
    if (isExact(written) || !hasNumberAt(value, place)) return;
    const message = "is a number that other readers round differently. Send it as a string";
    throw new BadRequestError("Invalid body", [{ path: writePointer(place), message }]);
  });
}

/** Whether a number has the value that programs write for its double: with as few digits as possible, or with 17. */
export function isExact(written: string): boolean {
  const double = Number(written);
  if (!Number.isFinite(double)) return false;
  const shortest = JSON.stringify(double);
  if (written === shortest) return true;
  const decimal = readDecimal(written);
  return decimal === readDecimal(shortest) || decimal === readDecimal(double.toPrecision(17));
}

/** Normalizes a number as text, so that texts are equal if their values are equal. */
function readDecimal(written: string): string {
  const [mantissa = "", exponent = "0"] = written.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = whole + fraction;
  let start = 0;
  let end = digits.length;
  while (digits.charAt(start) === "0") start += 1;
  if (start === end) return "0";
  while (digits.charAt(end - 1) === "0") end -= 1;
  // A longer exponent is rounded, but then no double has the value.
  const point = whole.length - start + Number(exponent);
  return `${mantissa.startsWith("-") ? "-" : ""}0.${digits.slice(start, end)}e${point}`;
}

/** Visits the numbers in valid JSON. It does not recurse, because callers decide how deep it is nested. */
function visitNumbers(text: string, visit: (written: string, place: Place) => void): void {
  const place: Place = [];
  let name = "";
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') {
      const end = findStringEnd(text, at);
      name = text.slice(at, end + 1);
      at = end;
    } else if (character === "-" || (character >= "0" && character <= "9")) {
      number.lastIndex = at;
      const [written = ""] = number.exec(text) ?? [];
      visit(written, place);
      at += written.length - 1;
    } else {
      move(place, character, name);
    }
  }
}

/**
 * Moves to the next place at a mark of JSON. Other characters change nothing.
 *
 * @param name the last string, with its quotes
 */
function move(place: Place, mark: string, name: string): void {
  const last = place.length - 1;
  if (mark === "{") place.push("");
  else if (mark === "[") place.push(0);
  else if (mark === "}" || mark === "]") place.pop();
  else if (mark === ":") place[last] = parseJson(name) as string;
  else if (mark === "," && typeof place[last] === "number") place[last] += 1;
}

function hasNumberAt(value: unknown, place: Place): boolean {
  let part = value;
  for (const step of place) {
    if (!isObject(part) || !Object.hasOwn(part, step)) return false;
    part = (part as Record<string | number, unknown>)[step];
  }
  return typeof part === "number";
}
