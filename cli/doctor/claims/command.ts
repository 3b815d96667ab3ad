import type { Environment } from "../../../src/cli-exports/policy.ts";
import { type ExitCode, exitCodes } from "../../common/exit-code.ts";
import { createPaint, type Paint, print, printError, showJson, showValue } from "../../common/terminal.ts";
import { entraClaims } from "./claims.ts";
import { type ClaimsTools, gatherEvidence, readRegistration, waitSeconds } from "./evidence.ts";

/** Whether a claim about Entra was found true. */
export interface ClaimOutcome {
  readonly id: string;
  readonly state: "held" | "broken" | "unchecked";
  readonly claim: string;
  /** What is different, or why it could not be checked. */
  readonly found?: string;
}

/**
 * Checks the claims about Entra with the tenant and the registration of a gate's variables.
 *
 * @throws UsageError if a variable is faulty
 */
export async function examineClaims(environment: Environment, tools: ClaimsTools): Promise<readonly ClaimOutcome[]> {
  const evidence = await gatherEvidence(readRegistration(environment), tools);
  return entraClaims.map(({ id, text, check }): ClaimOutcome => {
    const claim = text.replaceAll(/\[([^[\]]+)\]\([^()]+\)/g, "$1");
    const result = check(evidence);
    if ("unchecked" in result) return { id, state: "unchecked", claim, found: result.unchecked };
    return result.ok ? { id, state: "held", claim } : { id, state: "broken", claim, found: result.error };
  });
}

/** `entra-gate doctor --claims`. */
export async function runClaims(environment: Environment, io: ClaimsTools["io"], json?: boolean): Promise<ExitCode> {
  const outcomes = await examineClaims(environment, { io, tell: printError, wait: waitSeconds });
  print(json ? showJson({ claims: outcomes }) : renderClaims(outcomes, createPaint(process.stdout)));
  return outcomes.some(({ state }) => state === "broken") ? exitCodes.bad : exitCodes.good;
}

const marks = { held: "✓", broken: "✗", unchecked: "·" } as const;
const styles = { held: "green", broken: "red", unchecked: "dim" } as const;
const words = { held: "held", broken: "not held", unchecked: "not checked" } as const;

export function renderClaims(outcomes: readonly ClaimOutcome[], paint: Paint): string {
  const count = (state: ClaimOutcome["state"]) => outcomes.filter((outcome) => outcome.state === state).length;
  const lines = outcomes.map(({ id, state, claim, found }) => {
    const reason = found === undefined ? "" : ` (${showValue(found)})`;
    return `  ${paint(styles[state], `${marks[state]} ${id}`)}: ${words[state]}${reason}\n    ${claim}`;
  });
  return [
    ...lines,
    "",
    `Held: ${count("held")}. Not held: ${count("broken")}. Not checked: ${count("unchecked")}.`,
  ].join("\n");
}
