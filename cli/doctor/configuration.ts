import { isGuid, isLoopback } from "../../src/cli-exports/common.ts";
import type { AuthorityConfig, Config } from "../../src/cli-exports/policy.ts";
import { spellForAuthority } from "../common/authority-variables.ts";
import { type Finding, findingsOf, spellFinding } from "./finding.ts";
import { isForeignScope, ownScopeFix } from "./scopes.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, warning, fault } = findingsOf("configuration");

const graphAudiences = [
  "00000003-0000-0000-c000-000000000000",
  "https://graph.microsoft.com",
  "https://graph.microsoft.com/",
];
/** IDs of the documentation, whose groups each repeat one digit, and those of the local Entra. Entra issues neither. */
const exampleId =
  /\b(?:([\da-f])\1{7}-([\da-f])\2{3}-([\da-f])\3{3}-([\da-f])\4{3}-([\da-f])\5{11}|[\da-f]{8}-0000-4000-8000-0{10}[\da-f]{2})\b/i;
const personalAccounts = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** Finds values that have a valid form but cannot be intended. */
export function examineConfiguration(subject: DoctorSubject): readonly Finding[] {
  const { settings, config } = subject;
  const { sources, environment } = settings;
  return [
    good(`${sources.size} variables from ${[...new Set(sources.values())].join(", ")}`),
    ...examineExamples(subject),
    ...config.authorities.flatMap((authority) => {
      const nameOf = (variable: string) => spellForAuthority(variable, authority.name);
      const tenant = String(environment[nameOf("ENTRA_TENANT_ID")]).toLowerCase();
      const findings = [
        ...examineAudiences(authority, tenant),
        ...examineTenants(authority, tenant, subject),
        ...examineAuthority(authority, sources.get(nameOf("ENTRA_AUTHORITY")), settings.deployed),
      ];
      return findings.map((finding) => spellFinding(finding, authority.name));
    }),
    ...examineScopes(config),
    ...examineMode(config),
  ];
}

/** Finds IDs that nobody replaced. With an authority of its own, a gate may have any IDs. */
function examineExamples({ settings, code, config: { authority } }: DoctorSubject): readonly Finding[] {
  if (authority !== undefined && isLoopback(new URL(authority).hostname)) return [];
  const names = Object.entries(code.environment ?? settings.environment)
    .filter(([name, value]) => name.startsWith("ENTRA_") && typeof value === "string" && exampleId.test(value))
    .map(([name]) => name);
  if (names.length === 0) return [];
  const report = authority !== undefined || settings.dryRun ? warning : fault;
  return [
    report(
      `example IDs are left in ${names.join(", ")}: Entra issues no token with them`,
      "your own IDs: Directory (tenant) ID and Application (client) ID in the Entra admin center",
    ),
  ];
}

function examineAudiences(
  { audiences, acceptV1, allowedClients }: AuthorityConfig,
  tenant: string,
): readonly Finding[] {
  const all = [...audiences];
  const findings: Finding[] = [];
  if (!all.some(isGuid) && !acceptV1) {
    findings.push(
      fault(
        `ENTRA_API_AUDIENCE is only ${all.join(", ")}, which no v2.0 token has: the gate refuses every token`,
        "add the client ID of the API's registration, the aud of every v2.0 token; or ENTRA_ACCEPT_V1=true for v1.0 tokens",
      ),
    );
  }
  for (const audience of all.filter((each) => graphAudiences.includes(each))) {
    findings.push(
      fault(
        `ENTRA_API_AUDIENCE contains ${audience}, which is Microsoft Graph`,
        "the client ID of your own API's registration",
      ),
    );
  }
  if (all.includes(tenant)) {
    findings.push(fault("ENTRA_API_AUDIENCE contains the tenant ID", "the client ID of the API's registration"));
  }
  if (allowedClients?.has(tenant)) {
    findings.push(
      fault("ENTRA_ALLOWED_CLIENTS contains the tenant ID", "client IDs of the applications that may call"),
    );
  }
  return findings.length > 0 ? findings : [good(`tokens for ${all.join(", ")}`)];
}

function examineTenants({ tenants }: AuthorityConfig, tenant: string, { code }: DoctorSubject): readonly Finding[] {
  if (tenants.decided === "in-code")
    return code.problem === undefined ? [good("tenants are decided in code, by isTenantAllowed")] : [];
  const findings: Finding[] = [];
  if (tenants.allowed.has(personalAccounts)) {
    findings.push(
      warning(
        "the allowlist of tenants contains the tenant of all personal Microsoft accounts",
        "remove it, unless anyone may use the API",
      ),
    );
  }
  if (isGuid(tenant) && !tenants.allowed.has(tenant)) {
    findings.push(
      warning(
        "ENTRA_ALLOWED_TENANTS does not contain ENTRA_TENANT_ID, so the gate refuses tokens of that tenant",
        `ENTRA_ALLOWED_TENANTS=${tenant}`,
      ),
    );
  }
  return findings;
}

function examineScopes({ requiredScopes, requiredRoles }: Config): readonly Finding[] {
  const foreign = requiredScopes.filter(isForeignScope);
  const both = requiredScopes.filter((scope) => requiredRoles.includes(scope));
  return [
    ...foreign.map((scope) =>
      fault(`ENTRA_REQUIRED_SCOPE contains ${scope}, which only tokens of Microsoft Graph have`, ownScopeFix),
    ),
    ...both.map((name) =>
      warning(
        `${name} is required both as a scope and as a role`,
        "scopes are for users, app roles for daemons: Expose an API, and App roles",
      ),
    ),
  ];
}

function examineMode({ observation }: Config): readonly Finding[] {
  if (observation.mode !== "report") return [];
  const text = "GATE_MODE=report admits every caller with a valid token, whatever the routes require";
  return [warning(text, "set GATE_MODE=enforce, or remove it, when the log reports no client that you want to serve")];
}

function examineAuthority(
  { authority }: AuthorityConfig,
  source: string | undefined,
  deployed: boolean,
): readonly Finding[] {
  if (authority === undefined || !isLoopback(new URL(authority).hostname) || source?.startsWith("wrangler") !== true) {
    return [];
  }
  const text = `ENTRA_AUTHORITY in ${source} is on loopback, but would be deployed`;
  // With an environment, the file is what is deployed.
  return [deployed ? fault(text, "put it into .dev.vars") : warning(text, "put it into .dev.vars")];
}
