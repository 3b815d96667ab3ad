import type { ConfigFault } from "./fault.ts";

/** The environment of the platform: variables and secrets are strings, bindings are objects. */
export type Environment = Readonly<Record<string, unknown>>;

/**
 * Lists the names of all members of an environment. The list includes inherited and non-enumerable members, because the
 * gate can read those too.
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

/** A secret: a string, or a Secrets Store binding. */
export type Secret =
  | string
  | {
      /** Reads the secret from its store. */
      get(): Promise<string>;
    };

/** Reads variables and collects their faults, so that an operator sees all of them at once. */
export interface VariableReader {
  /** Names of all members of the environment, see {@link listNames}. */
  readonly names: readonly string[];
  readonly faults: ConfigFault[];
  /** Records a fault. A configuration with faults is not used. */
  fault(variable: string, problem: string, example?: string): void;
  /** Whether any of the variables already has a fault. */
  isFaulty(...names: readonly string[]): boolean;
  /** Reads a variable and trims it; `undefined` if it is absent. An empty value, or one that is not a string, is a fault. */
  text(variable: string, example: string): string | undefined;
  /** Reads a list that is separated by commas or spaces; `undefined` if it is absent. An empty list is a fault. */
  list(variable: string, example: string): readonly string[] | undefined;
  /** Reads a list and passes each item to `check`. For each rejected item, it records a fault that ends in `problem`. */
  listOf(
    variable: string,
    example: string,
    check: (item: string) => boolean,
    problem: string,
  ): readonly string[] | undefined;
  /** Reads one of several words. Any other value is a fault that lists the words. */
  word<T extends string>(variable: string, words: readonly T[], fallback: T): T;
  /** Reads a string secret or a Secrets Store binding; `undefined` if it is absent. */
  secret(variable: string): Secret | undefined;
  /** Reads a binding of the platform; `undefined` if it is absent. A value of another type is a fault. */
  binding<T>(name: string, isBinding: (value: unknown) => value is T, problem: string, example: string): T | undefined;
}

/** Creates a reader of one environment. */
export function createReader(environment: Environment): VariableReader {
  const faults: ConfigFault[] = [];

  function fault(variable: string, problem: string, example?: string): void {
    faults.push({ variable, problem, example });
  }

  /** A member that exists but is `undefined` is a fault: its value, perhaps an allowlist, was lost. */
  function read(name: string, example: string): unknown {
    const value = environment[name];
    if (value === undefined && name in environment) fault(name, "is undefined. Set a value or remove it", example);
    return value;
  }

  function text(variable: string, example: string): string | undefined {
    const value = read(variable, example);
    if (value === undefined) return undefined;
    if (typeof value !== "string") {
      fault(variable, "is not a string", example);
      return undefined;
    }
    const trimmed = value.trim();
    if (trimmed === "") {
      fault(variable, "is empty. Set a value or remove it", example);
      return undefined;
    }
    return trimmed;
  }

  function list(variable: string, example: string): readonly string[] | undefined {
    const value = text(variable, example);
    if (value === undefined) return undefined;
    const items = [...new Set(value.split(/[\s,]+/).filter((item) => item !== ""))];
    if (items.length > 0) return items;
    fault(variable, "is an empty list. Add an item or remove it", example);
    return undefined;
  }

  return {
    names: listNames(environment),
    faults,
    fault,
    isFaulty: (...names) => faults.some(({ variable }) => names.includes(variable)),
    text,
    list,
    listOf(variable, example, check, problem) {
      const items = list(variable, example);
      for (const item of items ?? []) {
        if (!check(item)) fault(variable, `contains ${JSON.stringify(item)}, ${problem}`, example);
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
      fault(variable, "is not a string or a Secrets Store binding", example);
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
  return hasMethod(value, "get");
}

/** Whether a value is an object that has a method of this name, as bindings of the platform do. */
export function hasMethod<K extends string>(value: unknown, name: K): value is Record<K, () => unknown> {
  return typeof value === "object" && value !== null && typeof (value as Record<K, unknown>)[name] === "function";
}
