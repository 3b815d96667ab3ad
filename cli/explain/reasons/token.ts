import type { ReasonTexts } from "./reason-text.ts";

/** Reasons about the form and the claims of a token. */
export const tokenReasons = {
  token_too_large: {
    meaning: "The token, or its header with spaces before the token, is longer than 32 KiB.",
    fix: "Entra's tokens are shorter: restrict the groups claim to the groups that are assigned to the application.",
  },
  token_not_compact: {
    meaning: "The token does not have three parts separated by dots: it was cut off, or is not a JWT.",
    fix: "Send the whole `access_token` of the token response. A refresh token or an authorization code is not one.",
  },
  token_encrypted: {
    meaning: "The token has five parts: Entra encrypted it for the API's registration.",
    fix: "Remove the token encryption certificate (`tokenEncryptionKeyId`) of the API's registration.",
  },
  token_not_base64url: {
    meaning: "A part of the token is not canonical base64url; `part` in the log names it.",
    fix: "Send the token as it was issued: something changed, padded or cut it.",
    samples: [{ members: { part: "payload" } }],
  },
  token_not_json: {
    meaning: "The header or the payload is not a JSON object; `part` in the log names it.",
    fix: "Send an access token of Entra. Opaque tokens with two dots cause this too.",
    samples: [{ members: { part: "payload" } }],
  },
  algorithm_not_allowed: {
    meaning: "The header's `alg` is not RS256, the only algorithm with which Entra signs access tokens.",
    fix: "Find out who issued the token. Entra did not.",
  },
  type_not_jwt: {
    meaning: "The `typ` of the header is not JWT.",
    fix: "Find out who issued the token. Entra writes `JWT` into every access token.",
  },
  kid_invalid: {
    meaning: "The header has no `kid`, or one that no key of Entra can have.",
    fix: "Find out who issued the token. Entra names the key in every one.",
  },
  header_not_allowed: {
    meaning:
      "The header has a parameter that Entra never sends, and that attacks use; `parameter` in the log names it.",
    fix: "Find out who issued the token. Entra did not.",
    samples: [{ members: { parameter: "jku" } }],
  },
  graph_token: {
    meaning: "The header has a `nonce`: this is a token for Microsoft Graph, which only Graph can verify.",
    fix: "Let the client request a scope of this API, `api://<client id>/<scope>`, not User.Read or another scope of Graph.",
  },
  tenant_invalid: {
    meaning: "The `tid` claim is missing or is not the GUID of a tenant.",
    fix: "Send an access token of Entra ID. B2C's may lack `tid`, and are not accepted.",
  },
  tenant_ambiguous: {
    meaning: "A second claim has the name `tid` in another letter case.",
    fix: "Rename that custom claim in the claims mapping policy.",
  },
  tenant_not_allowed: {
    meaning: "The token was issued by a tenant that is not on the gate's allowlist.",
    fix: "Sign in at the right tenant, or add the tenant to ENTRA_ALLOWED_TENANTS.",
  },
  issuer_mismatch: {
    meaning: "The `iss` claim is not what the configured cloud or authority writes for the token's tenant.",
    fix: "Most often a v1.0 token: set `requestedAccessTokenVersion` to 2 in the API's manifest. Else compare ENTRA_CLOUD and ENTRA_AUTHORITY. In External ID, `entra-gate doctor` shows the issuer that the authority's metadata names.",
  },
  version_mismatch: {
    meaning: "The `ver` claim does not fit the issuer.",
    fix: "Find out who issued the token. Entra writes both alike.",
  },
  audience_mismatch: {
    meaning: "The token is for another API, or has another name of this API: `aud` is not in ENTRA_API_AUDIENCE.",
    fix: "Let the client request a scope of this API. A v2.0 token's `aud` is always the API's client-ID GUID, a v1.0 token's can be its App ID URI.",
  },
  time_invalid: {
    meaning: "`exp`, `nbf` or `iat` is missing or is not a whole number of seconds; `claim` in the log names it.",
    fix: "Find out who issued the token. Entra writes all three.",
    samples: [{ members: { claim: "nbf" } }],
  },
  times_out_of_order: {
    meaning: "The token expires before it becomes valid.",
    fix: "Find out who issued the token. Entra did not.",
  },
  lifetime_too_long: {
    meaning: "The token is valid for more than 29 hours. Entra's limit is 28 hours.",
    fix: "Find out who issued the token. Entra did not.",
  },
  expired: {
    meaning: "The token has expired.",
    fix: "Let the client get a new token before each call (`acquireTokenSilent`) instead of keeping one.",
  },
  not_yet_valid: {
    meaning: "The token is not valid yet.",
    fix: "Compare the clocks: they differ by more than ENTRA_CLOCK_SKEW_SECONDS.",
  },
  claim_invalid: {
    meaning:
      "A claim that the gate needs is missing or has another type than in Entra's tokens; `claim` in the log names it.",
    fix: "Send an access token. An ID token has no `azp`; tokens of apps without a service principal have no `oid`.",
    samples: [{ members: { claim: "azp" } }],
  },
  id_token: {
    meaning: "This is an ID token. It tells the client who signed in, and does not permit calls to an API.",
    fix: "Let the client send the access token (`result.accessToken`), requested with a scope of this API.",
  },
  bound_token: {
    meaning: "The token is bound to a key (`cnf`), and the request does not prove that it has the key.",
    fix: "Let the client request a bearer token: the gate does not support proof of possession.",
  },
  kind_unknown: {
    meaning:
      "The token is neither a user's (`scp`) nor an app's own (`idtyp` app, or without it `oid` equal to `sub`).",
    fix: "Send an access token. For tokens of apps, and of agents that act as themselves, add the optional claim `idtyp` to the API's registration.",
  },
} satisfies ReasonTexts;
