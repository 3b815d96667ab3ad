// Refusals of the authorize and token endpoints, with Entra's codes:
// https://learn.microsoft.com/entra/identity-platform/reference-error-codes

export interface EntraError {
  readonly status: number;
  readonly error: string;
  readonly code: number;
  readonly description: string;
  /** A claims request as JSON text, for the next sign-in of the client. */
  readonly claims?: string;
  /** Entra's more precise reason, such as `consent_required`. */
  readonly suberror?: string;
}

/** A request that Entra would refuse. The endpoint catches it and answers in the form that its caller expects. */
export class EntraRefusal extends Error {
  readonly details: EntraError;

  constructor(details: EntraError) {
    super(details.description);
    this.details = details;
  }
}

/** Creates the JSON of an error, in the form of Entra's token endpoint. `traceId` and `correlationId` are GUIDs. */
export function createErrorBody(
  details: EntraError,
  nowSeconds: number,
  traceId: string,
  correlationId: string,
): object {
  const timestamp = new Date(nowSeconds * 1000).toISOString().replace("T", " ").replace(".000", "");
  return {
    error: details.error,
    error_description: `${formatError(details)} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
    error_codes: [details.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    ...(details.suberror !== undefined && { suberror: details.suberror }),
    ...(details.claims !== undefined && { claims: details.claims }),
  };
}

export function formatError(details: EntraError): string {
  return `AADSTS${details.code}: ${details.description}`;
}

export const refusals = {
  /** The metadata endpoints use another name for it than the OAuth endpoints. */
  unknownTenant: (tenant: string, error: "invalid_request" | "invalid_tenant" = "invalid_request") =>
    createRefusal(error, 90002, `Tenant '${tenant}' not found. Check that you have the correct tenant ID.`),
  tenantNeeded: () =>
    createRefusal("invalid_request", 900144, "A tenant is needed here; common and organizations are not one."),
  missingParameter: (name: string) =>
    createRefusal("invalid_request", 900144, `The request body must contain the following parameter: '${name}'.`),
  unknownClient: (clientId: string) =>
    createRefusal("unauthorized_client", 700016, `Application with identifier '${clientId}' was not found.`, 400),
  wrongRedirectUri: (redirectUri: string) =>
    createRefusal("invalid_request", 50011, `The redirect URI '${redirectUri}' does not match one of the registered.`),
  wrongResponseType: () =>
    createRefusal("unsupported_response_type", 70005, "Only the response type 'code' is supported."),
  wrongGrantType: () => createRefusal("unsupported_grant_type", 70003, "The app requested an unsupported grant type."),
  missingChallenge: () =>
    createRefusal("invalid_request", 9002325, "Proof Key for Code Exchange with S256 is required for this redemption."),
  secretNeeded: () =>
    createRefusal(
      "invalid_client",
      7000218,
      "The request body must contain 'client_secret' or 'client_assertion'.",
      401,
    ),
  wrongSecret: () => createRefusal("invalid_client", 7000215, "Invalid client secret provided.", 401),
  unexpectedSecret: () =>
    createRefusal(
      "invalid_client",
      700025,
      "Client is public so neither 'client_secret' nor an assertion is expected.",
      401,
    ),
  wrongScope: (scope: string) =>
    createRefusal("invalid_scope", 70011, `The provided value for the input parameter 'scope' is not valid: ${scope}.`),
  /** A scope without an API is a scope of Microsoft Graph. */
  unknownGraphScope: (scope: string) =>
    createRefusal(
      "invalid_client",
      650053,
      `The application asked for scope '${scope}' that doesn't exist on the resource '00000003-0000-0000-c000-000000000000'.`,
    ),
  wrongResource: () =>
    createRefusal(
      "invalid_target",
      9010010,
      "The resource parameter provided in the request doesn't match with the requested scopes.",
    ),
  /** Without a scope, the client requests a token for itself. */
  refreshWithoutScope: (clientId: string) =>
    createRefusal("invalid_request", 90009, `Application '${clientId}' is requesting a token for itself.`),
  wrongRefreshToken: () => createRefusal("invalid_grant", 9002313, "The provided refresh token is invalid."),
  crossOriginNeeded: () =>
    createRefusal(
      "invalid_request",
      9002327,
      "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
    ),
  wrongCode: () => createRefusal("invalid_grant", 70000, "The provided authorization code is invalid or was redeemed."),
  expiredCode: () => createRefusal("invalid_grant", 70008, "The provided authorization code has expired."),
  wrongVerifier: () =>
    createRefusal("invalid_grant", 501481, "The Code_Verifier does not match the code_challenge of the authorization."),
  wrongClaims: () => createRefusal("invalid_request", 9002313, "The parameter 'claims' is not a valid claims request."),
  unknownPersona: () => createRefusal("invalid_request", 50034, "The user account does not exist in this directory."),
  wrongAssertion: () => createRefusal("invalid_grant", 50013, "Assertion failed signature or time validation."),
  foreignAssertion: () => createRefusal("invalid_grant", 500131, "Assertion audience does not match the Client app."),
  idTokenAssertion: () => createRefusal("invalid_request", 240002, "Input id_token cannot be used as an assertion."),
  appAssertion: () =>
    createRefusal(
      "unauthorized_client",
      7000114,
      "The application may not make on-behalf-of calls for an application.",
    ),
  wrongClientAssertion: () =>
    createRefusal(
      "invalid_client",
      700027,
      "The certificate with identifier used to sign the assertion is not known.",
      401,
    ),
  consentNeeded: () =>
    new EntraRefusal({
      status: 400,
      error: "invalid_grant",
      code: 65001,
      description: "The user or administrator has not consented to use the application.",
      suberror: "consent_required",
    }),
  stepUpNeeded: (acrs: string) =>
    new EntraRefusal({
      status: 400,
      error: "interaction_required",
      code: 50076,
      description: "You must use multi-factor authentication to access the resource.",
      suberror: "basic_action",
      claims: JSON.stringify({ access_token: { acrs: { essential: true, value: acrs } } }),
    }),
  accessBlocked: () =>
    new EntraRefusal({
      status: 400,
      error: "interaction_required",
      code: 53003,
      description:
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
      suberror: "message_only",
      claims: JSON.stringify({ access_token: { capolids: { essential: true, values: ["blocking-policy"] } } }),
    }),
  untrustedIssuer: () =>
    createRefusal("invalid_client", 70021, "No matching federated identity record found for presented assertion.", 401),
  certificateExpired: () =>
    createRefusal("invalid_client", 1000502, "The provided certificate is not within its validity window.", 401),
  signInNeeded: () => createRefusal("login_required", 50058, "A silent sign-in was sent but no user is signed in."),
};

function createRefusal(error: string, code: number, description: string, status = 400): EntraRefusal {
  return new EntraRefusal({ status, error, code, description });
}
