import { fail, isGuid, type Result, succeed } from "../../../src/cli-exports/common.ts";
import type { Evidence, Json, Token } from "./evidence.ts";

/** Where a claim comes from. We saw none at the real service. */
export type Source =
  | { readonly kind: "page"; readonly url: string; readonly date: string }
  | { readonly kind: "reports"; readonly urls: readonly string[] }
  /** No page and no report says it: the project assumes it. */
  | { readonly kind: "assumed" };

/** Something about Entra that the project rests on. */
export interface EntraClaim {
  readonly id: string;
  /** One sentence, for the page. */
  readonly text: string;
  readonly source: Source;
  /**
   * @returns success if it holds, and otherwise what is different, without a part of a token that identifies a person;
   *   in place of a result, why it could not be checked
   */
  check(evidence: Evidence): Result<void, string> | { readonly unchecked: string };
}

const learn = (path: string, date: string): Source => ({
  kind: "page",
  url: `https://learn.microsoft.com/${path}`,
  date,
});
const reports = (...urls: readonly string[]): Source => ({ kind: "reports", urls });
const holds = (condition: boolean, otherwise: string): Result<void, string> =>
  condition ? succeed(undefined) : fail(otherwise);

/** Checks a part of the evidence, or says why it is absent. */
function given<T>(part: Result<T, string>, check: (value: T) => Result<void, string>) {
  return part.ok ? check(part.value) : { unchecked: part.error };
}

const tenantOf = (issuer: string, tenant: string) => issuer.replaceAll(/\{tenantid\}/gi, tenant);
const isText = (value: unknown): value is string => typeof value === "string" && value !== "";
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value);
const maximumLifetimeSeconds = 29 * 3_600;
const hasIssuer = ({ issuer }: Json) => isText(issuer);

/** A claim about metadata that is true if members are absent. */
const absent = (name: string) => (evidence: Evidence) =>
  given(evidence.metadata, (metadata) => holds(!(name in metadata), `the metadata has ${name}`));

const unknownTenant = (answer: { readonly status: number; readonly body: Json }) =>
  holds(
    answer.status === 400 && answer.body.error === "invalid_tenant",
    `status ${answer.status}, error ${JSON.stringify(answer.body.error ?? null)}`,
  );

/** Checks the parts that access tokens of users and of apps share. */
const ofToken = (check: (token: Token, evidence: Evidence) => Result<void, string>) => (evidence: Evidence) => {
  const tokens = [evidence.appToken, evidence.userToken];
  const found = tokens.flatMap((token) => (token.ok ? [token.value] : []));
  if (found.length === 0) return { unchecked: tokens.map((token) => (token.ok ? "" : token.error)).join("; ") };
  return found.map((token) => check(token, evidence)).find(({ ok }) => !ok) ?? succeed(undefined);
};

