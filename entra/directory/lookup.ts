import { type Client, clients } from "./clients.ts";
import { type Tenant, type TenantName, tenants } from "./directory.ts";
import { type Persona, personas } from "./personas.ts";

/** Members of a tenant in addition to the personas: `contoso-0`, `fabrikam-17` and so on, as many as a test needs. */
const memberName = /^(contoso|fabrikam)-(\d{1,4})$/;
const memberOid = /^0b1ec700-0000-4000-8(00[12])-(\d{12})$/;

const tenantDigits = { contoso: "001", fabrikam: "002" } as const;

/** Returns the tenant with this GUID, domain or short name. `consumers` is Microsoft's name for the MSA tenant. */
export function findTenant(reference: string): Tenant | undefined {
  const wanted = reference.toLowerCase();
  if (wanted === "consumers") return tenants.msa;
  const named = Object.entries(tenants).find(
    ([name, tenant]) => name === wanted || tenant.id === wanted || tenant.domain === wanted,
  );
  return named?.[1];
}

/** The client with this client id or short name. */
export function findClient(reference: string): Client | undefined {
  const named = Object.entries(clients).find(([name, client]) => name === reference || client.clientId === reference);
  return named?.[1];
}

/** The persona or member with this short name. */
export function findPersona(reference: string): Persona | undefined {
  return Object.entries(personas).find(([name]) => name === reference)?.[1] ?? findMember(reference);
}

/** Short name of the persona or member with this object id. */
export function findPersonaName(oid: string): string | undefined {
  return Object.entries(personas).find(([, persona]) => persona.oid === oid)?.[0] ?? findMemberName(oid);
}

/** The member with this short name. */
function findMember(name: string): Persona | undefined {
  const [, tenant, number] = memberName.exec(name) ?? [];
  return tenant === undefined ? undefined : createMember(tenant as keyof typeof tenantDigits, Number(number));
}

/** Short name of the member with this object id. */
function findMemberName(oid: string): string | undefined {
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
