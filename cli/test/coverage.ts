import type { RouteTable } from "../project/gate-code.ts";
import type { CaseResult } from "./run-cases.ts";

/** A route that passed cases do not cover. */
export interface CoverageGap {
  readonly route: string;
  /** What no passed case shows. */
  readonly lacks: readonly ("allowed" | "refused")[];
}

/** Finds routes without a passed case of an allowed or of a refused request. A public route refuses nobody. */
export function findGaps({ routes }: RouteTable, results: readonly CaseResult[]): readonly CoverageGap[] {
  return routes.flatMap(({ name, access }) => {
    const own = results.filter(({ passed, response }) => passed && response.route === name);
    const shown = new Set(own.map(({ response }) => (response.status < 400 ? "allowed" : "refused")));
    const wanted = access?.kind === "public" ? (["allowed"] as const) : (["allowed", "refused"] as const);
    const lacks = wanted.filter((each) => !shown.has(each));
    return lacks.length === 0 ? [] : [{ route: name, lacks }];
  });
}
