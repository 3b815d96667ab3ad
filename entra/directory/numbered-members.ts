import type { Directory, DirectoryTenant, DirectoryUser } from "./model.ts";

const memberName = /^(contoso|fabrikam)-(\d{1,4})$/;
const memberOid = /^0b1ec700-0000-4000-8(00[12])-(\d{12})$/;

const tenantDigits = { contoso: "001", fabrikam: "002" } as const;
type Numbered = keyof typeof tenantDigits;

/**
 * Adds members to the default tenants of a directory, as many as a test needs: `contoso-0`, `fabrikam-17` and so on.
 * They are found, not listed.
 */
export function addNumberedMembers(directory: Directory): Directory {
  function findNumbered(name: string): DirectoryUser | undefined {
    const [, tenantName, number] = memberName.exec(name) ?? [];
    const tenant = directory.findTenant(tenantName ?? "");
    return tenant && createMember(tenant, tenantName as Numbered, Number(number));
  }

  function findName(oid: string): string {
    const [, digits, number] = memberOid.exec(oid) ?? [];
    const tenant = Object.entries(tenantDigits).find(([, candidate]) => candidate === digits)?.[0];
    return `${tenant}-${Number(number)}`;
  }

  return {
    ...directory,
    findUser: (reference) =>
      directory.findUser(reference) ?? findNumbered(memberOid.test(reference) ? findName(reference) : reference),
  };
}

function createMember(tenant: DirectoryTenant, tenantName: Numbered, number: number): DirectoryUser {
  return {
    shortName: `${tenantName}-${number}`,
    tenant,
    homeTenant: tenant,
    oid: `0b1ec700-0000-4000-8${tenantDigits[tenantName]}-${String(number).padStart(12, "0")}`,
    name: `Local Member ${number} of ${tenantName}`,
    givenName: "Local",
    familyName: `Member ${number}`,
    username: `member-${number}@${tenant.domain}`,
    email: `member-${number}@${tenant.domain}`,
    groups: [],
    roles: {},
    mfa: false,
    isOfAgent: false,
  };
}
