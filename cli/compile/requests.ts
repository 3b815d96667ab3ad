import { prototypeNames } from "../../src/cli-exports/common.ts";
import type { FieldType, Method, ScalarType } from "../../src/cli-exports/policy.ts";
import { isRecord } from "../../src/cli-exports/text.ts";
import type { PartName } from "./compiled.ts";
import { type Faults, type Members, memberOf, membersOf, type Place } from "./fault.ts";
import type { DocumentFiles } from "./files.ts";
import type { JsonSchema, SchemaReader } from "./schemas.ts";
import type { DescribedPart, DescribedRequest } from "./validators.ts";

/** What the reader of requests knows. */
export interface RequestSources {
  readonly files: DocumentFiles;
  readonly faults: Faults;
  readonly schemas: SchemaReader;
}

/** An operation whose requests are validated. */
export interface RequestSource {
  readonly method: Method;
  /** For messages. */
  readonly name: string;
  readonly operation: Place;
  /** Path items that have parameters for all operations. */
  readonly items: readonly Place[];
  /** Names of the route's parameters, by their names in the document. */
  readonly pathNames: ReadonlyMap<string, string>;
}

/** A parameter or a field of a form, as the gate reads it. */
interface Field {
  readonly schema: JsonSchema;
  readonly type: FieldType;
  readonly isRequired: boolean;
}

/** What the gate calls the place of a parameter. */
const parts = { path: "params", query: "query", header: "headers" } as const;
/** OpenAPI describes them elsewhere, and ignores parameters of these names. */
const ignoredHeaders = ["accept", "content-type", "authorization"];

/** Reads what the requests of operations must look like. */
export class RequestReader {
  readonly #sources: RequestSources;

  constructor(sources: RequestSources) {
    this.#sources = sources;
  }

  /** @returns the parts that have schemas; after a fault, only some of them */
  read(source: RequestSource): DescribedRequest {
    const fields = { params: new Map<string, Field>(), query: new Map(), headers: new Map() };
    const parameters = this.#listParameters(source);
    for (const parameter of parameters) this.#readParameter(parameter, source, fields);
    const ofPath = parameters.map(({ value }) => value as Members).filter((value) => value.in === "path");
    for (const name of source.pathNames.keys()) {
      if (ofPath.some((parameter) => parameter.name === name)) continue;
      const repair = `Declare it: { name: ${name}, in: path, required: true, schema: { type: string } }.`;
      this.#sources.faults.add(source.operation, `has no parameter for {${name}} of its path`, repair);
    }
    const read = (["params", "query", "headers"] as const).flatMap((part) =>
      fields[part].size === 0 ? [] : [describeFields(part, fields[part], source)],
    );
    const body = this.#readBody(source);
    return body === undefined ? { parts: read, accepts: [] } : { parts: [...read, body.part], accepts: body.accepts };
  }

