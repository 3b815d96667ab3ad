import type { Authority, KeySource } from "../authority/authority.ts";
import type { AuthorityConfig } from "../config/authority.ts";
import type { NamedAuthorities } from "../config/config.ts";
import type { KeyStore } from "../keys/key-store.ts";
import { isAuthorityNamed, listRequirements } from "../policy/decision.ts";
import type { Access, Requirement } from "../policy/rule.ts";
import type { TokenChecks } from "../token/authenticator.ts";
import type { Caller } from "../token/caller.ts";
import type { AuthoritiesProvider } from "./entra-options.ts";

/** One authority of a gate. */
export interface AuthoritySetup
  extends Pick<Authority, "name" | "login" | "authorizationUri" | "versionOf">,
    Pick<AuthorityConfig, "tenants" | "audiences" | "allowedClients"> {
  readonly keys: KeyStore;
  /** Lists the key sources of its configured tenants, up to the number that may be prefetched. */
  listKeySources(): readonly KeySource[];
}

/** An authority with the checks of its tokens. */
export interface CheckingAuthority extends AuthoritySetup, Authority {
  readonly checks: TokenChecks;
}

/** The interface of a provider to the gate. */
export interface AuthoritiesFactory extends NamedAuthorities {
  /**
   * Creates checks that choose the authority of each token.
   *
   * @param authorities all of them, the default one first
   */
  chooseBetween(authorities: readonly CheckingAuthority[]): TokenChecks;
  /**
   * Explains which mistake requirements have, all of which a caller must meet.
   *
   * @param asksGraph whether the gate asks Microsoft Graph for groups
   * @returns a clause, which says what to write; `undefined` if there is none
   */
  findMistake(requirements: readonly Requirement[], asksGraph: boolean): string | undefined;
}

/** The parts of a setup that say whose callers may call a route. `doctor` has only the names of authorities. */
export interface Admitting<Named extends Pick<AuthoritySetup, "name"> = AuthoritySetup> {
  readonly authorities: readonly Named[];
  readonly defaultRequirement?: Requirement | undefined;
}

/**
 * Lists the authorities whose callers may call a route, the default one first.
 *
 * @param access of the route; without one, only the default authority is listed
 */
export function listAdmitted<Named extends Pick<AuthoritySetup, "name">>(
  { authorities, defaultRequirement }: Admitting<Named>,
  access: Access | undefined,
): readonly Named[] {
  const requirements = access === undefined ? [] : listRequirements(access, defaultRequirement);
  return authorities.filter(({ name }) => isAuthorityNamed(name, requirements));
}

/**
 * Finds the authority whose sign-in page is in a challenge: the caller's own if it may call the route, otherwise the
 * first that may.
 *
 * @param caller if its token was verified before the refusal
 */
export function findSignIn(
  setup: Admitting,
  access: Access | undefined,
  caller: Caller | undefined,
): AuthoritySetup | undefined {
  const admitted = listAdmitted(setup, access);
  return admitted.find(({ name }) => name === caller?.identity.authority) ?? admitted[0];
}

/** Returns the interface of a provider, whose creator the entry point has checked. */
export function readAuthoritiesProvider(provider: AuthoritiesProvider | undefined): AuthoritiesFactory | undefined {
  return provider as AuthoritiesFactory | undefined;
}
