import type { IssuerHost } from "../common/authority.ts";
import type { ClientName } from "../directory/clients.ts";
import type { TenantName } from "../directory/directory.ts";
import type { Directory, DirectoryApp, DirectoryTenant, DirectoryUser } from "../directory/model.ts";
import type { PersonaName } from "../directory/personas.ts";
import { graph, type Resource } from "../directory/scope.ts";
import type { RandomBytes } from "../directory/subject.ts";
import { type Part, signJws } from "../keys/jws.ts";
import type { KeyReference, KeyRing } from "../keys/key-ring.ts";
import { type AccessTokenInput, type Claims, createAccessTokenClaims } from "./access-token.ts";
import { createIdTokenClaims } from "./id-token.ts";

/** Changes to a token that is otherwise Entra's. */
export interface TokenChanges {
  /** Signing key. If absent, the current key, or the MSA key for personal accounts. */
  readonly key?: KeyReference;
  /** Overrides Entra's header members; `undefined` removes one. */
  readonly header?: Claims;
  /** Overrides Entra's claims; `undefined` removes one. */
  readonly claims?: Claims;
  /** Claims to remove, for callers whose JSON has no `undefined`. */
  readonly without?: readonly string[];
}

/** Options of a token. Absent members are as Entra writes them for the persona `member`. */
export interface TestTokenOptions extends TokenChanges {
  /** Name or client ID of the API; `api`, the orders API, if absent. */
  readonly api?: string;
  /** Name, GUID or domain. If absent, the tenant of the persona, or that of the client for an app-only token. */
  readonly tenant?: TenantName | (string & {});
  /**
   * The user who signed in; `null` for an app-only token. If absent, `member`, or no user for a client with which no
   * user signs in.
   */
  readonly persona?: PersonaName | (string & {}) | null;
  /** Name or client ID; `spa` if absent. */
  readonly client?: ClientName | (string & {});
  /** Short names; `access_as_user` if absent. An app-only token has none. */
  readonly scopes?: readonly string[];
  /** The app roles of the persona, or of the client, if absent. */
  readonly roles?: readonly string[];
  /**
   * Object IDs of the user's groups; those of the persona if absent. More than 200 make an overage. An app-only token
   * has none.
   */
  readonly groups?: readonly string[];
  /** Authentication contexts that the user has satisfied, for example `c1`; none if absent. */
  readonly acrs?: readonly string[];
  /** `xms_cc`; the capabilities of the client if absent. */
  readonly capabilities?: readonly string[];
  /** Whether the token comes from the implicit flow, which lists at most six groups. Default: `false`. */
  readonly implicit?: boolean;
  /** Version of the token. If absent, that of the API, which chooses it in Entra, whatever the endpoint. */
  readonly version?: 1 | 2;
}

/** Options of a token of any authority. */
export interface AccessTokenOptions extends TestTokenOptions {
  /** Origin of the authority; Microsoft's public cloud if absent. */
  readonly authority?: string;
}

/** Options of a token that a grant issues. A grant says whose token it is: it never depends on the kind of client. */
export interface GrantedTokenOptions extends Omit<AccessTokenOptions, "persona"> {
  /** Short name of the user for whom the client acts; `undefined` for an app-only token. */
  readonly persona: string | undefined;
  /** The API; the orders API if absent. */
  readonly resource?: Resource;
  /** Seconds since the epoch; now if absent. */
  readonly signedInAtSeconds?: number;
}

export interface IdTokenOptions extends TokenChanges {
  readonly authority?: string;
  readonly tenant?: TenantName | (string & {});
  readonly persona?: PersonaName | (string & {});
  /** `aud`; the API's client ID if absent, as if a single-page app and its API shared one registration. */
  readonly audience?: string;
  readonly roles?: readonly string[];
  readonly nonce?: string;
}

const changeNames = ["key", "header", "claims", "without"] satisfies (keyof TokenChanges)[];
const identityNames = ["authority", "tenant", "persona", "roles", ...changeNames] satisfies (keyof IdTokenOptions)[];
/** Names of the options of an access token, to check names that no compiler has checked. */
export const accessTokenNames: (keyof AccessTokenOptions)[] = [
  ...identityNames,
  "client",
  "api",
  "scopes",
  "groups",
  "acrs",
  "capabilities",
  "implicit",
  "version",
];
export const idTokenNames: (keyof IdTokenOptions)[] = [...identityNames, "audience", "nonce"];

export interface SignInput {
  readonly header: Part;
  readonly payload: Part;
  readonly key?: KeyReference;
}

export interface Issuer {
  sign(input: SignInput): Promise<string>;
  issueAccessToken(options?: AccessTokenOptions): Promise<string>;
  issueGrantedToken(options: GrantedTokenOptions): Promise<string>;
  issueIdToken(
    options?: IdTokenOptions & { readonly version?: 1 | 2; readonly signedInAtSeconds?: number },
  ): Promise<string>;
}

const publicCloud = "https://login.microsoftonline.com";

/** Short names of what a token is for that names none. A directory without them has its first entry in their place. */
const defaults = { api: "api", client: "spa", user: "member" };

/**
 * Resolves names in the directory, creates the claims, and signs the token. Throws RangeError for unknown names and for
 * what an app-only token cannot have.
 */
