import type { Json } from "./json.ts";
import { type Members, readBase64url, readMembers } from "./parts.ts";

// A reference model: the rules for an access token of Entra, and the response to its caller, in the simplest code
// possible. It was written without looking at src, and imports nothing from there. If gate and model differ, one of
// them is wrong.

/** The class of a response, which a caller can distinguish. */
export type Verdict =
  | "allow"
  /** 401 without an error code. */
  | "unauthenticated"
  /** 400 invalid_request. */
  | "invalid_request"
  /** 401 invalid_token. */
  | "invalid_token"
  /** 403 insufficient_scope. */
  | "insufficient_scope"
  /** 401 insufficient_claims. */
  | "insufficient_claims";

/** One alternative of a requirement; a route has one or more. */
export interface ModelRule {
  readonly from?: readonly string[];
  readonly scopes?: readonly string[];
  readonly anyScope?: readonly string[];
  readonly roles?: readonly string[];
  readonly anyRole?: readonly string[];
  readonly groups?: readonly string[];
  readonly anyGroup?: readonly string[];
  readonly clients?: readonly string[];
  readonly tenants?: readonly string[];
  readonly acrs?: readonly string[];
  readonly kind?: "user" | "app";
  readonly agent?: "only" | "never";
}

export interface ModelKey {
  readonly kid: string;
  /** As in the key set for v2.0 tokens; the key set for v1.0 tokens has no issuers. */
  readonly issuer?: string;
  readonly publicKey: CryptoKey;
}

export interface ModelWorld {
  /** Name of the authority that issued the token; `default` if absent. */
  readonly authority?: string;
  readonly nowSeconds: number;
  readonly skewSeconds: number;
  readonly tenants: readonly string[];
  readonly audiences: readonly string[];
  /**
   * The issuer of v2.0 tokens, with `{tenantid}` in place of the tenant: the cloud's, or the one that metadata names.
   */
  readonly issuer: string;
  readonly acceptV1: boolean;
  /** Client applications of the configuration; any if absent. */
  readonly clients?: readonly string[];
  /** Usable keys that every tenant publishes. */
  readonly keys: readonly ModelKey[];
  /** Alternatives of the requested route. */
  readonly rules: readonly ModelRule[];
  /** What differs for further authorities. */
  readonly others?: readonly ModelAuthority[];
}

/** A further authority. */
export type ModelAuthority = Required<
  Pick<ModelWorld, "authority" | "tenants" | "audiences" | "issuer" | "acceptV1" | "clients" | "keys">
>;

/** As Entra writes them. */
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const maximumTokenCharacters = 32 * 1024;
const maximumLifetimeSeconds = 29 * 60 * 60;
const forbiddenHeaderMembers = ["crit", "b64", "zip", "enc", "jwk", "jku", "x5u", "x5c", "x5t#S256", "nonce"];
const idTokenClaims = ["nonce", "c_hash", "at_hash"];

/** The verdict on one value of the header `Authorization`. */
export async function judge(authorization: string | null, world: ModelWorld): Promise<Verdict> {
  if (authorization === null) return "unauthenticated";
  const [scheme = ""] = authorization.split(/[ \t,]/);
  if (scheme.toLowerCase() !== "bearer")
    return /, bearer /i.test(authorization) ? "invalid_request" : "unauthenticated";
  // The limit is checked first.
  if (authorization.length > "Bearer ".length + maximumTokenCharacters) return "invalid_token";
  const [, token] = /^bearer +([^ ].*)$/i.exec(authorization) ?? [];
  if (token === undefined) return "invalid_request";
  // Padding in the wrong place is a fault of the token, not of the header.
  if (!/^[A-Za-z0-9._~+/=-]+$/.test(token)) return "invalid_request";
  // No two authorities have an issuer in common, so at most one can have issued the token.
  for (const own of [world, ...(world.others ?? []).map((other) => ({ ...world, ...other }))]) {
    const claims = await readToken(token, own);
    if (claims !== undefined) return authorize(claims, own);
  }
  return "invalid_token";
}

