// Every error that the local Entra returns: its code, what the client sees, how to provoke it, and where it is
// documented. `npm run generate` writes the table of the documentation from it.

/** An error that Entra would return. `{name}` in the text is replaced by a value of the request. */
export interface EntraErrorEntry {
  /** The number after `AADSTS`. */
  readonly code: number;
  /** `error` of the response. */
  readonly error: string;
  /** Status of a response in JSON; 400 if absent. */
  readonly status?: number;
  /** Entra's more precise reason, such as `consent_required`. */
  readonly suberror?: string;
  readonly text: string;
  /** How to provoke it, as a phrase for the documentation. */
  readonly provoke: string;
  /** Page of Microsoft, or a public thread, that has the code. */
  readonly source: string;
  /** Whether Entra was seen to send `error_uri` with it. */
  readonly hasErrorUri?: true;
}

/** Microsoft's list, which is the source of most codes. */
export const codeList = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes";
const articles = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration";
const deviceCode = "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code";
const resourceThread = "https://github.com/anthropics/claude-code/issues/73460";

const table = {
  // The tenant
  unknownTenant: {
    code: 90002,
    error: "invalid_request",
    text: "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
    provoke: "Use a tenant in the path that is not in the directory.",
    source: codeList,
  },
  unknownTenantOfDocument: {
    code: 90002,
    error: "invalid_tenant",
    text: "Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
    provoke: "Fetch the discovery document or the keys of a tenant that is not in the directory.",
    source: codeList,
  },
  tenantNeeded: {
    code: 50059,
    error: "invalid_request",
    text: "No tenant-identifying information found in either the request or implied by any provided credentials.",
    provoke: "Request an app-only or on-behalf-of token at `/common` or `/organizations`.",
    source: codeList,
  },
  multitenantNeeded: {
    code: 50194,
    error: "invalid_request",
    text: "Application '{clientId}'({clientName}) is not configured as a multi-tenant application. Usage of the /common endpoint is not supported for such apps created after '10/15/2018'. Use a tenant-specific endpoint or configure the application to be multi-tenant.",
    provoke: "Use `/common` or `/organizations` with an app that has `singleTenant`.",
    source: codeList,
  },
  codeOfOtherTenant: {
    code: 700005,
    error: "invalid_grant",
    text: "Provided Authorization Code is intended to use against other tenant, thus rejected. OAuth2 Authorization Code must be redeemed against same tenant it was acquired for (/common or /{tenant-ID} as appropriate).",
    provoke: "Redeem a code at another tenant than it was issued at.",
    source: codeList,
  },

  // The form of the request
  wrongMethod: {
    code: 900561,
    error: "invalid_request",
    text: "The endpoint only accepts POST requests. Received a {method} request.",
    provoke: "Open the token endpoint in a browser.",
    source: codeList,
  },
  missingParameter: {
    code: 900144,
    error: "invalid_request",
    text: "The request body must contain the following parameter: '{name}'.",
    provoke: "Omit a required parameter, such as `client_id` or `code`.",
    source: codeList,
  },
  repeatedParameter: {
    code: 9000411,
    error: "invalid_request",
    text: "The request is not properly formatted. The parameter '{name}' is duplicated.",
    provoke: "Send a parameter twice.",
    source: "https://github.com/MicrosoftDocs/azure-dev-docs/issues/934",
  },
  malformedRequest: {
    code: 9002313,
    error: "invalid_request",
    text: "Invalid request. Request is malformed or invalid.",
    provoke:
      "Send a form of more than 64 KiB, one without `application/x-www-form-urlencoded`, or `claims` that are not JSON.",
    source: codeList,
  },
  queryTooLong: {
    code: 90015,
    error: "invalid_request",
    text: "The query string is too long.",
    provoke: "Send more than 16 KiB of parameters to the authorization endpoint.",
    source: codeList,
  },
  wrongPrompt: {
    code: 90023,
    error: "invalid_request",
    text: "Unsupported 'prompt' value.",
    provoke: "Send a `prompt` that is none of `login`, `none`, `consent`, `select_account` and `create`.",
    source: codeList,
  },
  boundTokenUnsupported: {
    code: 9002313,
    error: "invalid_request",
    text: "Invalid request. The local Entra issues bearer tokens only: remove 'token_type', 'req_cnf' and 'key_id'.",
    provoke: "Request a bound token with `token_type=pop`, `token_type=mtls_pop` or `req_cnf`.",
    source: codeList,
  },

  // The client
  unknownClient: {
    code: 700016,
    error: "unauthorized_client",
    text: "Application with identifier '{clientId}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.",
    provoke: "Use a `client_id` that is not registered, or a single-tenant app at another tenant.",
    source: codeList,
  },
  secretNeeded: {
    code: 7000218,
    error: "invalid_client",
    status: 401,
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    provoke: "Omit the credential of a confidential client.",
    source: `${articles}/confidential-client-application-authentication-error-aadsts7000218`,
    hasErrorUri: true,
  },
  wrongSecret: {
    code: 7000215,
    error: "invalid_client",
    status: 401,
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{clientId}'.",
    provoke: "Send another secret.",
    source: codeList,
    hasErrorUri: true,
  },
  unexpectedSecret: {
    code: 700025,
    error: "invalid_client",
    status: 401,
    text: "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    provoke: "Send a secret for a public client, or with a code for a redirect URI of mobile and desktop applications.",
    source: codeList,
  },
  wrongClientAssertion: {
    code: 700027,
    error: "invalid_client",
    status: 401,
    text: "The certificate with identifier used to sign the client assertion is not registered on application. [Reason - The key was not found.]",
    provoke:
      "Sign the client's assertion with a certificate that is not registered, with another algorithm, or without its thumbprint.",
    source: codeList,
  },
  wrongAssertionAudience: {
    code: 700023,
    error: "invalid_client",
    status: 401,
    text: "Client assertion audience claim does not match Realm issuer.",
    provoke: "Sign the client's assertion for another audience than the token endpoint or the issuer.",
    source: "https://github.com/AzureAD/microsoft-authentication-library-for-dotnet/issues/2746",
    hasErrorUri: true,
  },
  tooManyAudiences: {
    code: 5002741,
    error: "invalid_client",
    status: 401,
    text: "Number of audience values in the provided client credential exceed maximum allowed. {count} audience values provided, maximum allowed is 1.",
    provoke: "Sign the client's assertion for a list of several audiences.",
    source: "https://github.com/zitadel/oidc/issues/887",
  },
  certificateExpired: {
    code: 1000502,
    error: "invalid_client",
    status: 401,
    text: "The provided certificate is not within its specified validity time period.",
    provoke: "Sign the client's assertion with a registered certificate that has expired.",
    source: "https://github.com/AzureAD/microsoft-identity-web/issues/2834",
  },
  untrustedIssuer: {
    code: 70021,
    error: "invalid_client",
    status: 401,
    text: "No matching federated identity record found for presented assertion.",
    provoke: "Send an assertion of another issuer for a client without a federated credential.",
    source: "https://github.com/Azure/azure-workload-identity/issues/340",
  },
  unknownAssertionIssuer: {
    code: 700211,
    error: "invalid_client",
    status: 401,
    text: "No matching federated identity record found for presented assertion issuer '{issuer}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
    provoke: "Send an assertion whose issuer is in no federated credential of the client.",
    source: "https://github.com/Azure/azure-workload-identity/issues/1200",
  },
  unknownAssertionAudience: {
    code: 700212,
    error: "invalid_client",
    status: 401,
    text: "No matching federated identity record found for presented assertion audience '{audience}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
    provoke: "Send a federated assertion for another audience.",
    source: "https://login.microsoftonline.com/error?code=700212",
  },
  unknownAssertionSubject: {
    code: 700213,
    error: "invalid_client",
    status: 401,
    text: "No matching federated identity record found for presented assertion subject '{subject}'. Please check your federated identity credential Subject, Audience and Issuer against the presented assertion.",
    provoke: "Send an assertion whose subject is in no federated credential of the client.",
    source: "https://github.com/Azure/login/issues/482",
  },
  wrongAssertionType: {
    code: 5002727,
    error: "invalid_request",
    text: "Invalid JWT header type specified. Allowed types: 'JWT','http://openid.net/specs/jwt/1.0'.",
    provoke: "Send a federated assertion with another `typ`.",
    source: "https://login.microsoftonline.com/error?code=5002727",
  },
  assertionOutOfTime: {
    code: 700024,
    error: "invalid_client",
    status: 401,
    text: "Client assertion is not within its valid time range.",
    provoke: "Send an assertion that has expired, or is not valid yet.",
    source: codeList,
  },
  assertionLifetimeTooLong: {
    code: 70023,
    error: "invalid_request",
    text: "External OIDC Provider token must have a lifetime of less than or equal to 1.01:00:00. Token issued at {issued}. Token expires on {expiry}.",
    provoke: "Send a federated assertion without `iat`, or with a lifetime of more than 25 hours.",
    source: "https://github.com/MicrosoftDocs/azure-docs/issues/86915",
  },
  unreachableIssuer: {
    code: 501661,
    error: "invalid_request",
    text: "Request to External OIDC endpoint failed.",
    provoke: "Send an assertion of an issuer whose documents cannot be fetched.",
    source: "https://github.com/Azure/login/issues/283",
  },

  // The redirect URI
  wrongRedirectUri: {
    code: 50011,
    error: "invalid_request",
    text: "The redirect URI '{redirectUri}' specified in the request does not match the redirect URIs configured for the application '{clientId}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal.",
    provoke: "Use a redirect URI that is not registered, or only begins like a registered one.",
    source: codeList,
  },
  otherRedirectUri: {
    code: 500112,
    error: "invalid_client",
    status: 401,
    text: "The reply address '{redirectUri}' does not match the reply address '{authorized}' provided when requesting Authorization code.",
    provoke: "Redeem a code with another `redirect_uri` than in the authorization request.",
    source: "https://login.microsoftonline.com/error?code=500112",
  },
  crossOriginNeeded: {
    code: 9002327,
    error: "invalid_request",
    text: "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
    provoke: "Redeem a code of a SPA's redirect URI, or its refresh token, without `Origin`.",
    source: "https://github.com/anthropics/claude-ai-mcp/issues/894",
  },
  crossOriginForbidden: {
    code: 9002326,
    error: "invalid_request",
    text: "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type.",
    provoke: "Send `Origin` with a secret, with a device code, or with a code of a redirect URI that is not a SPA's.",
    source:
      "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#redirect-uris-for-single-page-apps-spas",
  },

  // Response types and modes
  wrongResponseType: {
    code: 70005,
    error: "unsupported_response_type",
    text: "The provided value for the input parameter 'response_type' is not allowed for this client. Expected value is 'code'.",
    provoke: "Send a `response_type` that is none of `code`, `id_token` and `code id_token`.",
    source: codeList,
  },
  idTokenDisabled: {
    code: 700054,
    error: "unsupported_response_type",
    text: "response_type 'id_token' is not enabled for the application.",
    provoke:
      "Request an ID token from the authorization endpoint for a redirect URI of *Mobile and desktop applications*.",
    source: codeList,
  },
  wrongResponseMode: {
    code: 70007,
    error: "unsupported_response_mode",
    text: "'{mode}' is not a supported value of 'response_mode' when requesting a token.",
    provoke: "Request an ID token with `response_mode=query`, or use an unknown mode.",
    source: codeList,
  },

  // PKCE
  missingChallenge: {
    code: 9002325,
    error: "invalid_request",
    text: "Proof Key for Code Exchange is required for cross-origin authorization code redemption.",
    provoke: "Sign in to a SPA without a `code_challenge` with S256.",
    source:
      "https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code",
  },
  wrongChallenge: {
    code: 501491,
    error: "invalid_request",
    text: "Invalid size of Code_Challenge parameter.",
    provoke: "Send a `code_challenge` that is not 43 to 128 characters of base64url.",
    source: codeList,
  },
  wrongVerifier: {
    code: 501481,
    error: "invalid_grant",
    text: "The Code_Verifier does not match the code_challenge supplied in the authorization request.",
    provoke: "Redeem a code with the `code_verifier` of another request, or with one if the request had no challenge.",
    source: codeList,
  },

  // Codes and refresh tokens
  wrongCode: {
    code: 70000,
    error: "invalid_grant",
    text: "The provided value for the 'code' parameter is not valid.",
    provoke: "Redeem an invented code, or a code of another client.",
    source: codeList,
  },
  redeemedCode: {
    code: 54005,
    error: "invalid_grant",
    text: "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token.",
    provoke: "Redeem a code twice.",
    source: codeList,
  },
  expiredCode: {
    code: 70008,
    error: "invalid_grant",
    text: "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource.",
    provoke: "Redeem a code after ten minutes.",
    source: codeList,
  },
  wrongRefreshToken: {
    code: 9002313,
    error: "invalid_grant",
    text: "Invalid request. Request is malformed or invalid.",
    provoke: "Change a character of a refresh token, or invent one.",
    source: codeList,
  },
  refreshTokenOfOtherClient: {
    code: 70000,
    error: "invalid_grant",
    text: "The provided value for the 'refresh_token' parameter is not valid: it was issued to another client.",
    provoke: "Redeem the refresh token of another client.",
    source: codeList,
  },
  expiredRefreshToken: {
    code: 700082,
    error: "invalid_grant",
    suberror: "bad_token",
    text: "The refresh token has expired due to inactivity. The token was issued on {issued} and was inactive for 90.00:00:00.",
    provoke: "Use a refresh token after 90 days.",
    source: codeList,
  },
  expiredSpaRefreshToken: {
    code: 700084,
    error: "invalid_grant",
    suberror: "bad_token",
    text: "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page. The token was issued on {issued}.",
    provoke: "Use a refresh token of a SPA 24 hours after the sign-in.",
    source: codeList,
  },
  revokedGrant: {
    code: 50173,
    error: "invalid_grant",
    suberror: "bad_token",
    text: "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password.",
    provoke: "Use a refresh token or a code after `revoke`.",
    source: codeList,
  },

  // Scopes and resources
  wrongGrantType: {
    code: 70003,
    error: "unsupported_grant_type",
    text: "The app requested an unsupported grant type '{grantType}'.",
    provoke: "Use an unknown `grant_type`, or `password`, which the local Entra does not have.",
    source: codeList,
  },
  wrongScope: {
    code: 70011,
    error: "invalid_scope",
    text: "The provided value for the input parameter 'scope' is not valid. The scope {scope} is not valid.",
    provoke: "Request a scope that the API does not have, or scopes of two APIs.",
    source: codeList,
  },
  unknownGraphScope: {
    code: 650053,
    error: "invalid_client",
    text: "The application asked for scope '{scope}' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'. Contact the app vendor.",
    provoke: "Request a scope without the ID URI of its API.",
    source: resourceThread,
  },
  unknownResource: {
    code: 500011,
    error: "invalid_resource",
    text: "The resource principal named {resource} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant.",
    provoke:
      "Request a token for an API that is not registered, with client credentials or with `resource` at a v1.0 endpoint.",
    source: `${articles}/error-code-aadsts500011-resource-principal-not-found`,
    hasErrorUri: true,
  },
  wrongAppScope: {
    code: 1002012,
    error: "invalid_scope",
    text: "The provided value for scope {scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).",
    provoke: "Use client credentials with a scope that does not end in `/.default`.",
    source: "https://github.com/MicrosoftDocs/azure-docs/issues/99862",
  },
  wrongResource: {
    code: 9010010,
    error: "invalid_target",
    text: "The resource parameter provided in the request doesn't match with the requested scopes.",
    provoke: "Send a `resource` to a v2.0 endpoint that is not an ID URI of the scopes' API.",
    source: resourceThread,
  },
  tokenOfItself: {
    code: 90009,
    error: "invalid_request",
    text: "Application '{clientId}' is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier.",
    provoke:
      "Use a refresh token without `scope`, or request a scope of the client's own registration by an ID URI without its client ID.",
    source: codeList,
  },

  // Users, consent and Conditional Access
  signInNeeded: {
    code: 50058,
    error: "login_required",
    text: "Session information is not sufficient for single-sign-on.",
    provoke: "Send `prompt=none` without a session, or with a `login_hint` of a user who is not signed in.",
    source: codeList,
  },
  selectionNeeded: {
    code: 16000,
    error: "interaction_required",
    text: "Either multiple user identities are available for the current request or selected account is not supported for the scenario.",
    provoke: "Send `prompt=none` without `login_hint` while two users are signed in.",
    source: codeList,
  },
  unknownPersona: {
    code: 50034,
    error: "invalid_request",
    text: "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory.",
    provoke: "Post a user to the sign-in page who is not in the tenant.",
    source: codeList,
  },
  userNotInTenant: {
    code: 50020,
    error: "invalid_grant",
    text: "User account '{user}' from identity provider '{idp}' does not exist in tenant '{tenant}' and cannot access the application in that tenant. The account needs to be added as an external user in the tenant first.",
    provoke: "Use a refresh token at a tenant where the user is no guest.",
    source: codeList,
  },
  consentNeeded: {
    code: 65001,
    error: "invalid_grant",
    suberror: "consent_required",
    text: "The user or administrator has not consented to use the application with ID '{clientId}' named '{clientName}'. Send an interactive authorization request for this user and resource.",
    provoke: "Exchange or refresh a token of `newcomer`, or for the scope `inventory.audit`.",
    source: codeList,
  },
  silentConsentNeeded: {
    code: 65001,
    error: "interaction_required",
    suberror: "consent_required",
    text: "The user or administrator has not consented to use the application with ID '{clientId}' named '{clientName}'. Send an interactive authorization request for this user and resource.",
    provoke: "Send `prompt=none` for `newcomer`, who has consented to nothing.",
    source: codeList,
  },
  consentDeclined: {
    code: 65004,
    error: "access_denied",
    suberror: "cancel",
    text: "User declined to consent to access the app.",
    provoke: "Choose *Cancel* on the page that asks for consent.",
    source: codeList,
  },
  multifactorNeeded: {
    code: 50076,
    error: "interaction_required",
    suberror: "basic_action",
    text: "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{resource}'.",
    provoke: "Set Conditional Access to `mfa` or to a context, then refresh or exchange a token, or sign in silently.",
    source: codeList,
    hasErrorUri: true,
  },
  accessBlocked: {
    code: 53003,
    error: "interaction_required",
    suberror: "message_only",
    text: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    provoke: "Set Conditional Access to `block`, or exchange a token of `blocked`.",
    source: codeList,
  },

  // On behalf of
  wrongAssertion: {
    code: 50013,
    error: "invalid_grant",
    text: "Assertion failed signature validation. [Reason - The key was not found.]",
    provoke: "Exchange a token that this Entra did not sign.",
    source: codeList,
  },
  expiredAssertion: {
    code: 500133,
    error: "invalid_grant",
    text: "Assertion is not within its valid time range. Ensure that the access token is not expired before using it for user assertion, or request a new token.",
    provoke: "Exchange a token that has expired.",
    source: codeList,
  },
  foreignAssertion: {
    code: 500131,
    error: "invalid_grant",
    text: "Assertion audience does not match the Client app presenting the assertion.",
    provoke: "Exchange a token of another API.",
    source: "https://github.com/OfficeDev/microsoft-teams-apps-company-communicator/issues/214",
  },
  idTokenAssertion: {
    code: 240002,
    error: "invalid_request",
    text: "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.",
    provoke: "Exchange an ID token.",
    source: codeList,
  },
  appAssertion: {
    code: 7000114,
    error: "unauthorized_client",
    text: "Application '{clientId}' is not allowed to make application on-behalf-of calls.",
    provoke: "Exchange an app-only token.",
    source: codeList,
  },

  // Device code
  authorizationPending: {
    code: 70016,
    error: "authorization_pending",
    text: "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
    provoke: "Poll for the tokens of a device code before the user has signed in.",
    source: codeList,
  },
  deviceCodeDeclined: {
    code: 65004,
    error: "authorization_declined",
    text: "The user declined the authorization request.",
    provoke: "Choose *Cancel* on the page of the device code.",
    source: deviceCode,
  },
  expiredDeviceCode: {
    code: 70020,
    error: "expired_token",
    text: "The provided value for the input parameter 'device_code' is not valid. This device code has expired.",
    provoke: "Poll after 15 minutes.",
    source: "https://github.com/MicrosoftDocs/azure-docs/issues/92366",
  },
  wrongDeviceCode: {
    code: 70018,
    error: "bad_verification_code",
    text: "The provided value for the input parameter 'device_code' is not valid.",
    provoke: "Poll with an invented device code, with one of another client or tenant, or again after the tokens.",
    source: deviceCode,
  },
} as const satisfies Record<string, EntraErrorEntry>;

/** Name of an error in the table. */
export type EntraErrorName = keyof typeof table;

/** The errors by name. */
export const entraErrors: Readonly<Record<EntraErrorName, EntraErrorEntry>> = table;
