import type { Denial, Reason } from "../../../src/cli-exports/gate.ts";
import type { Cause } from "../facts/explanation.ts";
import type { Facts } from "../facts/facts.ts";

/** How to recognize a cause. The facts come from an unverified token, so they are compared but never shown. */
export interface CauseRule extends Omit<Cause, "link"> {
  readonly link?: string;
  fits(denial: Denial, facts: Facts): boolean;
}

export function isOneOf({ reason }: Denial, ...reasons: readonly Reason[]): boolean {
  return reasons.includes(reason);
}

/** Returns a claim as text; empty if it is not text. */
export function textOf({ claims }: Facts, name: string): string {
  const value = claims?.[name];
  return typeof value === "string" ? value : "";
}

export function has({ claims }: Facts, name: string): boolean {
  return claims !== undefined && Object.hasOwn(claims, name);
}
