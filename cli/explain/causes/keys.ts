import { type CauseRule, isOneOf, textOf } from "./rule.ts";

/** The key or the signature is not one of the tenant's. */
export const keyCauses: readonly CauseRule[] = [
  {
    id: "authority-unreachable",
    title: "The command got no signing keys from the authority, so it cannot check the signature.",
    fix: [
      "Run `entra-gate doctor`: it shows the URL and the failure. Check the network, DNS, the firewall and ENTRA_AUTHORITY.",
      "Without a network, use `--keys FILE` with the tenant's keys, or `--no-verify`, which does not check the signature.",
      "If the gate itself answers 503, read the `keys_failed` lines of its log.",
    ],
    fits: ({ reason }) => reason === "keys_unavailable",
  },
  {
    id: "per-app-key",
    title: "The API has its own signing key, which Entra publishes only under `?appid=`.",
    fix: [
      "Remove the service principal's custom key, which comes with claims mapping (`keyCredentials`, `tokenSigningKeyThumbprint`), or map claims without one (`acceptMappedClaims` in the manifest).",
    ],
    note: "The gate reads the tenant's own key set, so it refuses tokens of that key. Such an API cannot do on-behalf-of either.",
    link: "https://learn.microsoft.com/entra/identity-platform/access-tokens#validate-tokens",
    fits: ({ reason }, { keyOfApp }) => reason === "key_unknown" && keyOfApp === true,
  },
  {
    id: "unknown-tenant",
    title: "Entra has no tenant with the token's `tid`, so it did not issue this token.",
    fix: [
      "Find out who issued the token.",
      "Compare ENTRA_CLOUD and ENTRA_AUTHORITY with where the token was issued: each cloud has its own tenants.",
    ],
    fits: ({ reason }) => reason === "tenant_unknown",
  },
  {
    id: "unknown-key",
    title: "The tenant does not publish the key that the token names.",
    fix: [
      "Get a new token: keys are replaced, and an old token's key may be gone.",
      "Compare ENTRA_CLOUD and ENTRA_AUTHORITY with where the token was issued; a local Entra makes new keys at each start.",
    ],
    fits: ({ reason }) => reason === "key_unknown",
  },
  {
    id: "foreign-key",
    title: "The key must not sign for this tenant.",
    fix: [
      "Find out who issued the token. Entra signs for organizations and for personal accounts with different keys.",
    ],
    fits: (denial) => isOneOf(denial, "key_issuer_mismatch"),
  },
  {
    id: "authority-issuer",
    title: "The authority's metadata names another issuer than the token.",
    fix: [
      "Let clients sign in at the address in ENTRA_AUTHORITY: at another address of the same tenant, tokens can have another issuer.",
      "Compare ENTRA_AUTHORITY with the `issuer` in its /.well-known/openid-configuration: `entra-gate doctor` does.",
    ],
    fits: (denial, facts) =>
      denial.reason === "issuer_mismatch" &&
      facts.authority.versionOf(textOf(facts, "iss"), textOf(facts, "tid")) !== undefined,
  },
  {
    id: "altered-token",
    title: "The signature is wrong: the token was changed after it was issued, or Entra did not issue it.",
    fix: [
      "Send the token exactly as it was issued. Editors and decoders that re-encode it break it.",
      "If a caller sent this token to you, treat the caller as hostile.",
    ],
    fits: ({ reason }) => reason === "signature_invalid",
  },
];
