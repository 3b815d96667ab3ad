import type { Persona, TenantName } from "./directory.ts";

/** Members of a tenant beside the personas: `contoso-0`, `fabrikam-17` and so on, as many as a test wants. */
const memberName = /^(contoso|fabrikam)-(\d{1,4})$/;
const memberOid = /^0b1ec700-0000-4000-8(00[12])-(\d{12})$/;

const tenantDigits = { contoso: "001", fabrikam: "002" } as const;

/** The member with this short name. */
export function findMember(name: string): Persona | undefined {
  const [, tenant, number] = memberName.exec(name) ?? [];
  return tenant === undefined ? undefined : createMember(tenant as keyof typeof tenantDigits, Number(number));
}

/** Short name of the member with this object id. */
export function findMemberName(oid: string): string | undefined {
  const [, digits, number] = memberOid.exec(oid) ?? [];
  const tenant = Object.entries(tenantDigits).find(([, candidate]) => candidate === digits)?.[0];
  return tenant && `${tenant}-${Number(number)}`;
}

function createMember(tenant: keyof typeof tenantDigits & TenantName, number: number): Persona {
  return {
    name: `Local Member ${number} of ${tenant}`,
    givenName: "Local",
    familyName: `Member ${number}`,
    tenant,
    homeTenant: tenant,
    oid: `0b1ec700-0000-4000-8${tenantDigits[tenant]}-${String(number).padStart(12, "0")}`,
    username: `member-${number}@${tenant}.example`,
    appRoles: [],
    groups: [],
  };
}