  /** Parameters of the operation replace those of the path item. */
  #listParameters({ operation, items }: RequestSource): readonly Place[] {
    const { faults } = this.#sources;
    const found = new Map<string, Place>();
    for (const owner of [...items, operation]) {
      const list = memberOf(owner, "parameters");
      if (list.value === undefined) continue;
      if (!Array.isArray(list.value)) {
        faults.add(list, "is not a list", "Write [{ name: id, in: path, required: true, schema: { type: string } }].");
        continue;
      }
      const own = new Set<string>();
      for (const index of list.value.keys()) {
        const place = this.#follow(memberOf(list, index));
        if (place === undefined || !isRecord(place.value)) {
          if (place !== undefined)
            faults.add(place, "is not a parameter", "Write { name: id, in: query, schema: { } }.");
          continue;
        }
        const { in: location, name } = place.value;
        const key = JSON.stringify([location, location === "header" ? String(name).toLowerCase() : name]);
        if (own.has(key)) faults.add(place, "is declared twice in one list", "Remove one of them.");
        own.add(key);
        found.set(key, place);
      }
    }
    return [...found.values()];
  }

  /** The reader of schemas reports names in a schema. */
  #follow(start: Place): Place | undefined {
    return this.#sources.files.followAll(start, /#[^/]/);
  }

  #readParameter(
    place: Place,
    { pathNames }: RequestSource,
    fields: Readonly<Record<Exclude<PartName, "body">, Map<string, Field>>>,
  ): void {
    const { faults } = this.#sources;
    const { name, in: location } = place.value as Members;
    if (typeof name !== "string" || name === "" || prototypeNames.has(name)) {
      faults.add(memberOf(place, "name"), "is not a name that a request can have", "Write a name such as limit.");
      return;
    }
    if (location !== "path" && location !== "query" && location !== "header") {
      const problem = `is in ${JSON.stringify(location)}, which the gate does not validate`;
      faults.add(memberOf(place, "in"), problem, "Move it to the query or to a header, or remove it.");
      return;
    }
    if (location === "header" && ignoredHeaders.includes(name.toLowerCase())) return;
    const own = location === "header" ? name.toLowerCase() : location === "path" ? pathNames.get(name) : name;
    if (own === undefined) {
      faults.add(memberOf(place, "name"), `is ${name}, which the path does not have`, "Correct the name.");
      return;
    }
    const isRequired = this.#readFlag(memberOf(place, "required")) || location === "path";
    const schema = this.#checkStyle(place, location);
    const type = schema && this.#readType(schema, location === "query");
    if (schema === undefined || type === undefined) return;
    fields[parts[location]].set(own, { schema: this.#sources.schemas.refer(schema), type, isRequired });
  }

  /** @returns the schema; `undefined` after a fault about how the parameter is written in a request */
  #checkStyle(place: Place, location: keyof typeof parts): Place | undefined {
    const { faults } = this.#sources;
    const schema = memberOf(place, "schema");
    if (schema.value === undefined) {
      const content = memberOf(place, "content");
      const where = content.value === undefined ? place : content;
      const problem = content.value === undefined ? "has no schema" : "is a text in another format";
      faults.add(where, `${problem}, so that the gate cannot validate it`, "Declare a schema: { type: string }.");
      return undefined;
    }
    const style = memberOf(place, "style");
    const usual = location === "query" ? "form" : "simple";
    if (style.value !== undefined && style.value !== usual) {
      const problem = `is ${JSON.stringify(style.value)}, which the gate cannot tell from encoded characters`;
      faults.add(style, problem, `Write style: ${usual}, or omit it.`);
      return undefined;
    }
    for (const name of ["allowReserved", "allowEmptyValue"]) {
      const member = memberOf(place, name);
      if (member.value === undefined || member.value === false) continue;
      faults.add(member, "lets servers read different values", `Remove ${name}.`);
      return undefined;
    }
    const explode = memberOf(place, "explode");
    if (location === "query" && !this.#readFlag(explode, true) && this.#isList(schema)) {
      faults.add(
        explode,
        "puts a list into one value, whose commas the gate cannot tell from encoded ones",
        listRepair,
      );
      return undefined;
    }
    return schema;
  }

  #readFlag(place: Place, byDefault = false): boolean {
    const { value = byDefault } = place;
    if (typeof value === "boolean") return value;
    this.#sources.faults.add(place, "is not true or false", "Write true, without quotation marks, or remove it.");
    return byDefault;
  }

  #isList(schema: Place): boolean {
    return typesOf(this.#resolve(schema)).includes("array");
  }

  /** What a schema refers to, if it only refers. */
  #resolve(schema: Place): Place {
    const seen = new Set<unknown>();
    let target = this.#follow(schema) ?? schema;
    // The reader of schemas reports a schema that leads to itself.
    while (!seen.has(target.value)) {
      seen.add(target.value);
      const allOf = memberOf(target, "allOf");
      const isWrapped = typesOf(target).length === 0 && Array.isArray(allOf.value) && allOf.value.length === 1;
      if (!isWrapped) return target;
      const inner = memberOf(allOf, 0);
      target = this.#follow(inner) ?? inner;
    }
    return target;
  }

  /** @returns how text becomes a value; `undefined` after a fault */
  #readType(schema: Place, canRepeat: boolean): FieldType | undefined {
    const { faults } = this.#sources;
    const target = this.#resolve(schema);
    const types = typesOf(target).filter((type) => type !== "null");
    const [type, ...others] = types.length > 0 ? types : typesOfValues(target);
    if (type === undefined || others.length > 0) {
      const problem = type === undefined ? "has no type" : `has the types ${[type, ...others].join(" and ")}`;
      faults.add(target, `${problem}, so that the gate cannot read the value from text`, "Write one type.");
      return undefined;
    }
    const scalar = scalarOf(type, target);
    if (scalar !== undefined) return scalar;
    if (type === "array" && canRepeat) {
      const items = this.#readType(memberOf(target, "items"), false);
      return typeof items === "string" ? [items] : undefined;
    }
    const repair = type === "array" ? listRepair : "Write one parameter for each property.";
    faults.add(target, `is an ${type}, which the gate cannot read from text here`, repair);
    return undefined;
  }

  #readBody(source: RequestSource): { readonly part: DescribedPart; readonly accepts: readonly string[] } | undefined {
    const { faults } = this.#sources;
    const declared = memberOf(source.operation, "requestBody");
    if (declared.value === undefined) return undefined;
    const body = this.#follow(declared);
    const content = body && memberOf(body, "content");
    if (body === undefined || content === undefined || !isRecord(content.value)) {
      faults.add(declared, "is not a request body", "Write { content: { application/json: { schema: { } } } }.");
      return undefined;
    }
    if (source.method === "GET" || source.method === "HEAD") {
      faults.add(
        declared,
        `is a body of ${source.method}, which servers may ignore`,
        "Remove it, or use another method.",
      );
      return undefined;
    }
    const types = membersOf(content).filter(([name]) => !name.startsWith("x-"));
    const isOptional = !this.#readFlag(memberOf(body, "required"));
    const kinds = new Set(types.map(([type]) => kindOf(type)));
    const unknown = types.find(([type]) => kindOf(type) === undefined);
    if (unknown !== undefined) {
      const repair = "Use application/json, application/x-www-form-urlencoded or text/plain.";
      faults.add(unknown[1], "is a media type that the gate does not validate", repair);
      return undefined;
    }
    const schemas = types.map(([, media]) => memberOf(this.#follow(media) ?? media, "schema"));
    const first = schemas[0];
    if (first === undefined || schemas.some((schema) => schema.value === undefined)) {
      faults.add(content, "has a media type without a schema", "Declare a schema.");
      return undefined;
    }
    const targets = new Set(schemas.map((schema) => this.#keyOf(schema)));
    if (kinds.size > 1 || targets.size > 1) {
      faults.add(content, "has media types with different schemas", "Declare one media type for each operation.");
      return undefined;
    }
    const accepts = [...new Set(types.map(([type]) => essenceOf(type)))];
    const isForm = kinds.has("form");
    const fields = isForm
      ? this.#readForm(memberOf(this.#follow(types[0]![1]) ?? types[0]![1], "encoding"), first)
      : undefined;
    if (isForm && fields === undefined) return undefined;
    const part = {
      part: "body" as const,
      schema: this.#sources.schemas.refer(first),
      place: first,
      route: source.name,
      ...(isOptional && { optional: true as const }),
      ...(fields && { fields }),
    };
    return { part, accepts };
  }

  /** Equal for schemas that are the same. */
  #keyOf(schema: Place): string {
    const target = this.#follow(schema) ?? schema;
    return target === schema ? JSON.stringify(target.value) : `${target.file}#${target.pointer}`;
  }

  /** Properties of a schema, and of all schemas that check the same value. */
  #listProperties(schema: Place): readonly (readonly [name: string, property: Place])[] {
    const found: (readonly [string, Place])[] = [];
    const seen = new Set<unknown>();
    const pending = [schema];
    for (let place = pending.pop(); place !== undefined; place = pending.pop()) {
      if (!isRecord(place.value) || seen.has(place.value)) continue;
      seen.add(place.value);
      const target = this.#follow(place);
      if (target !== undefined) pending.push(target);
      if (this.#sources.schemas.isBareReference(place.value)) continue;
      found.push(...membersOf(memberOf(place, "properties")));
      for (const name of ["if", "then", "else"]) pending.push(memberOf(place, name));
      for (const name of ["allOf", "anyOf", "oneOf"]) {
        const list = memberOf(place, name);
        if (Array.isArray(list.value)) pending.push(...list.value.map((_, index) => memberOf(list, index)));
      }
      pending.push(...membersOf(memberOf(place, "dependentSchemas")).map(([, inner]) => inner));
    }
    return found;
  }

  /** @returns the types of a form's fields */
  #readForm(encoding: Place, schema: Place): Readonly<Record<string, FieldType>> | undefined {
    const { faults } = this.#sources;
    if (encoding.value !== undefined) {
      faults.add(encoding, "changes how fields are written, which the gate does not read", "Remove it.");
      return undefined;
    }
    const own = memberOf(this.#resolve(schema), "properties");
    const [other] = this.#listProperties(schema).filter(([name]) => memberOf(own, name).value === undefined);
    if (other !== undefined) {
      faults.add(
        other[1],
        "is a field that the schema of the form does not declare itself",
        "Declare it in its properties.",
      );
      return undefined;
    }
    const fields = membersOf(own).map(([name, property]) => [name, this.#readType(property, true)] as const);
    if (fields.length === 0) {
      faults.add(schema, "has no properties, which a form needs", "Write type: object with properties.");
      return undefined;
    }
    return fields.every(([, type]) => type !== undefined)
      ? (Object.fromEntries(fields) as Readonly<Record<string, FieldType>>)
      : undefined;
  }
}

const listRepair = "Use a parameter of the query with explode: true.";

/** One schema for all fields of a part. */
function describeFields(
  part: PartName,
  fields: ReadonlyMap<string, Field>,
  { name: route, operation: place }: RequestSource,
): DescribedPart {
  const schema = {
    type: "object",
    properties: Object.fromEntries([...fields].map(([name, field]) => [name, field.schema])),
    required: [...fields].flatMap(([name, { isRequired }]) => (isRequired ? [name] : [])),
  };
  const types = Object.fromEntries([...fields].map(([name, { type }]) => [name, type]));
  return { part, schema, place, route, fields: types };
}

function typesOf({ value }: Place): readonly string[] {
  const { type } = isRecord(value) ? value : {};
  return [type].flat().filter((each) => typeof each === "string");
}

/** Types of the values that a schema without a type allows. */
function typesOfValues({ value }: Place): readonly string[] {
  const { enum: values, const: only } = isRecord(value) ? value : ({} as Members);
  const allowed = Array.isArray(values) ? values : only === undefined ? [] : [only];
  const types = new Set(allowed.filter((each) => each !== null).map((each) => typeof each));
  const areWhole = allowed.every((each) => typeof each !== "number" || Number.isInteger(each));
  return [...types].map((type) => (type === "number" && areWhole ? "integer" : type));
}

/** Only a reader of floating-point numbers is sure to read an exponent: others take `1e2` for 1. */
function scalarOf(type: string, schema: Place): ScalarType | undefined {
  if (type === "string") return "text";
  if (type === "number") {
    const { format } = isRecord(schema.value) ? schema.value : {};
    return format === "float" || format === "double" ? "number" : "decimal";
  }
  return type === "integer" || type === "boolean" ? type : undefined;
}

/** How the gate reads a media type. */
function kindOf(mediaType: string): "json" | "form" | "text" | undefined {
  const essence = essenceOf(mediaType);
  if (/^application\/(?:[a-z0-9.-]+\+)?json$/.test(essence)) return "json";
  if (essence === "application/x-www-form-urlencoded") return "form";
  // The gate reads them as text, which no schema of their content matches.
  return /^text\/(?!(?:x-)?json$|xml$)[a-z0-9.+-]+$/.test(essence) ? "text" : undefined;
}

/** A media type without parameters. */
function essenceOf(mediaType: string): string {
  return (mediaType.split(";")[0] ?? "").trim().toLowerCase();
}
