import fc from "fast-check";
import { writeAuthorization } from "./forge.ts";
import { type Plan, plans } from "./plan.ts";
import { judge } from "./reference.ts";
import { createComparedWorld, isOfCustomers } from "./world.ts";

/** Enough for every shape of a requirement. */
const routeCount = 300;

export interface Comparison {
  readonly seed: number;
  readonly cases: number;
  /** Tokens by verdict, on which gate and model agree. */
  readonly verdicts: Readonly<Record<string, number>>;
  /** Allowed tokens by kind and version. */
  readonly allowed: Readonly<Record<string, number>>;
  /** Allowed tokens by setting. */
  readonly settings: Readonly<Record<string, number>>;
  /** Refusals by reason in the gate's log. */
  readonly reasons: Readonly<Record<string, number>>;
}

/**
 * Compares gate and model for tokens and requirements, and jose with both for allowed tokens.
 *
 * @param model another model, only for tests of the comparison
 * @throws Error with the seed and the shrunk case if two of the three differ
 */
export async function compareWithModel(seed: number, cases: number, model: typeof judge = judge): Promise<Comparison> {
  const world = await createComparedWorld(seed, routeCount);
  const verdicts: Record<string, number> = {};
  const allowed: Record<string, number> = {};
  const settings: Record<string, number> = {};
  const reasons: Record<string, number> = {};

  async function check(plan: Plan): Promise<boolean> {
    const authorization = await writeAuthorization(plan, world.privateKeys);
    const [said, reason] = await world.ask(authorization, plan.setting, plan.route);
    const expected = await model(authorization, world.modelOf(plan.setting, plan.route));
    if (said !== expected) {
      throw new Error(
        `gate: ${said} (${reason}), model: ${expected}, rules: ${JSON.stringify(world.rulesOf(plan.setting, plan.route))}`,
      );
    }
    count(verdicts, said);
    if (reason !== undefined) count(reasons, String(reason));
    if (said === "allow") {
      count(allowed, `${plan.isAgent ? "agent as " : ""}${plan.kind} ${plan.version}`);
      count(settings, isOfCustomers(plan) ? `${plan.setting}, of customers` : plan.setting);
      await world.askJose(authorization!.replace(/^bearer +/i, ""), plan);
    }
    return true;
  }

  const details = await fc.check(fc.asyncProperty(plans(routeCount), check), { seed, numRuns: cases });
  if (details.failed) {
    const { counterexample, counterexamplePath, errorInstance } = details;
    const shrunk = JSON.stringify(counterexample, null, 1);
    throw new Error(`seed ${seed}, path ${counterexamplePath}: ${String(errorInstance)}\n${shrunk}`);
  }
  return { seed, cases, verdicts, allowed, settings, reasons };
}

function count(tally: Record<string, number>, name: string): void {
  tally[name] = (tally[name] ?? 0) + 1;
}
