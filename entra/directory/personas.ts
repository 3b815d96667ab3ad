import type { TenantName } from "./directory.ts";

/** A user of the local Entra. */
export interface Persona {
  /** Display name: the claim `name`. */
  readonly name: string;
  /** Given name. */
  readonly givenName: string;
  /** Family name. */
  readonly familyName: string;
  /** The tenant where the persona signs in. */
  readonly tenant: TenantName;
  /** Home tenant of the account. For a guest, it differs from `tenant`. */
  readonly homeTenant: TenantName;
  /** Object ID in `tenant`, a GUID. */
  readonly oid: string;
  /** User name, in the form of an email address. */
  readonly username: string;
  /** App roles of the user for the API. */
  readonly appRoles: readonly string[];
  /** Object IDs of the groups of the user. */
  readonly groups: readonly string[];
  /** Whether it is the user account of the client `agent`. */
  readonly isOfAgent?: true;
}

/** The personas by their short names. */
export type Personas = {
  /** A member of Contoso without app roles. */
  readonly member: Persona;
  /** An account of Fabrikam that is a guest of Contoso. Its tokens have `idp`. */
  readonly guest: Persona;
  /** A member of Contoso with the app role `Orders.Admin`, in two groups. */
  readonly admin: Persona;
  /** In more groups than a token may list (200), so the token has the overage claims. */
  readonly "many-groups": Persona;
  /** A member of Fabrikam. */
  readonly outsider: Persona;
  /** Has not consented to anything, so Entra refuses to exchange its token. */
  readonly newcomer: Persona;
  /** Conditional Access requires the authentication context `c1` (for example MFA) for every API behind the API. */
  readonly cautious: Persona;
  /** Conditional Access blocks its access to every API behind the API. */
  readonly blocked: Persona;
  /** The user account of the agent identity `agent`. */
  readonly "agent-user": Persona;
  /** A personal Microsoft account. */
  readonly consumer: Persona;
};

/** The users of the local Entra, by their short names. */
export const personas: Personas = {
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
};

/** Short name of a persona. */
export type PersonaName = keyof Personas;

function listGroupIds(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `96000000-0000-4000-8001-${String(index).padStart(12, "0")}`);
}