/** Claims of a valid token; `undefined` for any other. */
async function readToken(token: string, world: ModelWorld): Promise<Members | undefined> {
  const segments = token.split(".");
  if (segments.length !== 3 || segments.some((segment) => segment === "")) return undefined;
  const [headerBytes, claimsBytes, signature] = segments.map(readBase64url);
  if (!headerBytes || !claimsBytes || !signature) return undefined;
  const header = readMembers(headerBytes);
  const claims = readMembers(claimsBytes);
  if (!header || !claims || !isHeader(header) || !areClaims(claims, world)) return undefined;
  const keys = world.keys.filter((key) => key.kid === header.get("kid") && mayKeySign(key, claims, world));
  const input = new TextEncoder().encode(token.slice(0, token.lastIndexOf(".")));
  for (const { publicKey } of keys.slice(0, 3)) {
    if (await crypto.subtle.verify("RSASSA-PKCS1-v1_5", publicKey, signature, input)) return claims;
  }
  return undefined;
}

function isHeader(header: Members): boolean {
  const [typ, kid, x5t] = ["typ", "kid", "x5t"].map((name) => header.get(name));
  if (header.get("alg") !== "RS256") return false;
  if (typeof typ !== "string" || typ.toUpperCase() !== "JWT") return false;
  if (typeof kid !== "string" || kid.length < 1 || kid.length > 128) return false;
  // It equals the kid in v1.0, and is absent in v2.0.
  if (x5t !== undefined && x5t !== kid) return false;
  return !forbiddenHeaderMembers.some((name) => header.has(name));
}

function areClaims(claims: Members, world: ModelWorld): boolean {
  const tid = claims.get("tid");
  if (typeof tid !== "string" || !guid.test(tid) || !world.tenants.includes(tid)) return false;
  if ([...claims.keys()].filter((name) => name.toLowerCase() === "tid").length !== 1) return false;
  if (!isVersion(claims, world)) return false;
  const aud = claims.get("aud");
  if (typeof aud !== "string" || !world.audiences.includes(aud)) return false;
  if (!areTimes(claims, world) || claims.has("cnf") || idTokenClaims.some((name) => claims.has(name))) return false;
  if (!isGuid(claims.get(clientClaim(claims))) || !isGuid(claims.get("oid"))) return false;
  const lists = ["roles", "groups", "wids"].map((name) => claims.get(name));
  return lists.every((list) => list === undefined || isTexts(list)) && readKind(claims) !== undefined;
}

/** Whether the version is accepted, and matches the issuer. */
function isVersion(claims: Members, { acceptV1, issuer }: ModelWorld): boolean {
  const [iss, tid, ver] = ["iss", "tid", "ver"].map((name) => claims.get(name));
  if (ver === "2.0") return iss === nameTenant(issuer, tid);
  return ver === "1.0" && acceptV1 && iss === `https://sts.windows.net/${tid}/`;
}

const clientClaim = (claims: Members) => (claims.get("ver") === "1.0" ? "appid" : "azp");
const isGuid = (value: Json | undefined) => typeof value === "string" && guid.test(value);
const isTexts = (value: Json) => Array.isArray(value) && value.every((text) => typeof text === "string");

function areTimes(claims: Members, { nowSeconds, skewSeconds }: ModelWorld): boolean {
  const [exp, nbf, iat] = ["exp", "nbf", "iat"].map((name) => claims.get(name)) as number[];
  if (exp === undefined || nbf === undefined || iat === undefined) return false;
  if (![exp, nbf, iat].every((time) => Number.isSafeInteger(time) && time >= 0)) return false;
  if (exp <= nbf || exp <= iat || exp - Math.min(nbf, iat) > maximumLifetimeSeconds) return false;
  return nowSeconds < exp + skewSeconds && nowSeconds >= Math.max(nbf, iat) - skewSeconds;
}

function readKind(claims: Members): "user" | "app" | undefined {
  const [scp, idtyp, sub] = ["scp", "idtyp", "sub"].map((name) => claims.get(name));
  if (typeof sub !== "string" || sub === "") return undefined;
  if (scp !== undefined && typeof scp !== "string") return undefined;
  switch (idtyp) {
    case "app":
      return scp === undefined || scp === "" || scp === "/" ? "app" : undefined;
    case "user":
      return scp === undefined || scp === "" || scp === "/" ? undefined : "user";
    case undefined:
      if (scp === undefined) return claims.get("oid") === sub ? "app" : undefined;
      return scp === "" || scp === "/" ? undefined : "user";
    default:
      return undefined;
  }
}

