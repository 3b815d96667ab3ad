import { fail } from "../../base/common/result.ts";
import { isGuid } from "../../core/config/guid.ts";
import type { CheckingAuthority } from "../../core/guard/authorities.ts";
import type { TokenChecks } from "../../core/token/authenticator.ts";
import { decodeCredential, type JsonObject } from "../../core/token/decode.ts";

/**
 * Creates checks that choose the authority of each token by its exact `iss` and `tid`, before anything else of the
 * token is looked at. Only that authority then checks it. A token of none goes to the default one, which refuses it.
 *
 * @param authorities the default one first; no two have an issuer in common, except that the default one can have any
 *   tenant
 */
export function chooseBetween(authorities: readonly CheckingAuthority[]): TokenChecks {
  const [{ checks: own }] = authorities as readonly [CheckingAuthority];
  return {
    recall(credential, background) {
      for (const { checks } of authorities) {
        const known = checks.recall(credential, background);
        if (known !== undefined) return known;
      }
      return undefined;
    },
    check(credential, background) {
      const read = decodeCredential(credential);
      const checks = read.ok ? (findAuthority(authorities, read.value.claims)?.checks ?? refusing) : own;
      return checks.check(credential, background, read);
    },
  };
}

/** How tokens tell their authority. */
type Issuing = Pick<CheckingAuthority, "tenants" | "versionOf">;

/**
 * Finds the authority of a token.
 *
 * @param authorities the default one first
 * @param claims of the unverified token
 * @returns `undefined` if the tenant left the default authority, and no other one has this issuer for it
 */
export function findAuthority<T extends Issuing>(
  [byDefault, ...named]: readonly T[],
  { iss: issuer, tid: tenant }: JsonObject,
): T | undefined {
  if (typeof issuer !== "string" || !isGuid(tenant)) return byDefault;
  const issuing = named.find((each) => mayHave(each, tenant) && each.versionOf(issuer, tenant));
  if (issuing !== undefined) return issuing;
  const isOfNamed = named.some(({ tenants }) => tenants.decided === "by-list" && tenants.allowed.has(tenant));
  return byDefault?.tenants.decided === "in-code" && isOfNamed ? undefined : byDefault;
}

function mayHave({ tenants }: Issuing, tenant: string): boolean {
  return tenants.decided === "in-code" || tenants.allowed.has(tenant);
}

/** For a tenant that left the default authority: it lists no tenants, and a named authority lists this one. */
const refusing: TokenChecks = {
  recall: () => undefined,
  check: () => fail({ reason: "tenant_not_allowed" }),
};
