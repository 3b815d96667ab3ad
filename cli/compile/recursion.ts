import type { Faults } from "./fault.ts";
import type { Definition, JsonSchema } from "./schemas.ts";

type Definitions = ReadonlyMap<string, Definition>;

/**
 * Schemas that one value is checked by. A few alternatives of alternatives multiply to more than a request has time
 * for.
 */
const togetherMaximum = 500;

/** Keywords whose schemas check the same value. */
const inPlace = ["not", "if", "then", "else", "allOf", "anyOf", "oneOf", "dependentSchemas"];

/**
 * Records schemas that never end or check one value very often, and recursive schemas that check a part of a value in
 * two ways which both lead back: the time would double with each level of a body.
 */
export function checkRecursion(definitions: Definitions, faults: Faults): void {
  for (const { schema, place } of definitions.values()) {
    if (listTogether(schema, definitions) !== undefined) continue;
    const problem = `leads to itself without a step into the value, or checks a value by more than ${togetherMaximum} schemas`;
    faults.add(place, problem, "Let fewer schemas of allOf, anyOf and oneOf refer to each other.");
  }
  const references = new Map([...definitions].map(([name, { schema }]) => [name, findReferences(schema)]));
  for (const group of findCycles(references)) {
    const leadsBack = once((schema: JsonSchema) => findReferences(schema).some((name) => group.has(name)));
    const readChildren = once((schema: JsonSchema) => listChildren(schema, leadsBack));
    for (const name of group) {
      const definition = definitions.get(name);
      const problem = definition && findProblem(definition.schema, definitions, leadsBack, readChildren);
      if (definition === undefined || problem === undefined) continue;
      const repair = "Let only one of the schemas that check a value refer to a schema around it.";
      faults.add(definition.place, `is recursive, and ${problem}`, repair);
    }
  }
}

/** Keywords beside which Ajv notes only at run time what is evaluated, and often wrongly. */
const undecided: Readonly<Record<string, readonly string[]>> = {
  unevaluatedProperties: ["anyOf", "oneOf", "if", "dependentSchemas", "patternProperties"],
  unevaluatedItems: ["anyOf", "oneOf", "if", "dependentSchemas", "contains"],
};

/**
 * Records `unevaluatedProperties` and `unevaluatedItems` that the code of Ajv does not evaluate as JSON Schema says.
 * For example, the notes about a recursive schema would stay for the next request.
 *
 * @returns whether a schema has these keywords at all
 */
export function checkUnevaluated(definitions: Definitions, faults: Faults): boolean {
  let areUsed = false;
  const references = new Map([...definitions].map(([name, { schema }]) => [name, findReferences(schema)]));
  const groups = new Map(findCycles(references).flatMap((group) => [...group].map((name) => [name, group] as const)));
  for (const [name, { schema: root, place }] of definitions) {
    for (const schema of listBelow(root)) {
      for (const [keyword, others] of Object.entries(undecided)) {
        if (typeof schema === "boolean" || schema[keyword] === undefined) continue;
        areUsed = true;
        const obstacle = findObstacle(name, listTogether(schema, definitions) ?? [], others, groups);
        if (obstacle === undefined) continue;
        const problem = `has ${keyword} beside ${obstacle}, which the gate cannot evaluate together`;
        faults.add(place, problem, `Declare what ${keyword} allows in one schema, or remove the keyword.`);
      }
    }
  }
  return areUsed;
}

/**
 * @param name of the definition
 * @param together the schemas that check the same value
 * @param groups of definitions that lead to each other
 */
function findObstacle(
  name: string,
  together: Iterable<JsonSchema>,
  others: readonly string[],
  groups: ReadonlyMap<string, ReadonlySet<string>>,
): string | undefined {
  const schemas = [...together].filter((schema) => typeof schema === "object");
  const targets = new Set(schemas.flatMap(({ $ref }) => (typeof $ref === "string" ? [$ref] : [])));
  const isRecursive = [...targets].some((target) => {
    const group = groups.get(target);
    return group?.has(name) || [...targets].some((other) => other !== target && group?.has(other));
  });
  if (isRecursive) return "a reference to a recursive schema";
  return others.find((other) => schemas.some((schema) => schema[other] !== undefined));
}

/** A schema, and all schemas in it. */
function listBelow(root: JsonSchema): ReadonlySet<JsonSchema> {
  const found = new Set<JsonSchema>([root]);
  for (const schema of found) {
    for (const each of listTogether(schema, noDefinitions) ?? []) {
      found.add(each);
      for (const child of membersBelow(each)) found.add(child);
    }
  }
  return found;
}

/** Remembers the result for each schema: many others refer to it. */
function once<T>(read: (schema: JsonSchema) => T): (schema: JsonSchema) => T {
  const known = new Map<JsonSchema, T>();
  return (schema) => {
    const found = known.get(schema);
    if (found !== undefined) return found;
    const result = read(schema);
    known.set(schema, result);
    return result;
  };
}

/**
 * Checks the schemas of one definition, and not those of the definitions that it refers to. If they lead back, they are
 * of the same group.
 */
