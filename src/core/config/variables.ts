import { isObject } from "../../base/common/objects.ts";
import type { ConfigFault } from "./fault.ts";
import { isGuid } from "./guid.ts";
import { isNamed, knownVariables, type NameOf, type VariableRow, type VariableTable, type WordOf } from "./table.ts";

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

/**
 * Thrown if the platform throws when the environment or a binding is read. It has no cause, which may contain a secret.
 */
export class UnreadableError extends Error {}

/** @throws UnreadableError if the callback throws */
export function readPlatform<Value>(read: () => Value): Value {
  try {
    return read();
  } catch {
    throw new UnreadableError("The environment cannot be read. Check its bindings.");
  }
}

/** A secret: a string, or a Secrets Store binding. */
export type Secret =
  | string
  | {
      /** Reads the secret from its store. */
      get(): Promise<string>;
    };

type KnownTable = typeof knownVariables;

/** Reads the variables of a table, and collects their faults, so that an operator sees all of them at once. */
export interface VariableReader<Table extends VariableTable = KnownTable> {
  /** Names of all members of the environment, see {@link listNames}. */
  readonly names: readonly string[];
  readonly faults: ConfigFault[];
  /**
   * Records a fault. A configuration with faults is not used.
   *
   * @param example default: that of the variable; `undefined` if `problem` says what to do
   * @returns `undefined`, which a function without a value can return
   */
  fault(variable: string, problem: string, example?: string): undefined;
  /** Whether any of the variables already has a fault. */
  isFaulty(...names: readonly string[]): boolean;
  /**
   * Reads a variable and trims it; `undefined` if it is absent. An empty value, or one that is not a string, is a
   * fault.
   */
  text(variable: NameOf<Table, "text">): string | undefined;
  /** Reads a list that is separated by commas or spaces; `undefined` if it is absent. An empty list is a fault. */
  list(variable: NameOf<Table, "list">): readonly string[] | undefined;
  /**
   * Reads a list and checks its items. For each wrong one, it records a fault.
   *
   * @param describeMistake returns the end of that fault, or `undefined` if an item is right
   * @param example default: that of the variable
   */
  listOf(
    variable: NameOf<Table, "list">,
    describeMistake: (item: string) => string | undefined,
    example?: string,
  ): readonly string[] | undefined;
  /**
   * Reads a list of GUIDs, in lower case. For each other item, it records a fault.
   *
   * @param noun for example `a tenant ID`
   */
  guids(variable: NameOf<Table, "guids">, noun: string): readonly string[] | undefined;
  /** Reads a flag: `true`, or `false`, which is the default. */
  flag(variable: NameOf<Table, "flag">): boolean;
  /**
   * Reads one of several words. Any other value is a fault that lists the words.
   *
   * @param byDefault word of an absent variable, in place of the first one
   */
  word<Name extends NameOf<Table, "word">>(variable: Name, byDefault?: WordOf<Table[Name]>): WordOf<Table[Name]>;
  /** Reads a string secret or a Secrets Store binding; `undefined` if it is absent. */
  secret(variable: NameOf<Table, "secret">): Secret | undefined;
  /**
   * Reads a binding of the platform; `undefined` if it is absent. A value without the methods of the binding is a
   * fault.
   */
  binding<T extends object>(name: NameOf<Table, "binding">): T | undefined;
  /** The name under which a variable is read: that of another origin, see {@link of}. */
  nameOf(variable: string): string;
  /** How to set a variable, for a fault of another one. */
  exampleOf(variable: string): string | undefined;
  /**
   * Returns a reader of the variables of another origin or authority: it reads and names `ORIGIN_BILLING_URL` in place
   * of `ORIGIN_URL`, or `ENTRA_CUSTOMERS_TENANT_ID` in place of `ENTRA_TENANT_ID`.
   */
  of(prefix: VariablePrefix): VariableReader<Table>;
  /** Returns a reader that knows another table too. It records in the same list of faults. */
  with<Other extends VariableTable>(table: Other): VariableReader<Table & Other>;
}

/** Creates a reader of one environment. */
export function createReader(environment: Environment): VariableReader {
  return createReaderOf(knownVariables, environment, [], "ORIGIN");
}

/** The start of the names of an origin's variables, and the name of its binding. */
export type OriginPrefix = "ORIGIN" | `ORIGIN_${string}`;

/** The start of the names of the variables of an origin, or of a named authority. */
export type VariablePrefix = OriginPrefix | "ENTRA" | `ENTRA_${string}`;

/**
 * Finds the name that a variable of the origin or authority without a name has for another. All origins share
 * ORIGIN_ASSERTION.
 */
