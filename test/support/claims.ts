import { clients } from "../../entra/directory/clients.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";
import { defaultAuthority } from "../../src/base/common/authority-name.ts";
import { createAuthority } from "../../src/core/authority/authority.ts";
import type { TokenVersion } from "../../src/core/authority/version.ts";
import { type Caller, TokenOwner } from "../../src/core/token/caller.ts";
import type { ClaimRules, PrincipalKind } from "../../src/core/token/claims.ts";
import type { JsonObject } from "../../src/core/token/decode.ts";
import { type Identity, readIdentity } from "../../src/core/token/identity.ts";
import type { Principal } from "../../src/core/token/principal.ts";
import type { VerifiedToken } from "../../src/core/token/verified-tokens.ts";
import { frozenNowSeconds } from "./io.ts";

export const tenant = tenants.contoso.id;
export const otherTenant = tenants.fabrikam.id;
export const audience = api.clientId;
export const client = clients.spa.clientId;
export const user = personas.member.oid;

/** Lifetime of the sample tokens in Microsoft's documentation. */
const lifetimeSeconds = 3_900;

/** A delegated v2.0 token of the public cloud, valid at the frozen clock. */
export const userClaims: JsonObject = Object.freeze({
  aud: audience,
  iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
  iat: frozenNowSeconds,
  nbf: frozenNowSeconds,
  exp: frozenNowSeconds + lifetimeSeconds,
  azp: client,
  azpacr: "0",
  name: personas.member.name,
  oid: user,
  preferred_username: personas.member.username,
  scp: "access_as_user",
  sub: "pairwise-subject-of-the-member",
  tid: tenant,
  uti: "unique-token-identifier",
  ver: "2.0",
});

const daemon = clients.daemon;

/** An app-only v2.0 token, valid at the frozen clock. */
export const appClaims: JsonObject = change(userClaims, {
  azp: daemon.clientId,
  azpacr: "1",
  idtyp: "app",
  oid: daemon.servicePrincipalId,
  sub: daemon.servicePrincipalId,
  roles: daemon.appRoles,
  scp: undefined,
  name: undefined,
  preferred_username: undefined,
});

/** A delegated v1.0 token. */
export const userClaimsV1: JsonObject = change(userClaims, {
  aud: api.appIdUri,
  iss: `https://sts.windows.net/${tenant}/`,
  appid: client,
  azp: undefined,
  ver: "1.0",
});

/** The header of a v2.0 token from Entra. */
export const tokenHeader: JsonObject = Object.freeze({
  typ: "JWT",
  alg: "RS256",
  kid: "1LTMzakihiRla_8z2BEJVXeWMqo",
});

const publicAuthority = createAuthority({
  cloud: "public",
  authority: undefined,
  acceptV1: false,
  tenants: { decided: "by-list", allowed: new Set([tenant]) },
});

/** Rules that `userClaims` and `appClaims` satisfy. */
export const claimRules: ClaimRules = {
  authority: publicAuthority,
  tenants: { decided: "by-list", allowed: new Set([tenant]) },
  audiences: new Set([audience]),
  clockSkewSeconds: 60,
};

/** The same object with some members changed; `undefined` removes one. */
export function change(object: JsonObject, changes: Record<string, unknown>): JsonObject {
  const entries = Object.entries({ ...object, ...changes });
  return Object.freeze(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
}

/** The caller with a verified token of one kind, with some claims changed. */
export function callerOf(kind: PrincipalKind, changes: Record<string, unknown> = {}): Caller {
  const claims = change(kind === "user" ? userClaims : appClaims, changes);
  const version: TokenVersion = "2.0";
  const validity = { fromSeconds: Number(claims.iat), untilSeconds: Number(claims.exp) };
  const identity = readIdentity(claims, {
    authority: defaultAuthority,
    kind,
    version,
    tenant: claims.tid as string,
    validity,
  });
  return new TokenOwner(identity as VerifiedToken, "hit", structuredClone(claims));
}

/** What policy gets of such a caller. */
export function identityOf(kind: PrincipalKind, changes?: Record<string, unknown>): Identity {
  return callerOf(kind, changes).identity;
}

/** What code of the app gets of such a caller. */
export function principalOf(kind: PrincipalKind, changes?: Record<string, unknown>): Principal {
  return callerOf(kind, changes).principal;
}