/** The key set for v1.0 tokens names no issuers, so that for v2.0 tokens decides. */
function mayKeySign(key: ModelKey, claims: Members, { issuer }: ModelWorld): boolean {
  const tenant = claims.get("tid");
  return key.issuer === undefined || nameTenant(key.issuer, tenant) === nameTenant(issuer, tenant);
}

function nameTenant(issuer: string, tenant: Json | undefined): string {
  return issuer.split(/\{tenantid\}/i).join(String(tenant));
}

/** Applies the requirement to the claims of a valid token. */
function authorize(claims: Members, { authority = "default", clients, rules: all }: ModelWorld): Verdict {
  const rules = all.filter(({ from = ["default"] }) => from.includes(authority));
  if (clients !== undefined && !clients.includes(String(claims.get(clientClaim(claims))))) return "insufficient_scope";
  if (rules.some((rule) => fits(claims, rule) && hasContexts(claims, rule))) return "allow";
  const capabilities = claims.get("xms_cc");
  const answersChallenges =
    Array.isArray(capabilities) && capabilities.some((one) => typeof one === "string" && one.toLowerCase() === "cp1");
  const contextIsAllThatIsMissing = rules.some((rule) => fits(claims, rule));
  return contextIsAllThatIsMissing && answersChallenges ? "insufficient_claims" : "insufficient_scope";
}

function fits(claims: Members, rule: ModelRule): boolean {
  const kind = readKind(claims);
  const scopes = kind === "user" ? readScopes(String(claims.get("scp"))) : [];
  const roles = (claims.get("roles") ?? []) as readonly string[];
  const forUsers = rule.scopes !== undefined || rule.anyScope !== undefined || rule.kind === "user";
  if (kind !== (forUsers ? "user" : "app")) return false;
  if (rule.clients && !rule.clients.includes(String(claims.get(clientClaim(claims))))) return false;
  if (rule.tenants && !rule.tenants.includes(String(claims.get("tid")))) return false;
  if (rule.agent === "only" && !isAgent(claims)) return false;
  if (rule.agent === "never" && isAgent(claims)) return false;
  if (rule.scopes && !rule.scopes.every((scope) => scopes.includes(scope))) return false;
  if (rule.anyScope && !rule.anyScope.some((scope) => scopes.includes(scope))) return false;
  if (rule.roles && !rule.roles.every((role) => roles.includes(role))) return false;
  if (rule.anyRole && !rule.anyRole.some((role) => roles.includes(role))) return false;
  const groups = readGroups(claims);
  if (rule.groups && !rule.groups.every((group) => groups.includes(group))) return false;
  return !rule.anyGroup || rule.anyGroup.some((group) => groups.includes(group));
}

/** A list with a name in it, or with a marker beside it, says nothing. */
function readGroups(claims: Members): readonly string[] {
  const groups = (claims.get("groups") ?? []) as readonly string[];
  const sources = claims.get("_claim_names");
  const isPartial = sources !== undefined && !(sources instanceof Map && !sources.has("groups"));
  if (claims.has("hasgroups") || isPartial) return [];
  return groups.every((group) => guid.test(group)) ? groups : [];
}

/** One marker is enough, because each of them is an optional claim. */
function isAgent(claims: Members): boolean {
  if (claims.has("xms_par_app_azp")) return true;
  const facets = [claims.get("xms_act_fct"), claims.get("xms_sub_fct")].flatMap(listFacets);
  return facets.includes("11") || facets.includes("13");
}

/** Numbers in a text, or in anything that holds texts and numbers. */
function listFacets(value: Json | undefined): readonly string[] {
  if (typeof value === "string") return value.split(/[^0-9A-Za-z_]/);
  if (typeof value === "number") return [String(value)];
  if (Array.isArray(value)) return value.flatMap(listFacets);
  return value instanceof Map ? [...value].flat().flatMap(listFacets) : [];
}

/** RFC 6749 section 3.3; any other text grants nothing. */
function readScopes(scp: string): readonly string[] {
  const scopes = scp.split(" ");
  return scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)) ? scopes : [];
}

/** A value that is not a list contains no contexts. */
function hasContexts(claims: Members, { acrs = [] }: ModelRule): boolean {
  const present = claims.get("acrs");
  return acrs.every((context) => Array.isArray(present) && present.includes(context));
}
