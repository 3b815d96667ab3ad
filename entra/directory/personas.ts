import type { TenantName } from "./directory.ts";

export interface Persona {
  readonly name: string;
  readonly givenName: string;
  readonly familyName: string;
  /** The tenant where the persona signs in. */
  readonly tenant: TenantName;
  /** Home tenant of the account. For a guest, it differs from `tenant`. */
  readonly homeTenant: TenantName;
  readonly oid: string;
  readonly username: string;
  readonly appRoles: readonly string[];
  readonly groups: readonly string[];
  /** Whether it is the user account of the client `agent`. */
  readonly isOfAgent?: true;
}

export const personas = {
  member: {
    name: "Local Member",
    givenName: "Local",
    familyName: "Member",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000031",
    username: "member@contoso.example",
    appRoles: [],
    groups: [],
  },
  /** An account of Fabrikam that is a guest of Contoso. Its tokens have `idp`. */
  guest: {
    name: "Local Guest",
    givenName: "Local",
    familyName: "Guest",
    tenant: "contoso",
    homeTenant: "fabrikam",
    oid: "0b1ec700-0000-4000-8000-000000000032",
    username: "guest@fabrikam.example",
    appRoles: [],
    groups: [],
  },
  admin: {
    name: "Local Admin",
    givenName: "Local",
    familyName: "Admin",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000033",
    username: "admin@contoso.example",
    appRoles: ["Orders.Admin"],
    groups: ["96000000-0000-4000-8000-000000000001", "96000000-0000-4000-8000-000000000002"],
  },
  /** In more groups than a token may list (200), so the token has the overage claims. */
  "many-groups": {
    name: "Local Joiner",
    givenName: "Local",
    familyName: "Joiner",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000034",
    username: "joiner@contoso.example",
    appRoles: [],
    groups: listGroupIds(250),
  },
  outsider: {
    name: "Local Outsider",
    givenName: "Local",
    familyName: "Outsider",
    tenant: "fabrikam",
    homeTenant: "fabrikam",
    oid: "0b1ec700-0000-4000-8000-000000000035",
    username: "outsider@fabrikam.example",
    appRoles: [],
    groups: [],
  },
  /** Has not consented to anything, so Entra refuses to exchange its token. */
  newcomer: {
    name: "Local Newcomer",
    givenName: "Local",
    familyName: "Newcomer",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000037",
    username: "newcomer@contoso.example",
    appRoles: [],
    groups: [],
  },
  /** Conditional Access requires the authentication context `c1` (for example MFA) for every API behind the API. */
  cautious: {
    name: "Local Cautious",
    givenName: "Local",
    familyName: "Cautious",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000038",
    username: "cautious@contoso.example",
    appRoles: [],
    groups: [],
  },
  /** Conditional Access blocks its access to every API behind the API. */
  blocked: {
    name: "Local Blocked",
    givenName: "Local",
    familyName: "Blocked",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-000000000039",
    username: "blocked@contoso.example",
    appRoles: [],
    groups: [],
  },
  /** The user account of the agent identity `agent`. */
  "agent-user": {
    name: "Local Agent",
    givenName: "Local",
    familyName: "Agent",
    tenant: "contoso",
    homeTenant: "contoso",
    oid: "0b1ec700-0000-4000-8000-00000000003a",
    username: "agent@contoso.example",
    appRoles: [],
    groups: [],
    isOfAgent: true,
  },
  consumer: {
    name: "Local Consumer",
    givenName: "Local",
    familyName: "Consumer",
    tenant: "msa",
    homeTenant: "msa",
    oid: "00000000-0000-0000-8000-000000000036",
    username: "consumer@personal.example",
    appRoles: [],
    groups: [],
  },
} as const satisfies Record<string, Persona>;

export type PersonaName = keyof typeof personas;

function listGroupIds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `96000000-0000-4000-8001-${String(index).padStart(12, "0")}`);
}
