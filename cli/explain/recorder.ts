import type { Denial } from "../../src/cli-exports/gate.ts";
import type { Check, Explanation } from "./facts/explanation.ts";
import type { Facts, Step, Walk } from "./facts/facts.ts";

/** The checks so far, and the facts that they found. */
export interface CheckRecorder {
  readonly facts: Facts;
  readonly checks: Check[];
  /** Names of the checks that look at claims. */
  readonly claimChecks: Set<string>;
  signature: Explanation["signature"];
  /** Records a part of the gate that ran. */
  record(steps: readonly Step[], walked: Walk<unknown, unknown>): void;
  /** Records a part that could not run. */
  skip(steps: readonly Step[], state: "not-reached" | "unknown", note?: string): void;
}

export function createRecorder(facts: Facts): CheckRecorder {
  const checks: Check[] = [{ name: "configuration", state: "passed" }];
  const claimChecks = new Set<string>();

  function add(step: Step, check: Omit<Check, "name">): void {
    if (step.claim) claimChecks.add(step.name);
    checks.push({ name: step.name, ...check });
  }

  return {
    facts,
    checks,
    claimChecks,
    signature: "unchecked",
    record(steps, { failures, value }) {
      const owners = failures.map((denial) => findOwner(steps, denial, facts));
      const reached = value === undefined ? Math.max(-1, ...owners) : steps.length;
      for (const [index, step] of steps.entries()) {
        const denial = failures[owners.indexOf(index)];
        if (index > reached) add(step, { state: "not-reached" });
        else add(step, { ...describe(step, facts), ...(denial === undefined ? doubt(step, facts) : judge(denial)) });
      }
    },
    skip(steps, state, note) {
      for (const step of steps) add(step, { state, ...(note !== undefined && { note }) });
    },
  };
}

/** If no step owns a reason, it belongs to the last step, so that no reason is lost. */
function findOwner(steps: readonly Step[], denial: Denial, facts: Facts): number {
  const index = steps.findIndex((step) => step.owns(denial, facts));
  return index === -1 ? steps.length - 1 : index;
}

function doubt(step: Step, facts: Facts): Pick<Check, "state" | "note"> {
  const note = step.undecided?.(facts);
  return note === undefined ? { state: "passed" } : { state: "unknown", note };
}

/** If the keys are unavailable, the result is unknown. */
function judge(denial: Denial): Pick<Check, "state" | "denial"> {
  return { state: denial.reason === "keys_unavailable" ? "unknown" : "failed", denial };
}

function describe(step: Step, facts: Facts): Pick<Check, "found" | "expected" | "note"> {
  const found = step.found?.(facts);
  const expected = step.expected?.(facts);
  const note = step.note?.(facts);
  return {
    ...(found !== undefined && { found }),
    ...(expected !== undefined && { expected }),
    ...(note !== undefined && { note }),
  };
}
