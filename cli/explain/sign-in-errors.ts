/**
 * Why Entra issued no token. The gate never sees an error of a client: the client or the browser shows it. In the log
 * of a gate are the errors of its own requests for tokens of other APIs.
 */
export interface SignInError {
  readonly code: string;
  readonly cause: string;
  /** What to do, or a correct value. */
  readonly fix: string;
  /** Page of Microsoft, or a public thread, that explains the code. */
  readonly source: string;
}

/** Microsoft's list, which is the source of most codes. */
export const codeList = "https://learn.microsoft.com/entra/identity-platform/reference-error-codes";
const articles = "https://learn.microsoft.com/troubleshoot/entra/entra-id/app-integration";
const conditionalAccess =
  "https://learn.microsoft.com/entra/identity/conditional-access/troubleshoot-conditional-access";
const credentials =
  "https://learn.microsoft.com/azure/developer/java/sdk/troubleshooting-authentication-service-principal";
const resourceThread = "https://github.com/anthropics/claude-code/issues/73460";
const consentThread = "https://github.com/anthropics/claude-code/issues/94804";

const seePolicy = "read the tab Conditional Access of this sign-in under Sign-in logs in the Entra admin center";
const federation = "https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
const compareFederation = `compare issuer, subject and audience of the federated credential with those that npx entra-gate doctor prints, by letter case (npx entra-gate docs how-to/sign-in-without-a-secret)`;
const answerChallenge =
  "let the client sign the user in again, interactively, with the claims of the error or of the challenge";
const signInAgain = "let the client sign the user in again, interactively";
const removeConsent = `grant admin consent under API permissions; the facade removes consent from prompt (npx entra-gate docs reference/mcp-facade#facadeoptions)`;