export function createIssuer(
  directory: Directory,
  ring: KeyRing,
  nowSeconds: () => number,
  randomBytes: RandomBytes,
  issuerHost?: IssuerHost,
): Issuer {
  async function signToken(
    claims: Claims,
    tenant: DirectoryTenant,
    version: 1 | 2,
    changes: TokenChanges,
  ): Promise<string> {
    const key = await ring.find(changes.key ?? (tenant.kind === "personal" ? "msa" : "current"));
    const header = { typ: "JWT", alg: "RS256", kid: key.kid, ...(version === 1 && { x5t: key.kid }) };
    const payload: Claims = { ...claims, ...changes.claims };
    for (const name of changes.without ?? []) delete payload[name];
    return signJws({ ...header, ...changes.header }, payload, key.privateKey);
  }

  const { tenants, users, apps } = directory;
  const requireTenant = (reference: string) =>
    requireKnown(directory.findTenant(reference), "tenant", reference, tenants);

  function requireClient(reference?: string): DirectoryApp {
    if (reference !== undefined) return requireKnown(directory.findApp(reference), "client", reference, apps);
    const first = () => apps.find(({ isPublicClient }) => isPublicClient);
    return requireKnown(directory.findApp(defaults.client) ?? first(), "client", defaults.client, apps);
  }

  function requireUser(reference?: string): DirectoryUser {
    if (reference !== undefined) return requireKnown(directory.findUser(reference), "persona", reference, users);
    return requireKnown(directory.findUser(defaults.user) ?? users[0], "persona", defaults.user, users);
  }

  function requireApi(reference?: string): Resource {
    const isApi = ({ scopes, appRoles }: DirectoryApp) => scopes.length + appRoles.length > 0;
    const apis = apps.filter(isApi);
    if (reference === undefined) return directory.findApp(defaults.api) ?? apis[0] ?? graph;
    const found = directory.findApp(reference);
    return requireKnown(
      apis.find((api) => api === found),
      "API",
      reference,
      apis,
    );
  }

  /** Whether a test that names no user means a token of one. */
  function signsUsersIn({ isPublicClient, redirectUris }: DirectoryApp): boolean {
    return isPublicClient || redirectUris.web.length > 0;
  }

  function resolveAccessToken(
    options: Omit<GrantedTokenOptions, "persona">,
    client: DirectoryApp,
    user: DirectoryUser | undefined,
  ): AccessTokenInput {
    const resource = options.resource ?? requireApi(options.api);
    const roles = (user?.roles ?? client.permissions)[resource.clientId] ?? [];
    return {
      authority: options.authority ?? publicCloud,
      issuerHost,
      tenant: options.tenant === undefined ? (user ?? client).tenant : requireTenant(options.tenant),
      resource,
      client,
      user: user && { ...user, groups: options.groups ?? user.groups },
      scopes: options.scopes ?? ["access_as_user"],
      roles: options.roles ?? roles,
      acrs: options.acrs ?? [],
      capabilities: options.capabilities ?? client.capabilities,
      isImplicit: options.implicit ?? false,
      version: options.version ?? resource.tokenVersion,
      nowSeconds: nowSeconds(),
      ...(options.signedInAtSeconds !== undefined && { signedInAtSeconds: options.signedInAtSeconds }),
      randomBytes,
    };
  }

  async function issue(input: AccessTokenInput, changes: TokenChanges): Promise<string> {
    return signToken(await createAccessTokenClaims(input), input.tenant, input.version, changes);
  }

  return {
    async sign({ header, payload, key }) {
      return signJws(header, payload, (await ring.find(key ?? "current")).privateKey);
    },
    async issueAccessToken(options = {}) {
      const client = requireClient(options.client);
      const { persona = signsUsersIn(client) ? undefined : null } = options;
      if (persona === null) refuseUserClaims(client, options);
      return issue(resolveAccessToken(options, client, persona === null ? undefined : requireUser(persona)), options);
    },
    async issueGrantedToken(options) {
      const user = options.persona === undefined ? undefined : requireUser(options.persona);
      return issue(resolveAccessToken(options, requireClient(options.client), user), options);
    },
    async issueIdToken(options = {}) {
      const user = requireUser(options.persona);
      const tenant = options.tenant === undefined ? user.tenant : requireTenant(options.tenant);
      const audience = options.audience ?? requireApi().clientId;
      const { version = 2 } = options;
      const claims = await createIdTokenClaims({
        authority: options.authority ?? publicCloud,
        issuerHost,
        tenant,
        user,
        audience,
        client: directory.findApp(audience),
        roles: options.roles ?? user.roles[audience] ?? [],
        nonce: options.nonce,
        version,
        nowSeconds: nowSeconds(),
        ...(options.signedInAtSeconds !== undefined && { signedInAtSeconds: options.signedInAtSeconds }),
        randomBytes,
      });
      return signToken(claims, tenant, version, options);
    },
  };
}

/**
 * An app-only token has neither scopes nor groups of a user. Without them it would not be the token that was asked for.
 */
function refuseUserClaims({ shortName }: DirectoryApp, { scopes = [], groups = [] }: TestTokenOptions): void {
  const kind = scopes.length > 0 ? "scope" : groups.length > 0 ? "group" : undefined;
  if (kind === undefined) return;
  throw new RangeError(
    `a token of ${shortName} without a user has no ${kind}s: leave out ${kind}, or add a persona, such as member. An app has roles, such as Orders.Read.All`,
  );
}

/** Names in a message. A directory of the user's own can have thousands. */
const namesMaximum = 20;

function requireKnown<T>(
  found: T | undefined,
  kind: string,
  reference: string,
  known: readonly { readonly shortName: string }[],
): T {
  if (found !== undefined) return found;
  const names = known.slice(0, namesMaximum).map(({ shortName }) => shortName);
  const list = known.length > namesMaximum ? [...names, "…"] : names;
  throw new RangeError(`no ${kind} "${reference}" in the directory. Use one of ${list.join(", ")}`);
}
