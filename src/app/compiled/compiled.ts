/**
 * What modules that the command `compile` writes import. Your own code does not need it.
 *
 * @module
 */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { isRecord } from "../../base/common/objects.ts";
import { isExact } from "../request/json-readings.ts";

export { formats, type NumberFormat } from "./formats.ts";

/** An error of a validator that Ajv compiled. */
export interface CompiledError {
  /** JSON pointer of the invalid part. */
  readonly instancePath: string;
  /** Text without the value. */
  readonly message?: string;
}

/** A validator that Ajv compiled. It returns whether a value is valid. */
export interface CompiledValidator {
  (value: unknown): boolean;
  /** Errors of the last value. */
  errors?: readonly CompiledError[] | null;
}

/** How the text of a field becomes a value. A `decimal` is a number without an exponent. */
export type ScalarType = "text" | "integer" | "decimal" | "number" | "boolean";

/** How a field becomes a value; a list if the field can be repeated. */
export type FieldType = ScalarType | readonly [ScalarType];

/** Options of `compiledSchema`. */
export interface CompiledSchemaOptions {
  /** Types of the fields of a path, a query, headers or a form. Without it, the value is validated as it is. */
  readonly fields?: Readonly<Record<string, FieldType>>;
  /** Allows a request without the value. */
  readonly optional?: true;
}

/**
 * Creates the Standard Schema of a validator. Modules that `entra-gate compile --validate` writes call it.
 *
 * @returns a schema whose output has the decoded values of fields
 */
export function compiledSchema(
  validate: CompiledValidator,
  { fields, optional = undefined }: CompiledSchemaOptions = {},
): StandardSchemaV1 {
  const types = fields && Object.entries(fields);
  return {
    "~standard": {
      version: 1,
      vendor: "entra-gate",
      validate(input) {
        if (input === undefined && optional) return { value: undefined };
        const value = types === undefined || !isRecord(input) ? input : decodeFields(input, types);
        if (value !== undefined && validate(value)) return { value };
        const errors = value === undefined ? [{ instancePath: "", message: "is required" }] : (validate.errors ?? []);
        return {
          issues: errors.map(({ instancePath, message = "is invalid" }) => ({
            path: readPointer(instancePath),
            message,
          })),
        };
      },
    },
  };
}

/** Counts characters as JSON Schema does: a surrogate pair is one. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let at = 1; at < text.length; at += 1) {
    const isPair = (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
    if (isPair) count -= 1;
  }
  return count;
}

/**
 * Whether a number is a multiple of another, as decimals: 19.99 is one of 0.01. Infinity, which `JSON.parse` makes of
 * 1e400, is a multiple of nothing.
 */
export function isMultiple(number: number, divisor: number): boolean {
  if (!Number.isFinite(number)) return false;
  if (Number.isSafeInteger(number) && Number.isSafeInteger(divisor)) return number % divisor === 0;
  const [digits, exponent] = readDecimal(number);
  const [ofDivisor, exponentOfDivisor] = readDecimal(divisor);
  const least = Math.min(exponent, exponentOfDivisor);
  return (digits * 10n ** BigInt(exponent - least)) % (ofDivisor * 10n ** BigInt(exponentOfDivisor - least)) === 0n;
}

/** The decimal with the fewest digits that identify a number, as programs write it. */
function readDecimal(number: number): readonly [digits: bigint, exponent: number] {
  const [digits = "", exponent = ""] = number.toExponential().split("e");
  const [whole = "", fraction = ""] = digits.split(".");
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}

/** Whether two values of JSON are equal. The order of names does not matter. */
export function isEqual(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (Array.isArray(one)) {
    return Array.isArray(other) && one.length === other.length && one.every((item, at) => isEqual(item, other[at]));
  }
  if (!isRecord(one) || !isRecord(other)) return false;
  const names = Object.keys(one);
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && isEqual(one[name], other[name]))
  );
}

/** Asks for each declared name, so that the route knows the names that are declared. */
function decodeFields(
  input: Readonly<Record<string, unknown>>,
  types: readonly (readonly [string, FieldType])[],
): object {
  const decoded = { ...input };
  for (const [name, type] of types) {
    if (!Object.hasOwn(input, name)) continue;
    const value = input[name];
    if (typeof type === "string") decoded[name] = decodeText(value, type);
    else decoded[name] = (Array.isArray(value) ? value : [value]).map((item) => decodeText(item, type[0]));
  }
  return decoded;
}

const numbers = {
  integer: /^-?(?:0|[1-9]\d*)$/,
  decimal: /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/,
  number: /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/,
} as const;

/** @returns the text itself if it has another type, so that the validator refuses it */
function decodeText(text: unknown, type: ScalarType): unknown {
  if (typeof text !== "string" || type === "text") return text;
  if (type === "boolean") return text === "true" || text === "false" ? text === "true" : text;
  if (!numbers[type].test(text)) return text;
  const value = Number(text);
  const isRead = type === "integer" ? Number.isFinite(value) && BigInt(value) === BigInt(text) : isExact(text);
  return isRead ? value : text;
}

function readPointer(pointer: string): readonly string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
}
