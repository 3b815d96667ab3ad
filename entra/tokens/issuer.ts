import { findBlueprint } from "../directory/blueprint.ts";
import type { Client, ClientName } from "../directory/clients.ts";
import { api, type Tenant, type TenantName, tenants } from "../directory/directory.ts";
import { findClient, findPersona, findTenant } from "../directory/lookup.ts";
import type { Persona, PersonaName } from "../directory/personas.ts";
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
  /** Name, GUID or domain. If absent, the persona's own tenant, or Contoso for an app-only token. */
  readonly tenant?: TenantName | (string & {});
  /** The user who signed in. If absent, `member`, or no user (an app-only token) for a confidential client. */
  readonly persona?: PersonaName | (string & {});
  /** Name or client ID; `spa` if absent. */
  readonly client?: ClientName | (string & {});
  /** Short names; `access_as_user` if absent. Not used in an app-only token. */
  readonly scopes?: readonly string[];
  /** The app roles of the persona, or of the client, if absent. */
  readonly roles?: readonly string[];
  /** Authentication contexts that the user has satisfied, for example `c1`; none if absent. */
  readonly acrs?: readonly string[];
  /** `xms_cc`; the capabilities of the client if absent. */
  readonly capabilities?: readonly string[];
  /** Version of the token; 2 if absent. In Entra, the API chooses the version, not the endpoint. */
  readonly version?: 1 | 2;
}

/** Options of a token of any authority. */
export interface AccessTokenOptions extends TestTokenOptions {
  /** Origin of the authority; Microsoft's public cloud if absent. */
  readonly authority?: string;
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
  "scopes",
  "acrs",
  "capabilities",
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
  issueIdToken(options?: IdTokenOptions): Promise<string>;
}

const publicCloud = "https://login.microsoftonline.com";

/** Resolves names in the directory, creates the claims, and signs the token. Throws RangeError for unknown names. */
export function createIssuer(ring: KeyRing, nowSeconds: () => number, randomBytes: RandomBytes): Issuer {
  async function signToken(claims: Claims, tenant: Tenant, version: 1 | 2, changes: TokenChanges): Promise<string> {
    const key = await ring.find(changes.key ?? (tenant.id === tenants.msa.id ? "msa" : "current"));
    const header = { typ: "JWT", alg: "RS256", kid: key.kid, ...(version === 1 && { x5t: key.kid }) };
    const payload: Claims = { ...claims, ...changes.claims };
    for (const name of changes.without ?? []) delete payload[name];
    return signJws({ ...header, ...changes.header }, payload, key.privateKey);
  }

  return {
    async sign({ header, payload, key }) {
      return signJws(header, payload, (await ring.find(key ?? "current")).privateKey);
    },
    async issueAccessToken(options = {}) {
      const input = resolveAccessToken(options, nowSeconds(), randomBytes);
      return signToken(await createAccessTokenClaims(input), input.tenant, input.version, options);
    },
    async issueIdToken(options = {}) {
      const persona = requirePersona(options.persona ?? "member");
      const tenant = requireTenant(options.tenant ?? persona.tenant);
      const claims = await createIdTokenClaims({
        authority: options.authority ?? publicCloud,
        tenant,
        persona,
        audience: options.audience ?? api.clientId,
        roles: options.roles ?? persona.appRoles,
        nonce: options.nonce,
        nowSeconds: nowSeconds(),
        randomBytes,
      });
      return signToken(claims, tenant, 2, options);
    },
  };
}

function resolveAccessToken(
  options: AccessTokenOptions,
  nowSeconds: number,
  randomBytes: RandomBytes,
): AccessTokenInput {
  const client = requireClient(options.client ?? "spa");
  const persona = findSignedInPersona(client, options.persona);
  return {
    authority: options.authority ?? publicCloud,
    tenant: requireTenant(options.tenant ?? persona?.tenant ?? "contoso"),
    client,
    persona,
    scopes: options.scopes ?? ["access_as_user"],
    roles: options.roles ?? (persona ?? client).appRoles,
    acrs: options.acrs ?? [],
    capabilities: options.capabilities ?? client.capabilities,
    version: options.version ?? 2,
    nowSeconds,
    randomBytes,
  };
}

function findSignedInPersona(client: Client, reference: string | undefined): Persona | undefined {
  if (reference !== undefined) return requirePersona(reference);
  return client.secret === undefined ? requirePersona("member") : undefined;
}

function requireTenant(reference: string): Tenant {
  return requireKnown(findTenant(reference), "tenant", reference);
}

function requireClient(reference: string): Client {
  return requireKnown(findClient(reference) ?? findBlueprint(reference), "client", reference);
}

function requirePersona(reference: string): Persona {
  return requireKnown(findPersona(reference), "persona", reference);
}

function requireKnown<T>(found: T | undefined, kind: string, reference: string): T {
  if (found === undefined) throw new RangeError(`no ${kind} "${reference}" in the directory`);
  return found;
}
