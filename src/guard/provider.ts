import type { Rule } from "../common/options.ts";

/** Options whose values a function of the package creates. */
type ProviderKind = "downstream" | "groups" | "issuer" | "revocations" | "trace" | "spans";

/** The command line has a copy of this module of its own, so the symbol is in the registry, which all copies share. */
export const providerKind: unique symbol = Symbol.for("entra-gate.provider");

/** The value of an option that a function of the package creates. */
export interface Provider<Kind extends ProviderKind> {
  /** The option for which it is. */
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
