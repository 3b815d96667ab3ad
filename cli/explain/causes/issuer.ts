import { isLoopback } from "../../../src/cli-exports/common.ts";
import { type Cloud, clouds } from "../../../src/cli-exports/policy.ts";
import type { Facts } from "../facts/facts.ts";
import { type CauseRule, isOneOf, textOf } from "./rule.ts";

/** Tenant of all personal Microsoft accounts. It is the same everywhere. */
const personalAccounts = "9188040d-6c67-4c5b-b112-36a304b66dad";

const ownCloud = ({ config }: Facts): Cloud => clouds[config.cloud];
const hostOf = (url: string): string => URL.parse(url)?.host ?? "";
const issuerOf = (facts: Facts): URL | null => URL.parse(textOf(facts, "iss"));

/** Whether the issuer is a URL at another address than ENTRA_AUTHORITY, and its metadata may not name it either. */
function isElsewhere(facts: Facts): boolean {
  const { authority } = facts.config;
  const issuer = issuerOf(facts);
  const isPossible = facts.authority.versionOf(textOf(facts, "iss"), textOf(facts, "tid")) !== undefined;
  return issuer !== null && !isPossible && (authority === undefined || issuer.origin !== new URL(authority).origin);
}

/** Hosts of all clouds' issuers, by version. */
const hostsOf = (cloud: Cloud) => [hostOf(cloud.login), hostOf(cloud.v1Issuer)];

function isOfOtherCloud(facts: Facts): boolean {
  const host = hostOf(textOf(facts, "iss"));
  if (facts.config.authority !== undefined) {
    return isElsewhere(facts) && Object.values(clouds).some((cloud) => hostsOf(cloud).includes(host));
  }
  return (
    Object.values(clouds).some((cloud) => hostsOf(cloud).includes(host)) && !hostsOf(ownCloud(facts)).includes(host)
  );
}

function isVersion1(facts: Facts): boolean {
  const issuer = textOf(facts, "iss");
  const base = facts.config.authority ?? ownCloud(facts).v1Issuer;
  return issuer === `${base}/${textOf(facts, "tid")}/`;
}

/** Whether the gate is for External ID, whose issuer of v1.0 tokens is not documented. */
const isExternal = ({ config }: Facts): boolean => config.authority?.startsWith("https:") === true;

/** Returns the account's own issuer, if it differs from the token's. */
function homeOf(facts: Facts): string | undefined {
  const home = /^https:\/\/sts\.[a-z.]+\/([0-9a-f-]{36})\/$|\/([0-9a-f-]{36})\/$/.exec(textOf(facts, "idp"));
  return home?.[1] ?? home?.[2];
}

/** Whether the account is a guest where the token was issued. */
export function isGuest(facts: Facts): boolean {
  return homeOf(facts) !== undefined || facts.claims?.acct === 1;
}

function isAllowed({ config: { tenants } }: Facts, tenant: string | undefined): boolean {
  return tenants.decided === "by-list" && tenant !== undefined && tenants.allowed.has(tenant);
}

