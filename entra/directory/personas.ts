import { createDirectory } from "./create-directory.ts";
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

const { findUser } = createDirectory();

/** The users of the local Entra, by their short names. */
export const personas: Personas = {
  member: describe("member"),
  guest: describe("guest"),
  admin: describe("admin"),
  "many-groups": describe("many-groups"),
  outsider: describe("outsider"),
  newcomer: describe("newcomer"),
  cautious: describe("cautious"),
  blocked: describe("blocked"),
  "agent-user": describe("agent-user"),
  consumer: describe("consumer"),
};

/** Short name of a persona. */
export type PersonaName = keyof Personas;

function describe(shortName: string): Persona {
  const { name, givenName, familyName, tenant, homeTenant, oid, username, roles, groups, isOfAgent } =
    findUser(shortName)!;
  return {
    name,
    givenName,
    familyName,
    tenant: tenant.shortName as TenantName,
    homeTenant: homeTenant.shortName as TenantName,
    oid,
    username,
    appRoles: Object.values(roles).flat(),
    groups,
    ...(isOfAgent && { isOfAgent }),
  };
}