export function renameVariable(variable: string, prefix: VariablePrefix): string {
  const [start = ""] = prefix.split("_");
  return variable.startsWith(start) && variable !== "ORIGIN_ASSERTION"
    ? prefix + variable.slice(start.length)
    : variable;
}

function createReaderOf<Table extends VariableTable>(
  table: Table,
  environment: Environment,
  faults: ConfigFault[],
  prefix: VariablePrefix,
): VariableReader<Table> {
  const nameOf = (variable: string) => renameVariable(variable, prefix);
  const rowOf = (variable: string) =>
    Object.hasOwn(table, variable)
      ? table[variable]
      : Object.entries(table).find(([name]) => isNamed(name, variable))?.[1];

  function exampleOf(variable: string): string | undefined {
    const row = rowOf(variable);
    if (row === undefined) return undefined;
    const name = nameOf(variable);
    if (row[0] === "secret") return `wrangler secret put ${name}`;
    if (row[0] === "binding") return `${row[1]} = "${name}" in wrangler.toml`;
    return `${name}=${row[0] === "word" ? row[1][0] : row[1]}`;
  }

  function fault(variable: string, problem: string, example = exampleOf(variable)): undefined {
    faults.push({ variable: nameOf(variable), problem, example });
  }

  /** A member that exists but is `undefined` is a fault: its value, perhaps an allowlist, was lost. */
  function read(name: string): unknown {
    const written = nameOf(name);
    const [value, isPresent] = readPlatform(() => [environment[written], written in environment] as const);
    if (value === undefined && isPresent) fault(name, "is undefined. Set a value or remove it");
    return value;
  }

  function text(variable: string): string | undefined {
    const value = read(variable);
    if (value === undefined) return undefined;
    if (typeof value !== "string") return fault(variable, "is not a string");
    return value.trim() || fault(variable, "is empty. Set a value or remove it");
  }

  function list(variable: string): readonly string[] | undefined {
    const value = text(variable);
    if (value === undefined) return undefined;
    const items = [...new Set(value.split(/[\s,]+/).filter((item) => item !== ""))];
    return items.length > 0 ? items : fault(variable, "is an empty list. Add an item or remove it");
  }

  function listOf(variable: string, describeMistake: (item: string) => string | undefined, example?: string) {
    const items = list(variable);
    for (const item of items ?? []) {
      const mistake = describeMistake(item);
      if (mistake !== undefined) fault(variable, `contains ${JSON.stringify(item)}, ${mistake}`, example);
    }
    return items;
  }

  function word(variable: string, words: readonly string[], fallback: string): string {
    const value = text(variable);
    if (value === undefined || words.includes(value)) return value ?? fallback;
    fault(variable, `is ${JSON.stringify(value)}, not one of ${words.join(", ")}`);
    return fallback;
  }

  return {
    names: readPlatform(() => listNames(environment)),
    faults,
    fault,
    isFaulty: (...names) => faults.some(({ variable }) => names.map(nameOf).includes(variable)),
    text,
    list,
    listOf,
    guids(variable, noun) {
      const items = listOf(variable, (item) =>
        isGuid(item.toLowerCase()) ? undefined : `which is not ${noun} (GUID)`,
      );
      return items?.map((item) => item.toLowerCase());
    },
    flag: (variable) => word(variable, ["true", "false"], "false") === "true",
    word(variable, byDefault) {
      const words = rowOf(variable)?.[1] as readonly [string, ...string[]];
      return word(variable, words, byDefault ?? words[0]) as never;
    },
    secret(variable) {
      const value = read(variable);
      if (value === undefined) return undefined;
      if (typeof value === "string" && value.trim() !== "") return value;
      return isSecretBinding(value) ? value : fault(variable, "is not a string or a Secrets Store binding");
    },
    binding(name) {
      const [, , kind, methods] = rowOf(name) as Extract<VariableRow, readonly ["binding", ...unknown[]]>;
      const value = read(name);
      if (value === undefined || methods.every((method) => hasMethod(value, method))) return value as never;
      return fault(name, `is not ${kind} binding`);
    },
    nameOf,
    exampleOf,
    of: (other) => createReaderOf(table, environment, faults, other),
    with: (other) => createReaderOf({ ...table, ...other }, environment, faults, prefix),
  };
}

function isSecretBinding(value: unknown): value is Exclude<Secret, string> {
  return hasMethod(value, "get");
}

/**
 * Whether a value is an object that has a method of this name, as bindings of the platform do.
 *
 * @throws UnreadableError if the platform throws when it is read
 */
export function hasMethod<K extends string>(value: unknown, name: K): value is Record<K, () => unknown> {
  return isObject(value) && typeof readPlatform(() => (value as Record<K, unknown>)[name]) === "function";
}
