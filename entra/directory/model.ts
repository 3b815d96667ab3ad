// A directory as the local Entra uses it: every default is filled in, and every name is resolved.
import type {
  FederatedCredentialConfig,
  GroupMembershipClaims,
  OptionalClaims,
  RedirectUris,
  ScopeConfig,
  TenantKind,
  TokenVersion,
} from "./config.ts";

/** A tenant of a directory. */
export interface DirectoryTenant {
  readonly shortName: string;
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly kind: TenantKind;
}

/** A user of a directory. */
export interface DirectoryUser {
  readonly shortName: string;
  readonly tenant: DirectoryTenant;
  /** Differs from `tenant` for a guest. */
  readonly homeTenant: DirectoryTenant;
  readonly oid: string;
  readonly name: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly username: string;
  readonly email: string | undefined;
  /** Object IDs. */
  readonly groups: readonly string[];
  /** App roles by the client ID of the app that defines them. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  readonly mfa: boolean;
  /** Whether it is the user account of an agent, which does not sign in with a browser. */
  readonly isOfAgent: boolean;
}

/** An app registration, or an agent identity, with its service principal. */
export interface DirectoryApp {
  readonly shortName: string;
  readonly tenant: DirectoryTenant;
  readonly clientId: string;
  readonly servicePrincipalId: string;
  readonly name: string;
  readonly isSingleTenant: boolean;
  readonly redirectUris: Required<RedirectUris>;
  readonly logoutUrl: string | undefined;
  readonly isPublicClient: boolean;
  readonly secrets: readonly string[];
  /** In PEM. */
  readonly certificates: readonly string[];
  readonly federatedCredentials: readonly Required<FederatedCredentialConfig>[];
  /** Application permissions by the client ID of the app that defines them. */
  readonly permissions: Readonly<Record<string, readonly string[]>>;
  readonly capabilities: readonly string[];
  readonly appIdUris: readonly string[];
  readonly scopes: readonly DirectoryScope[];
  readonly appRoles: readonly string[];
  readonly tokenVersion: TokenVersion;
  readonly optionalClaims: Required<OptionalClaims>;
  readonly groupMembershipClaims: GroupMembershipClaims;
  /** Client ID of the blueprint, if it is an agent identity. */
  readonly blueprint: string | undefined;
  /** Short name of the agent's own user account. */
  readonly agentUser: string | undefined;
}

export interface DirectoryScope extends Omit<Required<ScopeConfig>, "context"> {
  readonly context: string | undefined;
}

/** What a policy or a consent is about: short names. */
export interface Occasion {
  readonly user: string;
  readonly app: string;
  readonly api: string;
}

/** Tenants, users and apps of one local Entra. */
export interface Directory {
  readonly tenants: readonly DirectoryTenant[];
  readonly users: readonly DirectoryUser[];
  /** Agent identities are apps too. */
  readonly apps: readonly DirectoryApp[];
  /** The tenant with this GUID, domain or short name. `consumers` is Microsoft's name for that of personal accounts. */
  findTenant(reference: string): DirectoryTenant | undefined;
  /** The app with this client ID or short name. */
  findApp(reference: string): DirectoryApp | undefined;
  /** The user with this short name or object ID. */
  findUser(reference: string): DirectoryUser | undefined;
  /** Whether the configuration says that the user has consented to the scope. */
  hasConsent(occasion: Occasion, scope: string): boolean;
  /** Controls that Conditional Access requires. */
  listControls(occasion: Occasion): readonly string[];
}
