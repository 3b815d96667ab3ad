import type { Fault } from "./fault.ts";

/** Whatever the platform hands over: variables and secrets are strings, bindings are objects. */
export type Environment = Readonly<Record<string, unknown>>;

/**
 * Lists the names of all members of an environment. Inherited members and members that are not enumerable are among them,
 * because the gate can read those too.
 */
export function listNames(environment: object): readonly string[] {
  const names = new Set<string>();
  let object: object | null = environment;
  while (object !== null && object !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(object)) names.add(name);
    object = Object.getPrototypeOf(object);
  }
  return [...names];
}

/** A secret as a plain string, or as a Secrets Store binding. */
export type Secret = string | { get(): Promise<string> };

/** Reads variables one by one and gathers every fault, so that an operator sees all of them at once. */
export interface VariableReader {
  /** Names of all members of the environment, see {@link listNames}. */
  readonly names: readonly string[];
  readonly faults: Fault[];
  /** Notes a fault; what was read so far is then not used. */
  fault(variable: string, problem: string, example: string): void;
  /** The trimmed text of a variable; `undefined` where it is absent. Present but empty, or no text, is a fault. */
  text(variable: string, example: string): string | undefined;
  /** The items of a list separated by commas or spaces; `undefined` where it is absent. No item is a fault. */
  list(variable: string, example: string): readonly string[] | undefined;
  /** A list whose every item passes `check`; each that does not is a fault that ends in `problem`. */
  listOf(
    variable: string,
    example: string,
    check: (item: string) => boolean,
    problem: string,
  ): readonly string[] | undefined;
  /** One of a few words; anything else is a fault that lists them. */
  word<T extends string>(variable: string, words: readonly T[], fallback: T): T;
  /** A string secret or a Secrets Store binding; `undefined` where it is absent. */
  secret(variable: string): Secret | undefined;
  /** A binding of the platform; `undefined` where it is absent. Anything else under its name is a fault. */
  binding<T>(name: string, isBinding: (value: unknown) => value is T, problem: string, example: string): T | undefined;
}

/** Makes a reader over one environment. */
export function createReader(environment: Environment): VariableReader {
  const faults: Fault[] = [];

  function fault(variable: string, problem: string, example: string): void {
    faults.push({ variable, problem, example });
  }

  /** A member that is present but `undefined` is a fault: its value, perhaps an allowlist, was lost on the way here. */
  function read(name: string, example: string): unknown {
    const value = environment[name];
    if (value === undefined && name in environment)
      fault(name, "is undefined; give it a value or leave it out", example);
    return value;
  }

  function text(variable: string, example: string): string | undefined {
    const value = read(variable, example);
    if (value === undefined) return undefined;
    if (typeof value !== "string") {
      fault(variable, "is not text", example);
      return undefined;
    }
    const trimmed = value.trim();
    if (trimmed === "") {
      fault(variable, "is empty: give it a value or remove it", example);
      return undefined;
    }
    return trimmed;
  }

  function list(variable: string, example: string): readonly string[] | undefined {
    const value = text(variable, example);
    if (value === undefined) return undefined;
    const items = [...new Set(value.split(/[\s,]+/).filter((item) => item !== ""))];
    if (items.length > 0) return items;
    fault(variable, "is an empty list: name at least one item or remove it", example);
    return undefined;
  }

  return {
    names: listNames(environment),
    faults,
    fault,
    text,
    list,
    listOf(variable, example, check, problem) {
      const items = list(variable, example);
      for (const item of items ?? []) {
        if (!check(item)) fault(variable, `holds ${JSON.stringify(item)}, ${problem}`, example);
      }
      return items;
    },
    word(variable, words, fallback) {
      const example = `${variable}=${words[0]}`;
      const value = text(variable, example);
      if (value === undefined) return fallback;
      const known = words.find((word) => word === value);
      if (known === undefined) fault(variable, `is ${JSON.stringify(value)}, not one of ${words.join(", ")}`, example);
      return known ?? fallback;
    },
    secret(variable) {
      const example = `wrangler secret put ${variable}`;
      const value = read(variable, example);
      if (value === undefined) return undefined;
      if (typeof value === "string" && value.trim() !== "") return value;
      if (isSecretBinding(value)) return value;
      fault(variable, "is neither text nor a Secrets Store binding", example);
      return undefined;
    },
    binding(name, isBinding, problem, example) {
      const value = read(name, example);
      if (value === undefined || isBinding(value)) return value;
      fault(name, problem, example);
      return undefined;
    },
  };
}

function isSecretBinding(value: unknown): value is Exclude<Secret, string> {
  return typeof value === "object" && value !== null && "get" in value && typeof value.get === "function";
}
