import { inject } from "vitest";

/**
 * How a property is tried: from a fixed seed, so that every run tries the same cases, unless `PROPERTY_CASES` asks for more;
 * then from a seed of that run, which fast-check prints where the property fails.
 *
 * @param cases in an ordinary run
 */
export function tries(cases: number): { readonly numRuns: number; readonly seed?: number } {
  const wanted = inject("propertyCases");
  return wanted > 0 ? { numRuns: wanted } : { numRuns: cases, seed: 20_261_125 };
}

declare module "vitest" {
  interface ProvidedContext {
    /** From the environment; 0 in an ordinary run. */
    readonly propertyCases: number;
  }
}