/** Errors by number. A code that no source explains is not here. */
export const signInErrors: Readonly<Record<string, Omit<SignInError, "code">>> = {
  50011: {
    cause: "The redirect URI of the client is not registered, or is spelled differently there.",
    fix: "register exactly this URI on the client's platform: Single-page application for a browser, Web for a server, Mobile and desktop applications for a program. Only the port of http://localhost is free. For a facade of entra-gate/mcp, register the first GATE_URL and the path of its callback",
    source: codeList,
  },
  50013: {
    cause:
      "Entra rejects the user's token in an on-behalf-of exchange: it has expired, is malformed, or its issuer does not match the version of the API.",
    fix: "let the client get a new token, and exchange a token before it expires",
    source: codeList,
  },
  50034: {
    cause: "The user's account does not exist in this tenant: the name is misspelled, or the tenant is the wrong one.",
    fix: "sign in to the user's own tenant, or invite the user as a guest",
    source: codeList,
  },
  50076: {
    cause: "The user must use multifactor authentication for this resource, because of a policy or a new location.",
    fix: answerChallenge,
    source: codeList,
  },
  50079: {
    cause:
      "The user must use multifactor authentication, and has not registered for it, or the federated identity provider did not vouch for it.",
    fix: answerChallenge,
    source: codeList,
  },
  50097: {
    cause: "The resource requires that the user's device authenticates.",
    fix: seePolicy,
    source: codeList,
  },
  50105: {
    cause: "The application requires an assignment, and the user has none.",
    fix: "assign the user or a group under Enterprise applications, Users and groups",
    source: `${articles}/error-code-aadsts50105-user-not-assigned-role`,
  },
  50131: {
    cause: "Conditional Access refused: the state of the device, suspicious activity, or another policy.",
    fix: seePolicy,
    source: codeList,
  },
  50158: {
    cause:
      "The user has not met an additional challenge, to which Entra redirects on another page or at another provider.",
    fix: answerChallenge,
    source: "https://github.com/Azure/azure-dev/issues/2277",
  },
  53000: {
    cause: "Conditional Access requires a compliant device, and this device is not compliant.",
    fix: "let the user enroll the device with a provider that the tenant approves, such as Intune",
    source: codeList,
  },
  53003: {
    cause: "Conditional Access blocks the token.",
    fix: seePolicy,
    source: conditionalAccess,
  },
  65001: {
    cause: "Neither the user nor an administrator has consented to the application for this resource.",
    fix: "grant admin consent under API permissions, or let the client ask the user interactively for consent",
    source: codeList,
  },
  65004: {
    cause: "The user declined to consent.",
    fix: "let the user sign in again and consent, or grant admin consent under API permissions",
    source: codeList,
  },
  70000: {
    cause: "The refresh token is not valid.",
    fix: signInAgain,
    source: codeList,
  },
  70008: {
    cause: "The refresh token has expired, because it was not used for a time.",
    fix: signInAgain,
    source: codeList,
  },
  70011: {
    cause: "The scope is not valid.",
    fix: "write the scope in full: api://<client id>/<scope>, or api://<client id>/.default for a daemon",
    source: codeList,
  },
  90002: {
    cause: "The tenant does not exist in this cloud.",
    fix: "compare the tenant of the request with the directory (tenant) ID of the Entra admin center, and the host with the tenant's cloud",
    source: codeList,
  },
  90008: {
    cause: "The application asks for a token of itself, and nobody has consented to its least permission.",
    fix: "add the permission User.Read of Microsoft Graph (sign in and read user profile) under API permissions, and consent to it",
    source: codeList,
  },
  90009: {
    cause: "The client refreshed its token without a scope, or an application asked for a token of itself.",
    fix: `send the scope when you refresh, and ask for a token of the application itself by its client ID, as the facade does (npx entra-gate docs reference/mcp-facade#facadeoptions)`,
    source: codeList,
  },
  90014: {
    cause: "The request lacks a field that Entra expects in a credential.",
    fix: "send every field that Microsoft's page of your flow lists",
    source: codeList,
  },
  90094: {
    cause:
      "Users of the tenant may not consent, and an administrator has not consented, or the client asked with prompt=consent.",
    fix: removeConsent,
    source: consentThread,
  },
  90095: {
    cause: "The same as AADSTS90094: the user can ask an administrator for consent.",
    fix: removeConsent,
    source: consentThread,
  },
  500011: {
    cause: "The API is not in this tenant: its Application ID URI is misspelled, or nobody has consented to it here.",
    fix: "compare the resource and the tenant of the message with Expose an API; in the tenant of a customer, an administrator must consent first",
    source: `${articles}/error-code-aadsts500011-resource-principal-not-found`,
  },
  500131: {
    cause: "The user's token in an on-behalf-of exchange is for another registration than the one that exchanges it.",
    fix: "set ENTRA_CLIENT_ID to the registration that the token's aud names, and let the client request its token for that registration",
    source: "https://github.com/OfficeDev/microsoft-teams-apps-company-communicator/issues/214",
  },
  530003: {
    cause: "Conditional Access requires a managed device.",
    fix: `sign in on a device that the tenant manages; ${seePolicy}`,
    source: "https://github.com/AzureAD/microsoft-authentication-library-for-objc/issues/1900",
  },
  650053: {
    cause: "A scope has no Application ID URI in front. Entra takes such a scope for one of Microsoft Graph.",
    fix: "the scopes of the resource's metadata, such as https://mcp.contoso.com/mcp/tools.read",
    source: resourceThread,
  },
  70021: {
    cause:
      "No federated credential of the registration matches the assertion. For some minutes after its registration, Entra may not find it.",
    fix: `wait some minutes; then ${compareFederation}`,
    source: "https://github.com/Azure/azure-workload-identity/issues/340",
  },
  70023: {
    cause: "The assertion of another issuer has no iat, or lives for more than 25 hours.",
    fix: "sign iat, and let the assertion expire sooner; those of a gate live for five minutes",
    source: "https://github.com/MicrosoftDocs/azure-docs/issues/86915",
  },
  700016: {
    cause: "The client is not registered in this tenant, or nobody has consented to it here.",
    fix: "compare the client ID and the tenant with the registration; in the tenant of a customer, an administrator must consent first",
    source: credentials,
  },
  700024: {
    cause: "The assertion with which the client authenticates has expired or is not valid yet.",
    fix: "create a new assertion before the old one expires, and check the clock",
    source: "https://github.com/Azure/login/issues/372",
  },
  700025: {
    cause:
      "A public client sent a client_secret or a client_assertion, or the redirect URI is on the platform Mobile and desktop applications.",
    fix: `send neither of them; for a facade with credential: "gate", move the redirect URI to the platform Web (npx entra-gate docs reference/mcp-facade#credential)`,
    source: codeList,
  },
  700027: {
    cause:
      "The certificate that signed the client's assertion is not in the registration, or the assertion names it wrongly.",
    fix: "upload the certificate under Certificates & secrets; x5t#S256 is the base64url of the SHA-256 of its DER",
    source: "https://learn.microsoft.com/answers/questions/5915574/aadsts700027-error",
  },
  700082: {
    cause: "The refresh token has expired, because the user did not use the application for a time.",
    fix: signInAgain,
    source: codeList,
  },
  700084: {
    cause: "The refresh token of a single-page application has expired. Its lifetime is fixed.",
    fix: signInAgain,
    source: codeList,
  },
  700211: {
    cause:
      "No federated credential of the registration has the issuer of the assertion. For some minutes after its registration, Entra may not find it.",
    fix: compareFederation,
    source: "https://github.com/Azure/azure-workload-identity/issues/1200",
  },
  700212: {
    cause: "No federated credential of the registration has the audience of the assertion.",
    fix: `${compareFederation}; the audience depends on the cloud`,
    source: federation,
  },
  700213: {
    cause: "No federated credential of the registration has the subject of the assertion.",
    fix: `${compareFederation}; ENTRA_CLIENT_SUBJECT changes the subject`,
    source: "https://github.com/Azure/login/issues/482",
  },
  501661: {
    cause: "Entra cannot fetch the documents of the issuer: discovery or keys.",
    fix: "let a firewall and its bot rules pass requests for them, lead them to the gate by a route of the zone, and check both with npx entra-gate doctor",
    source: "https://github.com/Azure/login/issues/283",
  },
  5002727: {
    cause: "The header of the assertion has another typ than JWT.",
    fix: "let the issuer write typ JWT, as a gate does",
    source: federation,
  },
  7000112: {
    cause: "The application is disabled in the tenant of the resource.",
    fix: "ask an administrator of that tenant whether its service principal should be disabled, and to set accountEnabled to true if not",
    source: `${articles}/error-code-aadsts7000112-application-is-disabled`,
  },
  7000215: {
    cause: "The client secret is wrong.",
    fix: "store the secret's value, not its ID; if you no longer have the value, create a new secret",
    source: credentials,
  },
  7000218: {
    cause: "Entra expects a client secret: the redirect URI is on the platform Web.",
    fix: `move the redirect URI to the platform Mobile and desktop applications, and allow public client flows; or let the facade use the gate's credential (npx entra-gate docs reference/mcp-facade#credential)`,
    source: `${articles}/confidential-client-application-authentication-error-aadsts7000218`,
  },
  7000222: {
    cause: "The client secret has expired.",
    fix: `create a new secret (npx entra-gate docs how-to/rotate-a-secret)`,
    source: credentials,
  },
  9002327: {
    cause: "The redirect URI is on the platform Single-page application, whose codes only a browser may redeem.",
    fix: 'move the redirect URI to the platform Mobile and desktop applications, or to Web for a facade with credential: "gate"',
    source: "https://github.com/anthropics/claude-ai-mcp/issues/894",
  },
  9010010: {
    cause:
      "The parameter resource is not an Application ID URI of the API, byte for byte, or a scope belongs to another API.",
    fix: "make `resource` of the metadata an Application ID URI under Expose an API: no slash at the end, the same path, the same case",
    source: resourceThread,
  },
};

/**
 * Explains the first error code of Entra in a text.
 *
 * @param text such as a code alone, a message of a client, or the body of a token response
 * @returns `undefined` if the text has no code
 */
export function findSignInError(text: string): (SignInError & { readonly isListed: boolean }) | undefined {
  const [, number] = /\bAADSTS(\d+)(?![\w-])/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  const code = `AADSTS${number}`;
  const error = Object.hasOwn(signInErrors, number) ? signInErrors[number] : undefined;
  if (error !== undefined) return { code, ...error, isListed: true };
  return {
    code,
    cause: "Entra gave the client no token. `npx entra-gate docs reference/entra-errors` does not list this code.",
    fix: "look up the code at Microsoft",
    source: `https://login.microsoftonline.com/error?code=${number}`,
    isListed: false,
  };
}