function findProblem(
  root: JsonSchema,
  definitions: Definitions,
  leadsBack: (schema: JsonSchema) => boolean,
  readChildren: (schema: JsonSchema) => Children,
): string | undefined {
  const seen = new Set<JsonSchema>([root]);
  for (const schema of seen) {
    const together = listTogether(schema, definitions);
    if (together === undefined) return undefined;
    const children = together.map(readChildren);
    const names = new Set(children.flatMap(({ named }) => [...named.keys()]));
    for (const position of [...names, undefined]) {
      const ways = children.map(({ named, ...of }) =>
        Math.max((position === undefined ? 0 : (named.get(position) ?? 0)) + of.patterns, of.others),
      );
      if (ways.reduce((sum, count) => sum + count, 0) > 1) return "checks a member in two ways that both lead back";
    }
    if (children.reduce((sum, { items }) => sum + items, 0) > 1)
      return "checks an item in two ways that both lead back";
    for (const each of listTogether(schema, noDefinitions) ?? []) {
      for (const child of membersBelow(each)) if (leadsBack(child)) seen.add(child);
    }
  }
  return undefined;
}

const noDefinitions: Definitions = new Map();

/**
 * @param definitions that references lead to
 * @returns a schema and all that check the same value; `undefined` if they are too many, or lead to themselves
 */
function listTogether(root: JsonSchema, definitions: Definitions): readonly JsonSchema[] | undefined {
  const found: JsonSchema[] = [];
  const pending = [root];
  for (let schema = pending.pop(); schema !== undefined; schema = pending.pop()) {
    found.push(schema);
    if (found.length > togetherMaximum) return undefined;
    if (typeof schema === "boolean") continue;
    const target = typeof schema.$ref === "string" ? definitions.get(schema.$ref)?.schema : undefined;
    if (target !== undefined) pending.push(target);
    for (const keyword of inPlace) pending.push(...schemasOf(schema[keyword], keyword === "dependentSchemas"));
  }
  return found;
}

interface Children {
  /** How many schemas of `properties` lead back, by name. */
  readonly named: ReadonlyMap<string, number>;
  readonly patterns: number;
  /** Of members that have no schema of their own. */
  readonly others: number;
  readonly items: number;
}

function listChildren(schema: JsonSchema, leadsBack: (schema: JsonSchema) => boolean): Children {
  const of = (keyword: string, isMap = false) =>
    typeof schema === "boolean" ? 0 : schemasOf(schema[keyword], isMap).filter(leadsBack).length;
  const properties = typeof schema === "boolean" ? {} : ((schema.properties ?? {}) as Record<string, JsonSchema>);
  return {
    named: new Map(Object.entries(properties).map(([name, child]) => [name, Number(leadsBack(child))])),
    patterns: of("patternProperties", true),
    others: of("additionalProperties") + of("unevaluatedProperties"),
    items: Math.max(of("items"), Math.min(of("prefixItems"), 1)) + of("contains") + of("unevaluatedItems"),
  };
}

/** Schemas of members and items. */
function membersBelow(schema: JsonSchema): readonly JsonSchema[] {
  if (typeof schema === "boolean") return [];
  return [
    ...["properties", "patternProperties"].flatMap((keyword) => schemasOf(schema[keyword], true)),
    ...[
      "additionalProperties",
      "unevaluatedProperties",
      "items",
      "prefixItems",
      "contains",
      "unevaluatedItems",
    ].flatMap((keyword) => schemasOf(schema[keyword], false)),
  ];
}

/** @param isMap whether the value has schemas by name */
function schemasOf(value: unknown, isMap: boolean): readonly JsonSchema[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value as readonly JsonSchema[];
  return isMap ? Object.values(value as Readonly<Record<string, JsonSchema>>) : [value as JsonSchema];
}

/** Names of the definitions to which a schema or a schema in it refers. */
function findReferences(schema: JsonSchema): readonly string[] {
  const names: string[] = [];
  const pending: JsonSchema[] = [schema];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (typeof next === "boolean") continue;
    if (typeof next.$ref === "string") names.push(next.$ref);
    for (const keyword of inPlace) pending.push(...schemasOf(next[keyword], keyword === "dependentSchemas"));
    pending.push(...membersBelow(next));
  }
  return names;
}

/** @returns groups of names that lead to each other (Tarjan's algorithm, without recursion) */
function findCycles(references: ReadonlyMap<string, readonly string[]>): readonly ReadonlySet<string>[] {
  const groups: Set<string>[] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const isOpen = new Set<string>();
  for (const start of references.keys()) {
    const trail = order.has(start) ? [] : [{ name: start, next: 0 }];
    for (let step = trail.at(-1); step !== undefined; step = trail.at(-1)) {
      const { name } = step;
      if (step.next === 0) {
        order.set(name, order.size);
        lowest.set(name, order.get(name)!);
        open.push(name);
        isOpen.add(name);
      }
      const target = references.get(name)?.[step.next];
      step.next += 1;
      if (target === undefined) {
        trail.pop();
        const parent = trail.at(-1)?.name;
        if (parent !== undefined) lowest.set(parent, Math.min(lowest.get(parent)!, lowest.get(name)!));
        if (lowest.get(name) === order.get(name)) closeGroup(name);
      } else if (!order.has(target)) {
        trail.push({ name: target, next: 0 });
      } else if (isOpen.has(target)) {
        lowest.set(name, Math.min(lowest.get(name)!, order.get(target)!));
      }
    }
  }
  return groups;

  function closeGroup(first: string): void {
    const group = new Set(open.splice(open.indexOf(first)));
    for (const name of group) isOpen.delete(name);
    if (group.size > 1 || references.get(first)?.includes(first)) groups.push(group);
  }
}
