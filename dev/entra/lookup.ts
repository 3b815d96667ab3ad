import { findMember, findMemberName } from "./crowd.ts";
import { type Client, clients, type Persona, personas, type Tenant, tenants } from "./directory.ts";

/** The tenant with this GUID, domain or short name; `consumers` is Microsoft's name for the MSA tenant. */
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
