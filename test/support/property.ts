import { inject } from "vitest";

/**
 * Settings of a property: a fixed seed, so that every run tries the same cases. If `PROPERTY_CASES` requests more, each
 * run has its own seed, which fast-check prints if the property fails.
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
