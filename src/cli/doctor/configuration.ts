import type { Config } from "../../config/config.ts";
import { isGuid } from "../../config/guid.ts";
import { isLoopback } from "../../http/loopback.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, warning, fault } = findingsOf("configuration");

const graphAudiences = [
  "00000003-0000-0000-c000-000000000000",
  "https://graph.microsoft.com",
  "https://graph.microsoft.com/",
];
/** Scopes of OpenID Connect and of Microsoft Graph: no token of another API carries them. */
const foreignScopes = ["openid", "profile", "email", "offline_access", "User.Read"];
const personalAccounts = "9188040d-6c67-4c5b-b112-36a304b66dad";

/** What is right by its form, and still cannot be meant. */
export function examineConfiguration({ settings, config }: DoctorSubject): readonly Finding[] {
  const { sources, environment } = settings;
  return [
    good(`${sources.size} variables from ${[...new Set(sources.values())].join(", ")}`),
    ...examineAudiences(config, String(environment.ENTRA_TENANT_ID).toLowerCase()),
    ...examineTenants(config, String(environment.ENTRA_TENANT_ID).toLowerCase()),
    ...examineScopes(config),
    ...examineAuthority(config, sources.get("ENTRA_AUTHORITY"), settings.deployed),
    ...examineMode(config),
  ];
}

function examineAudiences({ audiences, acceptV1, allowedClients }: Config, tenant: string): readonly Finding[] {
  const all = [...audiences];
  const findings: Finding[] = [];
  if (!all.some(isGuid) && !acceptV1) {
    findings.push(
      fault(
        `ENTRA_API_AUDIENCE is ${all.join(", ")} alone, which no v2.0 token carries: everybody is refused`,
        "add the client ID of the API's registration, the aud of every v2.0 token; or ENTRA_ACCEPT_V1=true for v1.0 tokens",
      ),
    );
  }
  for (const audience of all.filter((each) => graphAudiences.includes(each))) {
    findings.push(
      fault(`ENTRA_API_AUDIENCE holds ${audience}, Microsoft Graph`, "the client ID of your own API's registration"),
    );
  }
  if (all.includes(tenant)) {
    findings.push(fault("ENTRA_API_AUDIENCE holds the tenant's ID", "the client ID of the API's registration"));
  }
  if (allowedClients?.has(tenant)) {
    findings.push(fault("ENTRA_ALLOWED_CLIENTS holds the tenant's ID", "client IDs of the applications that may call"));
  }
  return findings.length > 0 ? findings : [good(`tokens for ${all.join(", ")}`)];
}

function examineTenants({ tenants }: Config, tenant: string): readonly Finding[] {
  if (tenants.decided === "in-code") return [good("tenants are decided in code, by isTenantAllowed")];
  const findings: Finding[] = [];
  if (tenants.allowed.has(personalAccounts)) {
    findings.push(
      warning(
        "the allowlist of tenants holds that of all personal Microsoft accounts",
        "leave it out unless anybody may sign up",
      ),
    );
  }
  if (isGuid(tenant) && !tenants.allowed.has(tenant)) {
    findings.push(
      warning(
        "ENTRA_ALLOWED_TENANTS does not hold ENTRA_TENANT_ID, whose tokens are refused",
        `ENTRA_ALLOWED_TENANTS=${tenant}`,
      ),
    );
  }
  return findings;
}

function examineScopes({ requiredScopes, requiredRoles }: Config): readonly Finding[] {
  const foreign = requiredScopes.filter((scope) => foreignScopes.includes(scope));
  const both = requiredScopes.filter((scope) => requiredRoles.includes(scope));
  return [
    ...foreign.map((scope) =>
      fault(
        `ENTRA_REQUIRED_SCOPE holds ${scope}, which only tokens of Microsoft Graph carry`,
        "a scope of Expose an API",
      ),
    ),
    ...both.map((name) =>
      warning(
        `${name} is wanted as a scope and as a role`,
        "scopes are for users, app roles for daemons: Expose an API, and App roles",
      ),
    ),
  ];
}

function examineMode({ observation }: Config): readonly Finding[] {
  if (observation.mode !== "report") return [];
  const text = "GATE_MODE=report lets every caller with a valid token in, whatever the routes require";
  return [warning(text, "GATE_MODE=enforce, or no GATE_MODE, once the log reports no client that the API serves")];
}

function examineAuthority({ authority }: Config, source: string | undefined, deployed: boolean): readonly Finding[] {
  if (authority === undefined || !isLoopback(new URL(authority).hostname) || source?.startsWith("wrangler") !== true) {
    return [];
  }
  const text = `ENTRA_AUTHORITY in ${source} is on this machine, and would be deployed`;
  // With an environment, it is what is deployed.
  return [deployed ? fault(text, "put it into .dev.vars") : warning(text, "put it into .dev.vars")];
}
