import type { Authority, KeySource } from "../authority/authority.ts";
import type { AuthorityConfig } from "../config/authority.ts";
import type { NamedAuthorities } from "../config/config.ts";
import type { KeyStore } from "../keys/key-store.ts";
import type { Requirement } from "../policy/requirement.ts";
import type { TokenChecks } from "../token/authenticator.ts";
import type { AuthoritiesProvider } from "./entra-options.ts";

/** One authority of a gate. */
export interface AuthoritySetup
  extends Pick<Authority, "name" | "login" | "authorizationUri">,
    Pick<AuthorityConfig, "tenants" | "audiences" | "allowedClients"> {
  readonly keys: KeyStore;
  /** Key sources of its configured tenants, up to the number that may be prefetched. */
  readonly keySources: readonly KeySource[];
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

/** Returns the interface of a provider, whose creator the entry point has checked. */
export function readAuthoritiesProvider(provider: AuthoritiesProvider | undefined): AuthoritiesFactory | undefined {
  return provider as AuthoritiesFactory | undefined;
}