/** The token comes from another issuer, or has another version. */
export const issuerCauses: readonly CauseRule[] = [
  {
    id: "external-id-v1-token",
    title: "This is a v1.0 token, and the gate accepts only v2.0 tokens of External ID.",
    fix: [
      "App registrations, the API (not the client), Manifest: set `requestedAccessTokenVersion` under `api` to 2, and wait a few minutes.",
      "Set ENTRA_API_AUDIENCE to the API's client-ID GUID: that is the `aud` of every v2.0 token.",
    ],
    link: "https://learn.microsoft.com/entra/identity-platform/reference-app-manifest",
    fits: (denial, facts) =>
      denial.reason === "issuer_mismatch" &&
      isExternal(facts) &&
      (isVersion1(facts) || textOf(facts, "iss") === `${clouds.public.v1Issuer}/${textOf(facts, "tid")}/`),
  },
  {
    id: "v1-token",
    title: "This is a v1.0 token, and the gate accepts only v2.0 tokens.",
    fix: [
      "App registrations, the API (not the client), Manifest: set `requestedAccessTokenVersion` under `api` to 2, and wait a few minutes.",
      "Set ENTRA_API_AUDIENCE to the API's client-ID GUID: that is the `aud` of every v2.0 token.",
      "Or set only ENTRA_ACCEPT_V1 to true, while old clients still need it.",
    ],
    link: "https://learn.microsoft.com/entra/identity-platform/reference-app-manifest",
    fits: (denial, facts) => denial.reason === "issuer_mismatch" && !facts.config.acceptV1 && isVersion1(facts),
  },
  {
    id: "b2c-token",
    title: "This is a token of Azure AD B2C, which the gate does not support.",
    fix: ["Use Entra ID, or External ID with ENTRA_AUTHORITY=https://<name>.ciamlogin.com or its custom URL domain."],
    fits: (denial, facts) =>
      isOneOf(denial, "issuer_mismatch", "tenant_invalid") &&
      /^https:\/\/[^/]+\.b2clogin\.com\/|\/tfp\//.test(textOf(facts, "iss")),
  },
  {
    id: "external-id-token",
    title: "This is a token of External ID, and the gate is configured for a cloud's Entra ID.",
    fix: [
      "Set ENTRA_AUTHORITY to https://<name>.ciamlogin.com or the custom URL domain, and ENTRA_TENANT_ID to that tenant's GUID.",
    ],
    fits: (denial, facts) =>
      denial.reason === "issuer_mismatch" &&
      facts.config.authority === undefined &&
      hostOf(textOf(facts, "iss")).endsWith(".ciamlogin.com"),
  },
  {
    id: "local-authority",
    title: "A local Entra issued the token, and ENTRA_AUTHORITY does not name its address.",
    fix: [
      "Set ENTRA_AUTHORITY to the address of `Local Entra` that `entra-gate dev` prints, for example in .dev.vars.",
      "Write the host as it is in the URL from which you got the token: localhost and 127.0.0.1 are different issuers.",
    ],
    fits: (denial, facts) =>
      denial.reason === "issuer_mismatch" && isLoopback(issuerOf(facts)?.hostname ?? "") && isElsewhere(facts),
  },
  {
    id: "wrong-cloud",
    title: "Another cloud issued the token, not the one that the gate is configured for.",
    fix: ["Compare ENTRA_CLOUD (`public`, `usgov`, `china`) or ENTRA_AUTHORITY with the authority of the client."],
    note: "US Government signs in at login.microsoftonline.us, China at login.partner.microsoftonline.cn.",
    link: "https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud",
    fits: (denial, facts) => denial.reason === "issuer_mismatch" && isOfOtherCloud(facts),
  },
  {
    id: "other-authority",
    title: "Another authority than that of ENTRA_AUTHORITY issued the token.",
    fix: [
      "Let the client get its token from the authority that the gate is configured for.",
      "If the client is right: set ENTRA_AUTHORITY to the client's authority, with its host and port.",
    ],
    fits: (denial, facts) =>
      denial.reason === "issuer_mismatch" && facts.config.authority !== undefined && isElsewhere(facts),
  },
  {
    id: "personal-account",
    title: "The token belongs to a personal Microsoft account, not to an account of the organization.",
    fix: [
      "Sign in with a work or school account; let the client use the tenant's authority instead of `common` or `consumers`.",
    ],
    fits: (denial, facts) =>
      isOneOf(denial, "tenant_not_allowed", "issuer_mismatch", "tenant_not_allowed_here") &&
      textOf(facts, "tid") === personalAccounts,
  },
  {
    id: "guest-elsewhere",
    title: "The account belongs to this tenant, but another tenant issued the token, where the account is a guest.",
    fix: [
      "Let the client sign in at its own tenant: https://login.microsoftonline.com/<tenant id>, not at the other's authority.",
    ],
    fits: (denial, facts) => denial.reason === "tenant_not_allowed" && isAllowed(facts, homeOf(facts)),
  },
  {
    id: "wrong-tenant",
    title: "A tenant that the gate does not accept issued the token.",
    fix: [
      "A user: sign in at the API's tenant. With `common` or `organizations` as authority, an account ends in its own tenant; a guest must use the inviting tenant's.",
      "If the other tenant is a customer's: set ENTRA_TENANT_ID=organizations, and add its GUID to ENTRA_ALLOWED_TENANTS.",
    ],
    fits: (denial) => isOneOf(denial, "tenant_not_allowed", "tenant_not_allowed_here"),
  },
];
