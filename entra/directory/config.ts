// What a user of the local Entra configures. `npm run generate` writes the JSON Schema from these types.

/** Directory of a local Entra. Names are short names, which other entries and `entra-gate token` use. */
export interface DirectoryConfig {
  /**
   * `false`: only what this configuration lists. Otherwise its entries are added to the tenants, users and apps that
   * every local Entra has, and replace those with the same name.
   */
  readonly defaults?: boolean;
  /** Tenants by name. */
  readonly tenants?: Readonly<Record<string, TenantConfig>>;
  /** Groups by name. */
  readonly groups?: Readonly<Record<string, GroupConfig>>;
  /** Users by name. */
  readonly users?: Readonly<Record<string, UserConfig>>;
  /** App registrations: clients, APIs, and blueprints of agents. */
  readonly apps?: Readonly<Record<string, AppConfig>>;
  /** Agent identities of Entra Agent ID. */
  readonly agents?: Readonly<Record<string, AgentConfig>>;
  /** Who has consented to what. The last rule that fits decides. If none fits, consent is given. */
  readonly consents?: readonly ConsentConfig[];
  /** Policies of Conditional Access. Each one that fits must be satisfied. */
  readonly conditionalAccess?: readonly ConditionalAccessConfig[];
}

/** A tenant. */
export interface TenantConfig {
  /** Tenant ID, a GUID; derived from the short name if absent. */
  readonly id?: string;
  /** Name for people; the short name if absent. */
  readonly name?: string;
  /** Domain of its users, which addresses of the authority can contain; `NAME.example` if absent. */
  readonly domain?: string;
  /**
   * `workforce`: an organization. `external`: customers (Entra External ID). `personal`: Microsoft accounts; its ID is
   * the one of Microsoft. Default: `workforce`.
   */
  readonly kind?: TenantKind;
}

/** The kind of a tenant: an organization, External ID, or personal Microsoft accounts. */
export type TenantKind = "workforce" | "external" | "personal";

/** A group of a tenant. */
export interface GroupConfig {
  /** Object ID, a GUID; derived from the short name if absent. */
  readonly id?: string;
  /** Name for people; the short name if absent. */
  readonly name?: string;
}

/** A user, and the groups and roles that it has. */
export interface UserConfig {
  /** Short name of the tenant where the user signs in; the first tenant if absent. */
  readonly tenant?: string;
  /** Short name of the home tenant of a guest; that of `tenant` if absent. */
  readonly homeTenant?: string;
  /** Object ID in `tenant`, a GUID; derived from the short name if absent. */
  readonly id?: string;
  /** Display name; the short name if absent. */
  readonly name?: string;
  /** Claim `given_name`. */
  readonly givenName?: string;
  /** Claim `family_name`. */
  readonly familyName?: string;
  /** User name, in the form of an email address; `NAME@DOMAIN` of the home tenant if absent. */
  readonly username?: string;
  /** Email address; none if absent. */
  readonly email?: string;
  /** Short names or object IDs of the groups of the user. */
  readonly groups?: readonly string[];
  /** App roles of the user, by the short name of the app that defines them. */
  readonly roles?: Readonly<Record<string, readonly string[]>>;
  /**
   * Whether the user signs in with several factors. If not, only a challenge makes the user do so. Default: `false`.
   */
  readonly mfa?: boolean;
}

/** Redirect URIs by the platform of the registration. */
export interface RedirectUris {
  /** Web applications. Codes are redeemed with a credential. */
  readonly web?: readonly string[];
  /** Single-page applications. Codes are redeemed by requests with `Origin`. */
  readonly spa?: readonly string[];
  /** Mobile and desktop applications. */
  readonly native?: readonly string[];
}

/** Optional claims of tokens by the kind of token. */
export interface OptionalClaims {
  /** Names of claims in access tokens for the API. */
  readonly accessToken?: readonly string[];
  /** Names of claims in ID tokens for the client. */
  readonly idToken?: readonly string[];
}

/** Which memberships the claim `groups` of a token contains, as in the manifest of an app registration. */
export type GroupMembershipClaims = "None" | "SecurityGroup" | "DirectoryRole" | "ApplicationGroup" | "All";

