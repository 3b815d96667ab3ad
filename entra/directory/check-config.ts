import type { Report } from "./checks.ts";
import type { DirectoryConfig } from "./config.ts";
import schema from "./directory-schema.json" with { type: "json" };

/** The parts of JSON Schema that the schema of the configuration uses. */
interface JsonSchema {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
}

type Path = Parameters<Report>[0];

/**
 * Compares a configuration with its JSON Schema, and reports every value that does not fit.
 *
 * @returns the configuration with an empty value in place of each of these, so that the rest can be checked too
 */
export function checkConfig(config: unknown, report: Report): DirectoryConfig {
  return checkValue(config, schema as JsonSchema, [], report) as DirectoryConfig;
}

function checkValue(value: unknown, wanted: JsonSchema, path: Path, report: Report): unknown {
  const { anyOf = [wanted] } = wanted;
  const fitting = anyOf.find((each) => each.enum?.includes(value) ?? each.type === typeOf(value));
  if (fitting === undefined) {
    report(path, `must be ${anyOf.map(nameOf).join(" or ")}`);
    return createEmpty(anyOf[0]!);
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => checkValue(item, fitting.items ?? {}, [...path, index], report));
  }
  return fitting.type === "object" ? checkMembers(value as object, fitting, path, report) : value;
}

function checkMembers(value: object, wanted: JsonSchema, path: Path, report: Report): object {
  const { properties = {}, required = [], additionalProperties = true } = wanted;
  const missing = required.filter((name) => !Object.hasOwn(value, name));
  if (missing.length > 0) report(path, `must have ${missing.join(" and ")}`);
  const checked = Object.entries(value).flatMap(([name, member]) => {
    const known = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (typeof known === "object") return [[name, checkValue(member, known, [...path, name], report)] as const];
    if (known === true) return [[name, member] as const];
    report([...path, name], `there is no such member: use ${Object.keys(properties).join(", ")}`);
    return [];
  });
  return Object.fromEntries([...missing.map((name) => [name, createEmpty(properties[name]!)] as const), ...checked]);
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function nameOf(wanted: JsonSchema): string {
  if (wanted.enum !== undefined) return wanted.enum.join(" or ");
  switch (wanted.type) {
    case "array":
      return "a list, such as []";
    case "object":
      return "a mapping, such as {}";
    case "boolean":
      return "true or false";
    default:
      return "a text";
  }
}

function createEmpty(wanted: JsonSchema): unknown {
  if (wanted.enum !== undefined) return wanted.enum[0];
  switch (wanted.type) {
    case "array":
      return [];
    case "object":
      return Object.fromEntries(
        (wanted.required ?? []).map((name) => [name, createEmpty(wanted.properties?.[name] ?? {})]),
      );
    case "boolean":
      return false;
    default:
      return "";
  }
}