/** The claims that `entra-gate doctor --claims` checks, in the order of the page. */
export const entraClaims: readonly EntraClaim[] = [
  {
    id: "metadata-issuer",
    text: "The v2.0 metadata of a tenant names the issuer `https://HOST/TENANT_ID/v2.0`. In a cloud, `HOST` is its sign-in host; in External ID, one of [three](../how-to/use-external-id.md#which-issuers-the-gate-accepts).",
    source: learn("entra/identity-platform/v2-protocols-oidc", "2026-11-25"),
    check: ({ metadata, registration }) =>
      given(metadata, ({ issuer }) =>
        holds(registration.issuers.includes(String(issuer)), `the issuer is ${JSON.stringify(issuer)}`),
      ),
  },
  {
    id: "key-host",
    text: "The keys are at the authority; in External ID, they can be at `https://TENANT_ID.ciamlogin.com`.",
    source: learn("entra/identity-platform/v2-protocols-oidc", "2026-11-25"),
    check: ({ metadata, registration }) =>
      given(metadata, ({ jwks_uri: uri }) =>
        holds(
          registration.keyOrigins.includes(URL.parse(String(uri))?.origin ?? ""),
          `jwks_uri is ${JSON.stringify(uri)}`,
        ),
      ),
  },
  {
    id: "key-issuer",
    text: "Each key of v2.0 names its issuer. That of an ordinary key is the tenant's, with `{tenantid}` in place of the tenant.",
    source: learn("entra/identity-platform/access-tokens#validate-the-signing-key-issuer", "2026-11-25"),
    check: ({ keys, metadata, registration }) =>
      given(keys, (list) => {
        if (!list.every(hasIssuer)) return fail("a key names no issuer");
        const named = list.map(({ issuer }) => tenantOf(String(issuer), registration.tenant));
        const issuer = metadata.ok ? metadata.value.issuer : undefined;
        return holds(named.includes(String(issuer)), `no key is for the issuer of the metadata, but for ${named[0]}`);
      }),
  },
  {
    id: "key-form",
    text: "Keys are RSA with e 65537 and a `kid`, for signatures. They have no `alg`.",
    source: reports(
      "https://github.com/nearform/fastify-jwt-jwks/issues/16",
      "https://github.com/BookStackApp/BookStack/issues/3206",
    ),
    check: ({ keys }) =>
      given(keys, (list) => {
        const isUsual = ({ kty, e, kid, use, alg }: Json) =>
          kty === "RSA" && e === "AQAB" && isText(kid) && use === "sig" && alg === undefined;
        const other = list.find((key) => !isUsual(key));
        const shown = JSON.stringify({ kty: other?.kty, use: other?.use, alg: other?.alg });
        return holds(other === undefined, `a key has ${shown}`);
      }),
  },
  {
    id: "several-keys",
    text: "More than one key is published at any time.",
    source: learn("entra/identity-platform/signing-key-rollover", "2026-11-25"),
    check: ({ keys }) => given(keys, ({ length }) => holds(length > 1, `${length} is published`)),
  },
  {
    id: "key-cloud",
    text: "`cloud_instance_name` of a key, if it has one, is that of the metadata.",
    source: reports(
      "https://github.com/AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet/blob/dev/src/Microsoft.IdentityModel.Validators/AadTokenValidationParametersExtension.cs",
    ),
    check: ({ keys, metadata }) =>
      given(keys, (list) => {
        const own = metadata.ok ? metadata.value.cloud_instance_name : undefined;
        const other = list.find(({ cloud_instance_name: name }) => name !== undefined && name !== own);
        return holds(other === undefined, `a key has ${JSON.stringify(other?.cloud_instance_name)}`);
      }),
  },
  {
    id: "key-issuer-v1",
    text: "Keys of v1.0 documents name no issuer.",
    source: reports(
      "https://github.com/AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet/blob/dev/src/Microsoft.IdentityModel.Validators/AadTokenValidationParametersExtension.cs",
    ),
    check: ({ keysV1 }) => given(keysV1, (list) => holds(!list.some(hasIssuer), "a key names an issuer")),
  },
  {
    id: "shared-issuer",
    text: "The metadata of `organizations` names an issuer with `{tenantid}` in place of the tenant.",
    source: learn("entra/identity-platform/access-tokens#validate-the-issuer", "2026-11-25"),
    check: ({ shared, registration }) =>
      given(shared, ({ issuer }) =>
        holds(issuer === `${registration.authority.login}/{tenantid}/v2.0`, `the issuer is ${JSON.stringify(issuer)}`),
      ),
  },
  {
    id: "unknown-tenant",
    text: "The metadata of a tenant that does not exist is 400 with `invalid_tenant`.",
    source: reports(
      "https://github.com/Azure/azure-cli/issues/24376",
      "https://github.com/james-gould/azure-keyvault-emulator/issues/324",
    ),
    check: ({ unknownMetadata }) => given(unknownMetadata, unknownTenant),
  },
  {
    id: "unknown-tenant-keys",
    text: "The key set of such a tenant gets the same answer.",
    source: { kind: "assumed" },
    check: ({ unknownKeys }) => given(unknownKeys, unknownTenant),
  },
  {
    id: "no-registration",
    text: "Clients cannot register themselves (RFC 7591): the metadata has no `registration_endpoint`.",
    source: reports(
      "https://github.com/agentgateway/agentgateway/pull/2408",
      "https://github.com/anthropics/claude-code/issues/2527",
    ),
    check: absent("registration_endpoint"),
  },
  {
    id: "no-pkce-announced",
    text: "The metadata does not announce PKCE, which Entra supports.",
    source: reports(
      "https://github.com/modelcontextprotocol/typescript-sdk/issues/832",
      "https://github.com/anthropics/claude-ai-mcp/issues/786",
    ),
    check: absent("code_challenge_methods_supported"),
  },
  {
    id: "no-response-issuer",
    text: "Entra does not announce `iss` in authorization responses (RFC 9207).",
    source: learn("entra/identity-platform/v2-oauth2-auth-code-flow", "2026-11-25"),
    check: absent("authorization_response_iss_parameter_supported"),
  },
  {
    id: "token-form",
    text: "An access token is a JWS in three parts, with `typ` JWT and RS256, by a published key of the tenant.",
    source: learn("entra/identity-platform/access-tokens", "2026-11-25"),
    check: ofToken(({ header, isSigned }) =>
      header.typ !== "JWT" || header.alg !== "RS256"
        ? fail(`the header has ${JSON.stringify({ typ: header.typ, alg: header.alg })}`)
        : holds(isSigned, "no published key has signed it"),
    ),
  },
  {
    id: "token-issuer",
    text: "`iss` of a v2.0 token is the issuer of the metadata, `ver` is `2.0`, and `tid` is the tenant.",
    source: learn("entra/identity-platform/access-token-claims-reference", "2026-11-25"),
    check: ofToken(({ claims: { iss, ver, tid } }, { metadata, registration }) => {
      if (ver !== "2.0") return fail(`ver is ${JSON.stringify(ver)}: set requestedAccessTokenVersion of the API to 2`);
      if (tid !== registration.tenant) return fail("tid is another tenant");
      return holds(metadata.ok && iss === metadata.value.issuer, `iss is ${JSON.stringify(iss)}`);
    }),
  },
  {
    id: "token-audience",
    text: "`aud` of a v2.0 token is the client ID of the API, as one string.",
    source: learn("entra/identity-platform/access-token-claims-reference", "2026-11-25"),
    check: ofToken(({ claims: { aud } }, { registration }) =>
      holds(aud === registration.api, `aud is ${Array.isArray(aud) ? "a list" : "another value"}`),
    ),
  },
  {
    id: "token-times",
    text: "`iat`, `nbf` and `exp` are whole seconds, and no token is valid for more than 29 hours.",
    source: learn("entra/identity-platform/access-tokens#token-lifetime", "2026-11-25"),
    check: ofToken(({ claims: { iat, nbf, exp } }) => {
      if (!isWhole(iat) || !isWhole(nbf) || !isWhole(exp)) return fail("one is absent or not a whole number");
      const lifetime = exp - Math.min(iat, nbf);
      return holds(lifetime > 0 && lifetime <= maximumLifetimeSeconds, `it is valid for ${lifetime} seconds`);
    }),
  },
  {
    id: "token-client",
    text: "`azp` is the client ID of the client, and `oid` is a GUID.",
    source: learn("entra/identity-platform/access-token-claims-reference", "2026-11-25"),
    check: ofToken(({ claims: { azp, oid } }, { registration }) =>
      azp === registration.client?.id
        ? holds(typeof oid === "string" && isGuid(oid), "oid is not a GUID in lower case")
        : fail("azp is absent or another client"),
    ),
  },
  {
    id: "app-token",
    text: "A token that an app gets for itself has no scopes, and `sub` is its `oid`.",
    source: learn("entra/identity-platform/claims-validation", "2026-11-25"),
    check: ({ appToken }) =>
      given(appToken, ({ claims: { scp, oid, sub } }) =>
        [undefined, "", "/"].includes(scp as string | undefined)
          ? holds(oid === sub, "sub is not its oid")
          : fail("scp has scopes"),
      ),
  },
  {
    id: "user-token",
    text: "A token for a user has the scopes in `scp`, as one text, and `sub` is not the `oid`.",
    source: learn("entra/identity-platform/claims-validation", "2026-11-25"),
    check: ({ userToken }) =>
      given(userToken, ({ claims: { scp, oid, sub } }) =>
        isText(scp) ? holds(sub !== oid, "sub is the oid") : fail("scp is absent or not a text"),
      ),
  },
  {
    id: "id-token",
    text: "An ID token has neither `scp` nor `azp`, by which the gate tells it from an access token of the same issuer.",
    source: learn("entra/identity-platform/id-token-claims-reference", "2026-11-25"),
    check: ({ idToken }) =>
      given(idToken, ({ claims }) => {
        const name = ["scp", "azp"].find((each) => each in claims);
        return holds(name === undefined, `it has ${name}`);
      }),
  },
];
