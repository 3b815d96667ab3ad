import { isRecord } from "../../src/cli-exports/text.ts";
import { checkExtensions, type Holder } from "./extensions.ts";
import { type Faults, memberOf, type Place } from "./fault.ts";
import type { DocumentFiles } from "./files.ts";

/** What a value is. The names of `paths` are paths and extensions, and those of a map are free. */
type Kind = Holder | "paths" | "schema" | MapKind;
type MapKind = "objects" | "path items" | "callbacks" | "schemas";

const contents: ReadonlyMap<Kind, Kind> = new Map<MapKind, Kind>([
  ["objects", "object"],
  ["path items", "path item"],
  ["callbacks", "paths"],
  ["schemas", "schema"],
]);
/** Members of an object that are maps, and `paths`. */
const maps: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["paths", "paths"],
  ["webhooks", "path items"],
  ["pathItems", "path items"],
  ["callbacks", "callbacks"],
  ...["responses", "requestBodies", "headers", "securitySchemes", "links"].map((name) => [name, "objects"] as const),
  ...["examples", "content", "encoding", "mediaTypes"].map((name) => [name, "objects"] as const),
]);
/** Members of a schema that are maps of schemas. */
const schemaMaps = new Set(["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"]);
/** Members whose values are data. */
const objectData = new Set(["example", "value", "dataValue", "variables", "scopes", "mapping", "security"]);
const schemaData = new Set([
  ...["default", "enum", "const", "example", "examples", "discriminator", "xml", "dependentRequired"],
]);
/** Members of a path item. */
const operations = new Set(["get", "put", "post", "delete", "options", "head", "patch"]);

interface Reference {
  readonly at: Place;
  readonly target: Place;
}

/**
 * Follows every reference of a document, so that no file stays unread. Records references that lead nowhere, those
 * outside schemas that contain themselves, and unknown or misplaced extensions. It does not recurse: a document decides
 * how long its chains are.
 */
export function checkReferences(entry: Place, files: DocumentFiles, faults: Faults): void {
  const seen = new Set<object>();
  const references: Reference[] = [];
  const pending: { readonly place: Place; readonly kind: Kind }[] = [{ place: entry, kind: "document" }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { place, kind } = next;
    const { value } = place;
    // Aliases of YAML share an object.
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    const isSchema = kind === "schema" || kind === "schemas";
    // The identifier of a schema changes what relative references in it mean. Nothing reads schemas.
    if (kind === "schema" && isRecord(value) && typeof value.$id === "string") continue;
    const at = memberOf(place, "$ref");
    if (typeof at.value === "string" && !Array.isArray(value) && !(isSchema && isAnchor(at.value))) {
      const target = files.follow(at, at.value);
      if (target !== undefined) pending.push({ place: target, kind });
      if (target !== undefined && !isSchema) references.push({ at, target });
    }
    if (!contents.has(kind)) checkExtensions(place, holderOf(kind), faults);
    // Other maps have free names. Here one level too deep is easily written.
    if (kind === "operation") checkExtensions(memberOf(place, "responses"), "object", faults);
    for (const name of Object.keys(value)) {
      const inner = Array.isArray(value) ? kind : kindOf(name, kind, memberOf(place, name).value);
      if (inner !== undefined) pending.push({ place: memberOf(place, name), kind: inner });
    }
  }
  findCycles(references, faults);
}

/** A name in a schema (JSON Schema, `$anchor`), and not a pointer. */
function isAnchor(reference: string): boolean {
  return /^#[^/]/.test(reference);
}

function holderOf(kind: Kind): Holder {
  return kind === "document" || kind === "path item" || kind === "operation" ? kind : "object";
}

/** @returns `undefined` for data */
function kindOf(name: string, kind: Kind, value: unknown): Kind | undefined {
  const content = contents.get(kind);
  if (content !== undefined) return content;
  if (name.startsWith("x-")) return undefined;
  if (kind === "paths") return "path item";
  if (kind === "schema") return schemaData.has(name) ? undefined : schemaMaps.has(name) ? "schemas" : "schema";
  if (name === "schemas") return "schemas";
  if (name === "schema" || name === "itemSchema") return "schema";
  if (operations.has(name)) return "operation";
  // A list in an operation, and a map in components.
  if (name === "parameters" && isRecord(value)) return "objects";
  return objectData.has(name) ? undefined : (maps.get(name) ?? "object");
}

/** Records each reference that is part of a cycle: its target leads to the reference again. */
function findCycles(references: readonly Reference[], faults: Faults): void {
  const targets = new Map(references.map(({ target }) => [keyOf(target), [] as Reference[]]));
  for (const reference of references) {
    // A target contains the references at and below its place.
    const { file, pointer } = reference.at;
    for (let end = pointer.lastIndexOf("/"); end >= 0; end = pointer.lastIndexOf("/", end - 1)) {
      targets.get(keyOf({ file, pointer: pointer.slice(0, end) }))?.push(reference);
      if (end === 0) break;
    }
  }
  const state = new Map<string, "open" | "done">();
  for (const start of targets.keys()) visit(start);

  function visit(start: string): void {
    if (state.has(start)) return;
    const trail = [{ key: start, next: 0 }];
    state.set(start, "open");
    while (trail.length > 0) {
      const step = trail.at(-1)!;
      const reference = targets.get(step.key)?.[step.next];
      step.next += 1;
      if (reference === undefined) {
        state.set(step.key, "done");
        trail.pop();
        continue;
      }
      const key = keyOf(reference.target);
      if (state.get(key) === "open") {
        faults.add(
          reference.at,
          "leads to itself",
          "Remove one reference of the cycle. Only schemas can be recursive.",
        );
      } else if (!state.has(key)) {
        state.set(key, "open");
        trail.push({ key, next: 0 });
      }
    }
  }
}

function keyOf({ file, pointer }: Omit<Place, "value">): string {
  return `${file}#${pointer}`;
}
