import { prototypeNames } from "../../src/cli-exports/common.ts";
import { formats } from "../../src/cli-exports/policy.ts";
import { isRecord } from "../../src/cli-exports/text.ts";
import { type Faults, type Members, memberOf, membersOf, type Place } from "./fault.ts";
import type { DocumentFiles } from "./files.ts";
import type { CheckPattern } from "./patterns.ts";

/** A schema of JSON Schema 2020-12. Its references are names of definitions. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** A schema of the document that others refer to, or that a request is validated by. */
export interface Definition {
  readonly place: Place;
  readonly schema: JsonSchema;
}

/** Keywords whose value is a schema. */
const single = ["not", "if", "then", "else", "contains", "propertyNames", "items", "additionalProperties"];
const unevaluated = ["unevaluatedProperties", "unevaluatedItems"];
/** Keywords whose value is a list of schemas, or schemas by name. */
const lists = ["allOf", "anyOf", "oneOf", "prefixItems"];
const maps = ["properties", "patternProperties", "dependentSchemas"];
/** Keywords that are copied. */
const plain = [
  ...["type", "enum", "multipleOf", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength"],
  ...["minLength", "maxItems", "minItems", "maxProperties", "minProperties"],
];
const plainOf31 = ["const", "maxContains", "minContains", "dependentRequired"];
/** Keywords that no value violates. */
const annotations = [
  ...["title", "description", "default", "example", "deprecated", "readOnly", "writeOnly", "xml", "externalDocs"],
  "discriminator",
];
const annotationsOf31 = ["examples", "$comment", "contentEncoding", "contentMediaType", "contentSchema"];
const definitionsOf31 = ["$defs", "definitions"];
/** Keywords that OpenAPI 3.0 does not have. */
const only31 = new Set([
  ...["if", "then", "else", "contains", "propertyNames", ...unevaluated, "prefixItems", "patternProperties"],
  ...["dependentSchemas", ...plainOf31, ...annotationsOf31, ...definitionsOf31],
]);

/** Names of the only dialects that the reader knows. */
const dialects = [
  "https://spec.openapis.org/oas/3.1/dialect/base",
  "https://spec.openapis.org/oas/3.2/dialect/base",
  "https://json-schema.org/draft/2020-12/schema",
];
/** Items of a list that may be compared pair by pair. */
const comparedItemsMaximum = 200;

/** Reads schemas of the document, and all that they refer to, as JSON Schema 2020-12. */
export class SchemaReader {
  readonly #files: DocumentFiles;
  readonly #faults: Faults;
  readonly #checkPattern: CheckPattern;
  readonly #isOld: boolean;
  readonly #names = new Map<string, string>();
  readonly #definitions = new Map<string, Definition>();
  readonly #pending: { readonly name: string; readonly place: Place }[] = [];

  /** @param version `3.0`, `3.1` or `3.2` */
  constructor(version: string, files: DocumentFiles, faults: Faults, checkPattern: CheckPattern) {
    this.#isOld = version === "3.0";
    this.#files = files;
    this.#faults = faults;
    this.#checkPattern = checkPattern;
  }

  /** Definitions by name. */
  get definitions(): ReadonlyMap<string, Definition> {
    return this.#definitions;
  }

  /** @returns a reference to the schema of a place */
  refer(place: Place): JsonSchema {
    const reference = { $ref: this.#nameOf(place) };
    // A document decides how long its chains of references are.
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      this.#definitions.set(next.name, { place: next.place, schema: this.#read(next.place) });
    }
    return reference;
  }

  /** The dialect of a document. */
  checkDialect(place: Place): void {
    if (place.value === undefined || dialects.includes(String(place.value).replace(/#$/, ""))) return;
    this.#faults.add(place, "is another dialect than JSON Schema 2020-12", `Write ${dialects[2]}, or omit it.`);
  }

  /** Whether a schema is a reference whose other members have no meaning (OpenAPI 3.0, Reference Object). */
  isBareReference(schema: Members): boolean {
    return this.#isOld && Object.hasOwn(schema, "$ref");
  }

  #nameOf(place: Place): string {
    const key = `${place.file}#${place.pointer}`;
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const name = `s${this.#names.size}`;
    this.#names.set(key, name);
    this.#pending.push({ name, place });
    return name;
  }

  #read(place: Place): JsonSchema {
    const { value } = place;
    if (typeof value === "boolean" && !this.#isOld) return value;
    if (!isRecord(value)) {
      this.#faults.add(place, "is not a schema", "Write an object, such as { type: string }.");
      return true;
    }
    if (this.isBareReference(value)) return { $ref: this.#readReference(memberOf(place, "$ref")) };
    const keywords = membersOf(place).flatMap(([keyword, member]) => this.#readKeyword(keyword, member, place));
    const schema = Object.fromEntries(keywords);
    if (this.#isOld) convertOld(schema, place, this.#faults);
    // For an empty list, Ajv takes the result of the list before.
    if (schema.contains !== undefined && (schema.minContains ?? 1) === 1 && (schema.minItems ?? 0) === 0)
      schema.minItems = 1;
    this.#checkItems(schema, place);
    return separateItems(schema);
  }

  #readKeyword(keyword: string, member: Place, whole: Place): readonly (readonly [string, unknown])[] {
    if (keyword.startsWith("x-") || annotations.includes(keyword)) return [];
    if (keyword === "nullable" && this.#isOld) return [[keyword, member.value]];
    if (this.#isOld && only31.has(keyword)) {
      this.#faults.add(member, "is not a keyword of OpenAPI 3.0", "Remove it, or write openapi: 3.1.0.");
      return [];
    }
    if (annotationsOf31.includes(keyword) || definitionsOf31.includes(keyword)) return [];
    if (keyword === "$ref") return [["$ref", this.#readReference(member)]];
    if (keyword === "$schema") this.checkDialect(member);
    if (keyword === "$schema") return [];
    if (single.includes(keyword) || unevaluated.includes(keyword)) return [[keyword, this.#readInner(member)]];
    if (lists.includes(keyword)) return [[keyword, this.#readList(member)]];
    if (maps.includes(keyword)) return [[keyword, this.#readMap(member, keyword === "patternProperties")]];
    if (keyword === "required") return [[keyword, this.#omitReadOnly(member, whole)]];
    if (keyword === "format") return Object.hasOwn(formats, String(member.value)) ? [[keyword, member.value]] : [];
    if (keyword === "uniqueItems") return member.value === false ? [] : [[keyword, member.value]];
    if (keyword === "pattern") this.#checkPattern(member, member.value, this.#faults);
    if (keyword === "pattern" || plain.includes(keyword) || plainOf31.includes(keyword))
      return [[keyword, member.value]];
    const repair = "Correct its name, or remove it. Names that start with x- are free.";
    this.#faults.add(member, "is a keyword of schemas that the command does not know", repair);
    return [];
  }

  #readInner(place: Place): JsonSchema {
    const { value } = place;
    // OpenAPI 3.0 allows it for additionalProperties only, where it means the same.
    return typeof value === "boolean" ? value : this.#read(place);
  }

  #readList(list: Place): unknown {
    if (!Array.isArray(list.value)) return list.value;
    return list.value.map((_, index) => this.#readInner(memberOf(list, index)));
  }

  #readMap(map: Place, arePatterns: boolean): unknown {
    if (!isRecord(map.value)) return map.value;
    return Object.fromEntries(
      membersOf(map).map(([name, member]) => {
        if (arePatterns) this.#checkPattern(member, name, this.#faults);
        if (prototypeNames.has(name)) {
          this.#faults.add(member, "has a name that the gate refuses in every body", "Rename the property.");
        }
        return [name, this.#readInner(member)];
      }),
    );
  }

  /** Only responses have to have a property that is read-only. */
  #omitReadOnly(required: Place, whole: Place): unknown {
    if (!Array.isArray(required.value)) return required.value;
    const properties = memberOf(whole, "properties");
    return required.value.filter((name) => typeof name !== "string" || !this.#isReadOnly(memberOf(properties, name)));
  }

  #isReadOnly(property: Place): boolean {
    const seen = new Set<unknown>();
    let place: Place | undefined = property;
    while (place !== undefined && isRecord(place.value) && !seen.has(place.value)) {
      seen.add(place.value);
      const at = memberOf(place, "$ref");
      if (place.value.readOnly === true && !this.isBareReference(place.value)) return true;
      place = typeof at.value === "string" ? this.#files.follow(at, at.value) : undefined;
    }
    return false;
  }

  #readReference(at: Place): string {
    const { value } = at;
    if (typeof value !== "string") {
      this.#faults.add(at, "is not a reference", 'Write "#/components/schemas/Order".');
      return this.#nameOf(at);
    }
    if (/#[^/]/.test(value)) {
      this.#faults.add(at, "names an $anchor, which the command does not follow", "Write a JSON pointer after the #.");
      return this.#nameOf({ ...at, value: true });
    }
    const target = this.#files.follow(at, value);
    return this.#nameOf(target ?? { ...at, value: {} });
  }

  /** Validators compare every pair of items, unless the items are numbers or texts. */
  #checkItems(schema: Readonly<Record<string, unknown>>, place: Place): void {
    if (schema.uniqueItems === undefined) return;
    const { items, maxItems } = schema;
    const types = isRecord(items) ? [items.type].flat() : [];
    // Ajv compares only items of these types, and those by position can have others.
    const areSimple =
      schema.prefixItems === undefined && types.length > 0 && types.every((type) => scalars.includes(String(type)));
    if (areSimple || (typeof maxItems === "number" && maxItems <= comparedItemsMaximum)) return;
    const problem = "compares every pair of items, of which a caller can send thousands";
    this.#faults.add(
      memberOf(place, "uniqueItems"),
      problem,
      `Add maxItems of at most ${comparedItemsMaximum}, or a scalar type of the items beside it.`,
    );
  }
}

/** Keywords that Ajv skips if a list is shorter than `prefixItems`, unless another schema has them. */
const skipped = ["contains", "minContains", "maxContains", "uniqueItems"];

function separateItems(schema: Readonly<Record<string, unknown>>): JsonSchema {
  if (schema.prefixItems === undefined || !skipped.some((keyword) => keyword in schema)) return schema;
  const parts = Object.entries(schema);
  const own = Object.fromEntries(parts.filter(([keyword]) => !skipped.includes(keyword)));
  const separate = Object.fromEntries(parts.filter(([keyword]) => skipped.includes(keyword)));
  const all = schema.allOf ?? [];
  return { ...own, allOf: Array.isArray(all) ? [...all, separate] : all };
}

const scalars = ["string", "number", "integer", "boolean", "null"];

/** Maps the keywords of OpenAPI 3.0 that mean something else in JSON Schema. */
function convertOld(schema: Record<string, unknown>, place: Place, faults: Faults): void {
  const { nullable, type } = schema;
  delete schema.nullable;
  if (nullable !== undefined && typeof nullable !== "boolean") {
    faults.add(memberOf(place, "nullable"), "is not true or false", "Write nullable: true, or remove it.");
  }
  if (type !== undefined && (typeof type !== "string" || type === "null")) {
    faults.add(memberOf(place, "type"), "is not a type of OpenAPI 3.0", "Write one type, and nullable: true for null.");
  }
  // Without a type it has no effect (3.0.4, nullable).
  if (nullable === true && typeof type === "string") schema.type = [type, "null"];
  for (const [exclusive, bound] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    const value = schema[exclusive];
    if (value === undefined) continue;
    delete schema[exclusive];
    if (typeof value !== "boolean") {
      faults.add(memberOf(place, exclusive), "is not true or false", `Write ${exclusive}: true beside ${bound}.`);
    } else if (value && schema[bound] !== undefined) {
      schema[exclusive] = schema[bound];
      delete schema[bound];
    }
  }
}
