import { prefixOf } from "../../base/common/authority-name.ts";
import { type AuthorityConfig, readAuthorityConfig } from "../../core/config/authority.ts";
import type { Config } from "../../core/config/config.ts";
import { renameVariable, type VariableReader } from "../../core/config/variables.ts";
import type { AuthoritiesFactory } from "../../core/guard/authorities.ts";
import type { AuthoritiesProvider } from "../../core/guard/entra-options.ts";
import { createProvider } from "../../core/guard/provider.ts";
import { chooseBetween } from "./choice.ts";
import { findSharedIssuer } from "./issuers.ts";
import { findAuthorityMistake } from "./mistakes.ts";
import { checkNames, isOfEachAuthority } from "./names.ts";

/**
 * Creates the option `authorities`: further authorities whose tokens the gate accepts, at most 8. The variables of
 * `customers` begin with `ENTRA_CUSTOMERS_`. The authority without a name is `default`. A requirement admits callers of
 * another one only with `from`.
 *
 * @param names in lower case, other than `default`
 * @throws TypeError that names a name which is malformed, reserved or there twice
 *
 * @example
 * import { authorities } from "entra-gate";
 *
 * export default createGate({ routes, authorities: authorities("customers") });
 */
export function authorities(...names: readonly [string, ...string[]]): AuthoritiesProvider {
  checkNames(names);
  const factory: AuthoritiesFactory = {
    listVariables: (variable) =>
      isOfEachAuthority(variable) ? names.map((name) => renameVariable(variable, prefixOf(name))) : [],
    read: (reader, tenantsDecidedInCode) =>
      names.map((name) => readAuthorityConfig(reader.of(prefixOf(name)), name, tenantsDecidedInCode)),
    check: checkIssuers,
    chooseBetween,
    findMistake: (requirements, asksGraph) => findAuthorityMistake(requirements, names, asksGraph),
  };
  return createProvider("authorities", { names: Object.freeze([...names]), ...factory });
}

/** Checks that the issuer and the tenant of a token tell its authority. */
function checkIssuers(reader: VariableReader, config: Config): void {
  for (const [index, one] of config.authorities.entries()) {
    for (const other of config.authorities.slice(index + 1)) {
      // Tenants of an authority with a name are none of an authority without a list, if that is the default one.
      const leaves = index === 0 && one.tenants.decided === "in-code" && other.tenants.decided === "by-list";
      if (!leaves && !isFaulty(reader, one) && !isFaulty(reader, other)) checkPair(reader, one, other);
    }
  }
}

function checkPair(reader: VariableReader, one: AuthorityConfig, other: AuthorityConfig): void {
  const shared = findSharedIssuer(one, other);
  if (shared === undefined) return;
  const { issuer, tenant } = shared;
  const whose = tenant === undefined ? "every tenant" : `tenant ${tenant}`;
  const own = reader.of(prefixOf(other.name));
  const isListed = own.names.includes(own.nameOf("ENTRA_ALLOWED_TENANTS"));
  own.fault(
    isListed ? "ENTRA_ALLOWED_TENANTS" : "ENTRA_TENANT_ID",
    `gives the authorities ${one.name} and ${other.name} the issuer ${issuer} in common, for ${whose}. ` +
      "List a tenant in one authority. Two registrations in one tenant are one authority with two audiences",
    undefined,
  );
}

/** Whether a variable that says who issues tokens has a fault of its own. */
function isFaulty(reader: VariableReader, { name }: AuthorityConfig): boolean {
  return reader
    .of(prefixOf(name))
    .isFaulty("ENTRA_TENANT_ID", "ENTRA_ALLOWED_TENANTS", "ENTRA_AUTHORITY", "ENTRA_CLOUD");
}
