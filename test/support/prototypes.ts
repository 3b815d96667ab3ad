/** Names that plain objects and functions inherit. On Deno, plain objects have no `__proto__`. */
export const inheritedNames: readonly string[] = [
  ...new Set([...Object.getOwnPropertyNames(Object.prototype), "__proto__", "prototype"]),
];

const types = { Object, Array, Function, String, Number, Map, Promise };

/** All members of the objects from which others inherit, and the members of their functions. */
export function describePrototypes(): readonly string[] {
  return Object.entries(types).flatMap(([name, type]) => [
    ...describe(name, type),
    ...describe(`${name}.prototype`, type.prototype),
  ]);
}

function describe(name: string, object: object): readonly string[] {
  return Reflect.ownKeys(object).map((key) => {
    const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(object, key) ?? {};
    // Code that finds an inherited function in a table can write to it.
    const members = [value, get, set].map((part) => (typeof part === "function" ? Reflect.ownKeys(part) : typeof part));
    return `${name}.${String(key)} ${JSON.stringify({ flags, members })}`;
  });
}