/** An app registration: a client, an API, or both. */
export interface AppConfig {
  /** Short name of the tenant of the registration; the first tenant if absent. */
  readonly tenant?: string;
  /** Application (client) ID, a GUID; derived from the short name if absent. */
  readonly clientId?: string;
  /** Object ID of the service principal, a GUID; derived from the short name if absent. */
  readonly servicePrincipalId?: string;
  /** Name for people; the short name if absent. */
  readonly name?: string;
  /** Whether only users of its own tenant can sign in. Default: `false`. */
  readonly singleTenant?: boolean;
  /** Where the client gets its codes, by platform. */
  readonly redirectUris?: RedirectUris;
  /** URL to which a sign-out is sent in a frame (front-channel logout). */
  readonly logoutUrl?: string;
  /**
   * Whether the app may also sign in without a credential. Default: whether it has none, and no redirect URI of `web`.
   */
  readonly publicClient?: boolean;
  /** Client secrets. */
  readonly secrets?: readonly string[];
  /** Certificates of the client, in PEM. In a file, each can be the path of another file. */
  readonly certificates?: readonly string[];
  /** Issuers whose tokens the client can use in place of a secret. */
  readonly federatedCredentials?: readonly FederatedCredentialConfig[];
  /** App roles of the client itself (application permissions), by the short name of the app that defines them. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>;
  /** Sent as `xms_cc` without a request of the client. `cp1` means that the client handles claims challenges. */
  readonly capabilities?: readonly string[];
  /** Application ID URIs of an API, the prefixes of its scopes; `api://CLIENT_ID` if absent. */
  readonly appIdUris?: readonly string[];
  /** Delegated permissions of an API. */
  readonly scopes?: readonly (string | ScopeConfig)[];
  /** App roles of an API, for users and apps. */
  readonly appRoles?: readonly string[];
  /** Version of access tokens for the API: 1 or 2. Default: 2. */
  readonly tokenVersion?: TokenVersion;
  /** Default: the claims `acrs`, `idtyp` and `xms_cc` in access tokens. */
  readonly optionalClaims?: OptionalClaims;
  /** Default: `SecurityGroup`. */
  readonly groupMembershipClaims?: GroupMembershipClaims;
}

/** The version of access tokens for an API, `requestedAccessTokenVersion` in its manifest. */
export type TokenVersion = 1 | 2;

/** A delegated permission of an API. */
export interface ScopeConfig {
  /** Short name, the value in `scp`. */
  readonly name: string;
  /** Whether only an administrator can consent. Default: `false`. */
  readonly adminConsent?: boolean;
  /** Authentication context that tokens with the scope require: `c1` to `c99`. */
  readonly context?: string;
  /** Whether `.default` includes it. Default: `true`. */
  readonly inDefault?: boolean;
}

/** Another issuer's tokens with which a client signs in. */
export interface FederatedCredentialConfig {
  /** `iss` of the token. */
  readonly issuer: string;
  /** `sub` of the token. */
  readonly subject: string;
  /** `aud` of the tokens. Default: `api://AzureADTokenExchange`. */
  readonly audience?: string;
  /** Public keys of the issuer, each a JWK. If the list is empty, they are fetched from the issuer, as Entra does. */
  readonly keys: readonly Readonly<Record<string, unknown>>[];
}

/** An agent identity of Microsoft Entra Agent ID. */
export interface AgentConfig {
  /** Short name of the app that is its blueprint, whose credentials it uses. */
  readonly blueprint: string;
  /** Application ID, a GUID; derived from the short name if absent. */
  readonly clientId?: string;
  /** Object ID, a GUID; derived from the short name if absent. */
  readonly servicePrincipalId?: string;
  /** Name for people; the short name if absent. */
  readonly name?: string;
  /** Short name of the agent's own user account. */
  readonly user?: string;
  /** App roles of the agent itself, by the short name of the app that defines them. */
  readonly permissions?: Readonly<Record<string, readonly string[]>>;
}

/** An absent member fits everything. */
export interface ConsentConfig {
  /** Short name of a user. */
  readonly user?: string;
  /** Short name of a client. */
  readonly app?: string;
  /** Short name of an API. */
  readonly api?: string;
  /** Short names of scopes. */
  readonly scopes?: readonly string[];
  /** Whether the users have consented. */
  readonly given: boolean;
}

/** An absent member fits everything. */
export interface ConditionalAccessConfig {
  /** Short name of a user. */
  readonly user?: string;
  /** Short name of a client. */
  readonly app?: string;
  /** Short name of an API. */
  readonly api?: string;
  /**
   * `block`: no token. `mfa`: only after multifactor authentication. `c1` to `c99`: only with that authentication
   * context.
   */
  readonly control: string;
}
