import type { Rule } from "../../base/common/options.ts";

/** Options whose values a function of the package creates. */
type ProviderKind = "authorities" | "downstream" | "groups" | "issuer" | "revocations" | "trace" | "spans";

/**
 * Symbol of the global registry: the command line has its own copy of this module, and must recognize the values of
 * other copies.
 */
export const providerKind: unique symbol = Symbol.for("entra-gate.provider");

/** The value of an option that a function of the package creates. */
export interface Provider<Kind extends ProviderKind> {
  /** Name of the option. */
  readonly [providerKind]: Kind;
}

/**
 * Creates the value of an option.
 *
 * @param members what the gate uses
 */
export function createProvider<Kind extends ProviderKind, Members extends object>(
  kind: Kind,
  members: Members,
): Provider<Kind> & Members {
  return Object.freeze({ ...members, [providerKind]: kind });
}

/**
 * Accepts the values of one option, and those of no other.
 *
 * @param creator what creates them, for the message
 */
export function isProvider(kind: ProviderKind, creator: string): Rule {
  return (value) => (value as Partial<Provider<never>> | null)?.[providerKind] === kind || `must be ${creator}`;
}
