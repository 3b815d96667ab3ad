import { type CauseRule, has, isOneOf, textOf } from "./rule.ts";

const tokenKinds = "https://learn.microsoft.com/entra/identity-platform/security-tokens";

/** The credential is not an access token, or not one that the caller can use here. */
export const formCauses: readonly CauseRule[] = [
  {
    id: "refresh-token",
    title: "This is a refresh token or an authorization code, not an access token.",
    fix: [
      "Send the `access_token` of the token response (MSAL: `result.accessToken`). Only Entra accepts refresh tokens and codes.",
      "Treat what was sent here as leaked: revoke the user's sessions if others could read the connection.",
    ],
    link: tokenKinds,
    // Codes of Entra begin with a version and a dot, those of personal accounts with M.
    fits: (denial, { token = "" }) =>
      isOneOf(denial, "token_not_compact", "token_not_json", "token_not_base64url") && /^(?:[01]\.A|M\.)/.test(token),
  },
  {
    id: "truncated-token",
    title: "The token was cut off: it has fewer than three parts.",
    fix: [
      "Copy the whole token: terminals and chat windows cut long lines.",
      "Look for a limit, for example of an environment variable, a header or a database column.",
    ],
    fits: ({ reason }, { token = "" }) => reason === "token_not_compact" && /^eyJ[^.]*(?:\.[^.]*)?\.?$/.test(token),
  },
  {
    id: "opaque-token",
    title: "This is an opaque token, not a JWT of Entra ID.",
    fix: [
      "Ask Entra for the token with a scope of this API. Personal accounts' tokens for Microsoft's own APIs are opaque.",
    ],
    link: tokenKinds,
    fits: ({ reason }, { token = "" }) => reason === "token_not_compact" && !token.includes("."),
  },
  {
    id: "doubled-scheme",
    title: "The header has the word Bearer twice.",
    fix: ["Pass only the token to the client: it writes `Bearer` itself."],
    fits: ({ reason }, { question }) =>
      reason === "credential_malformed" && /^bearer +bearer\b/i.test(question.authorization ?? ""),
  },
  {
    id: "quoted-token",
    title: "The token is in quotation marks.",
    fix: ["Read the token out of the JSON instead of copying it with its quotes (`jq -r .access_token`)."],
    fits: ({ reason }, { question }) =>
      reason === "credential_malformed" && /^bearer +["'<]/i.test(question.authorization ?? ""),
  },
  {
    id: "encrypted-token",
    title: "Entra encrypted the token for the API's registration.",
    fix: [
      "App registrations, the API, Token encryption: deactivate the certificate (`tokenEncryptionKeyId` in the manifest).",
    ],
    note: "The gate does not decrypt tokens, so it cannot protect an API that needs encrypted tokens.",
    fits: ({ reason }) => reason === "token_encrypted",
  },
  {
    id: "graph-token",
    title: "This is a token for Microsoft Graph: its header has a nonce, and only Graph can verify it.",
    fix: [
      "Let the client request a scope of this API, `api://<client id>/<scope>`, in a separate request: a token is for one API.",
      "Keep the Graph scopes (User.Read and the like) for calls to Graph.",
    ],
    fits: ({ reason }) => reason === "graph_token",
  },
  {
    id: "id-token",
    title: "This is an ID token instead of an access token.",
    fix: [
      "Let the client send `result.accessToken`, not `result.idToken`.",
      "Request a scope of this API: with only `openid profile`, Entra issues no access token for it.",
    ],
    link: "https://learn.microsoft.com/entra/identity-platform/id-tokens",
    fits: (denial, facts) =>
      denial.reason === "id_token" ||
      (isOneOf(denial, "claim_invalid", "kind_unknown") &&
        !has(facts, "scp") &&
        !has(facts, "azp") &&
        !has(facts, "appid") &&
        has(facts, "sub") &&
        textOf(facts, "idtyp") !== "app"),
  },
  {
    id: "bound-token",
    title: "The token is bound to a key, and was sent as a plain bearer token.",
    fix: ["Let the client request a bearer token (`token_type`): the gate does not support proof of possession."],
    fits: ({ reason }) => reason === "bound_token",
  },
  {
    id: "app-without-service-principal",
    title: "The token belongs to an app without a service principal in the tenant.",
    fix: [
      "Create the service principal: grant the client admin consent in the tenant, or run `az ad sp create --id <client id>`.",
    ],
    link: "https://learn.microsoft.com/entra/identity-platform/deprecate-service-principal-less-authentication",
    fits: (denial, facts) =>
      denial.reason === "claim_invalid" && denial.claim === "oid" && has(facts, "azp") && !has(facts, "scp"),
  },
  {
    id: "agent-without-idtyp",
    title: "The token looks like that of an agent that acts as itself, but it has no `idtyp` to confirm that.",
    fix: [
      "App registrations, the API, Token configuration, Add optional claim, Access: add `idtyp`. The agent's next token has it.",
      "Give the agent an app role of the API: the gate treats a token with `idtyp` app as an app's.",
    ],
    link: "https://learn.microsoft.com/entra/agent-id/identity-platform/agent-token-claims",
    fits: (denial, facts) =>
      denial.reason === "kind_unknown" &&
      !has(facts, "idtyp") &&
      (textOf(facts, "scp") === "/" ||
        has(facts, "xms_par_app_azp") ||
        textOf(facts, "xms_act_fct").split(" ").includes("11")),
  },
  {
    id: "no-scope-no-app",
    title: "The token has no scope, and no claim that marks it as an app's own.",
    fix: [
      "For a user: request a scope of this API.",
      "For an app: App registrations, the API, Token configuration, Add optional claim, Access: add `idtyp`.",
    ],
    fits: ({ reason }) => reason === "kind_unknown",
  },
  {
    id: "clock-behind",
    title: "The token is not valid yet: a clock is wrong.",
    fix: ["Compare the clocks of the issuer and of this machine with the time: `date -u`."],
    note: "ENTRA_CLOCK_SKEW_SECONDS allows a difference of up to 300 seconds. Entra's clock is correct.",
    fits: ({ reason }) => reason === "not_yet_valid",
  },
  {
    id: "expired-token",
    title: "The token has expired.",
    fix: [
      "Let the client ask its library before each call (`acquireTokenSilent`): the library renews what is about to expire.",
    ],
    note: "Tokens are valid for 60 to 90 minutes, and for clients with `cp1` up to 28 hours.",
    fits: ({ reason }) => reason === "expired",
  },
];
