import { escapePointer } from "../../src/cli-exports/policy.ts";
import { isRecord } from "../../src/cli-exports/text.ts";

/** Why a document is refused. */
export interface Fault {
  /** Path from the folder of the document. */
  readonly file: string;
  /** JSON pointer in the file; empty for the whole file. */
  readonly pointer: string;
  /** Clause about the value at the pointer. */
  readonly problem: string;
  /** Sentence that says what to write in its place. */
  readonly repair: string;
}

/** A value in a file, and where it is. */
export interface Place {
  /** Path from the folder of the document. */
  readonly file: string;
  readonly pointer: string;
  readonly value: unknown;
}

/** Collects the faults of a document, so that its author sees all of them at once. */
export class Faults {
  readonly #faults = new Map<string, Fault>();

  /** Records a fault once. Several operations can lead to the same place. */
  add({ file, pointer }: Omit<Place, "value">, problem: string, repair: string): void {
    const key = JSON.stringify([file, pointer, problem]);
    if (!this.#faults.has(key)) this.#faults.set(key, { file, pointer, problem, repair });
  }

  /**
   * Does work whose faults do not count.
   *
   * @returns its result; `undefined` if it has a fault
   */
  discard<T>(work: () => T): T | undefined {
    const before = [...this.#faults.keys()];
    const result = work();
    const added = [...this.#faults.keys()].slice(before.length);
    for (const key of added) this.#faults.delete(key);
    return added.length === 0 ? result : undefined;
  }

  get size(): number {
    return this.#faults.size;
  }

  list(): readonly Fault[] {
    return [...this.#faults.values()];
  }
}

/** An object of a document. */
export type Members = Readonly<Record<string, unknown>>;

/** @returns the member of an object or the item of an array; its value is `undefined` if there is none */
export function memberOf({ file, pointer, value }: Place, name: string | number): Place {
  const has = typeof value === "object" && value !== null && Object.hasOwn(value, name);
  return {
    file,
    pointer: `${pointer}/${escapePointer(String(name))}`,
    value: has ? (value as Members)[name] : undefined,
  };
}

/** @returns the members of an object; none if the value is not one */
export function membersOf(place: Place): readonly (readonly [name: string, member: Place])[] {
  if (!isRecord(place.value)) return [];
  return Object.keys(place.value).map((name) => [name, memberOf(place, name)]);
}
