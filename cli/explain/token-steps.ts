import { limits } from "../../src/cli-exports/common.ts";
import { clientClaims } from "../../src/cli-exports/gate.ts";
import { createAuthority } from "../../src/cli-exports/policy.ts";
import { spellForAuthority } from "../common/authority-variables.ts";
import { type Facts, owning, type Step } from "./facts/facts.ts";

/** Claims that are checked as lists. All other claims that can be invalid identify the caller. */
const listClaims = ["roles", "groups", "wids"];

const claim = (name: string) => (facts: Facts) => facts.claims?.[name];

export const bearerSteps: readonly Step[] = [
  {
    name: "credential",
    owns: () => true,
    expected: () => "one header, Authorization: Bearer <token>, and no access_token in the query",
  },
];

export const decodeSteps: readonly Step[] = [
  {
    name: "form",
    owns: owning("token_too_large", "token_not_compact", "token_encrypted"),
    found: ({ token = "" }) => `${token.split(".").length} parts, ${token.length} characters`,
    expected: () => `3 parts, at most ${limits.tokenBytes} characters`,
  },
  {
    name: "encoding",
    owns: owning("token_not_base64url", "token_not_json"),
    expected: () => "base64url; header and payload JSON objects",
  },
];

export const headerSteps: readonly Step[] = [
  {
    name: "algorithm",
    owns: owning("algorithm_not_allowed"),
    found: ({ header }) => header?.alg,
    expected: () => '"RS256"',
  },
  { name: "type", owns: owning("type_not_jwt"), found: ({ header }) => header?.typ, expected: () => '"JWT"' },
  {
    name: "header parameters",
    owns: (denial) => denial.reason === "header_not_allowed" && denial.parameter !== "x5t",
    found: ({ header }) => header && Object.keys(header).join(", "),
    expected: () => "alg, typ and kid; x5t in v1.0",
  },
  { name: "no nonce", owns: owning("graph_token"), expected: () => "no nonce in the header" },
  { name: "key id", owns: owning("kid_invalid"), found: ({ header }) => header?.kid, expected: () => "a kid" },
  {
    name: "thumbprint",
    owns: owning("header_not_allowed"),
    found: ({ header }) => header?.x5t,
    expected: () => "absent, or the same as kid",
  },
];

/** Describes each authority of the gate by what a token of it has. */
const listAuthorities = ({ config }: Facts) =>
  config.authorities
    .map((own) => {
      const { name, tenants } = own;
      const whose = tenants.decided === "in-code" ? "any tenant" : `tenant ${[...tenants.allowed].join(" or ")}`;
      return `${name} for ${createAuthority(own).login}/<tid>/v2.0 and ${whose}`;
    })
    .join("; ");

/** Only the authority that is found here checks the token: no other one is tried. */
export const authoritySteps: readonly Step[] = [
  {
    name: "authority",
    claim: true,
    owns: () => false,
    found: ({ authority }) => authority.name,
    expected: listAuthorities,
    note: ({ authority, claims }) =>
      authority.versionOf(String(claims?.iss), String(claims?.tid)) === undefined
        ? "no authority has this iss and tid together, so default refuses the token"
        : undefined,
  },
];

const expectedTenants = ({ config: { tenants } }: Facts) =>
  tenants.decided === "in-code" ? "decided in code" : [...tenants.allowed].join(", ");

export const claimSteps: readonly Step[] = [
  {
    name: "tenant",
    claim: true,
    owns: owning("tenant_invalid", "tenant_ambiguous"),
    found: claim("tid"),
    expected: () => "one tid, a GUID in lower case",
  },
  {
    name: "issuer",
    claim: true,
    owns: owning("issuer_mismatch"),
    found: claim("iss"),
    expected: ({ config, authority }) => {
      const source = config.authority === undefined ? "ENTRA_CLOUD" : "ENTRA_AUTHORITY";
      const isExternal = config.authority?.startsWith("https:");
      const others = isExternal
        ? ", or another issuer that its metadata names"
        : config.acceptV1
          ? ", or that of v1.0"
          : "";
      return `${authority.login}/<tid>/v2.0${others} (${spellForAuthority(source, authority.name)})`;
    },
  },
  {
    name: "version",
    claim: true,
    owns: owning("version_mismatch"),
    found: claim("ver"),
    expected: ({ config }) => (config.acceptV1 ? '"2.0", or "1.0" under the issuer of v1.0' : '"2.0"'),
  },
  {
    name: "allowed tenant",
    claim: true,
    owns: owning("tenant_not_allowed"),
    found: claim("tid"),
    expected: expectedTenants,
  },
  {
    name: "audience",
    claim: true,
    owns: owning("audience_mismatch"),
    found: claim("aud"),
    expected: ({ config }) => [...config.audiences].join(", "),
  },
  {
    name: "times",
    claim: true,
    owns: owning("time_invalid", "times_out_of_order", "lifetime_too_long", "expired", "not_yet_valid"),
    found: ({ claims }) =>
      claims && ["iat", "nbf", "exp"].map((name) => `${name} ${showTime(claims[name])}`).join(", "),
    expected: ({ nowSeconds, config }) =>
      `nbf before and exp after ${showTime(nowSeconds)}, within ${config.clockSkewSeconds} s`,
  },
  {
    name: "lists",
    claim: true,
    owns: (denial) => denial.reason === "claim_invalid" && listClaims.includes(denial.claim),
    expected: () => "roles, groups and wids absent, or arrays of strings",
  },
  {
    name: "kind",
    claim: true,
    owns: () => true,
    found: ({ claims }) => claims && pick(claims, ["scp", "idtyp", ...Object.values(clientClaims), "oid", "sub"]),
    expected: () => "an access token: of a user (scp), or of an app (idtyp app, or without idtyp oid equal to sub)",
  },
];

export const tenantDecisionSteps: readonly Step[] = [
  { name: "tenant decided in code", owns: () => true, claim: true, found: claim("tid"), expected: () => "true" },
];

export const keySteps: readonly Step[] = [
  {
    name: "key",
    owns: owning("tenant_unknown", "key_unknown", "keys_unavailable"),
    found: ({ header }) => header?.kid,
    expected: ({ source }) => `a key of ${source?.id ?? "the tenant"}`,
  },
  {
    name: "key's issuer",
    owns: owning("issuer_mismatch", "key_issuer_mismatch"),
    expected: () => "a key that may sign for this tenant",
  },
  { name: "signature", owns: () => true, expected: () => "RS256 of that key" },
];

function pick(claims: Readonly<Record<string, unknown>>, names: readonly string[]): object {
  return Object.fromEntries(names.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name]]));
}

/** Formats a time for people; returns any other value unchanged. */
function showTime(value: unknown): string {
  const date = new Date(typeof value === "number" ? value * 1_000 : Number.NaN);
  return Number.isNaN(date.getTime()) ? String(JSON.stringify(value)) : date.toISOString().replace(".000", "");
}
