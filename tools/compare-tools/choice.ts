import { createRandom } from "../../test/support/random.ts";

/** Choices that are the same for the same seed. */
export interface Choice {
  /** Whether something with this probability happens. */
  chance(probability: number): boolean;
  /** A whole number below the limit. */
  below(limit: number): number;
  one<T>(list: readonly T[]): T;
  /** One or more, in their order. */
  some<T>(list: readonly T[]): readonly T[];
  /** A list of `least` to `most` items. */
  many<T>(least: number, most: number, create: () => T): readonly T[];
}

export function createChoice(seed: number): Choice {
  const random = createRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const one = <T>(list: readonly T[]) => list[below(list.length)] as T;
  return {
    chance: (probability) => random() < probability,
    below,
    one,
    some(list) {
      const taken = list.filter(() => random() < 0.5);
      return taken.length > 0 ? taken : [one(list)];
    },
    many: (least, most, create) => Array.from({ length: least + below(most - least + 1) }, create),
  };
}
