import { isGuid } from "../../src/cli-exports/common.ts";
import {
  clouds,
  createReader,
  defaultAuthority,
  describeFault,
  type Environment,
  listClientOrigins,
  mcpVariables,
  readAccess,
  readAuthorityConfig,
} from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import type { Objection } from "./paths.ts";

/** The API in Entra: where its tokens come from, and how its permissions are named. */
export interface Api {
  /** Origins of the authority. */
  readonly origins: readonly string[];
  /** Allowed tenants; `undefined` if the code of the gate decides. */
  readonly tenants: ReadonlySet<string> | undefined;
  /** What precedes the name of a scope or a role in its full name, with a slash at the end. */
  readonly prefixes: readonly string[];
  /** Names of `ENTRA_REQUIRED_SCOPE`. */
  readonly requiredScopes: readonly string[];
}

/**
 * Reads the variables of a gate that a document must agree with.
 *
 * @throws UsageError that lists their faults
 */
export function readApi(environment: Environment): Api {
  const reader = createReader(environment);
  const { cloud, authority, tenants, audiences } = readAuthorityConfig(reader, defaultAuthority, true);
  const { requiredScopes } = readAccess(reader, true);
  const uri = reader.with(mcpVariables).text("ENTRA_APP_ID_URI");
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  const allowed = tenants.decided === "by-list" ? tenants.allowed : undefined;
  const names = [...audiences, ...(uri === undefined ? [] : [uri])];
  return {
    origins:
      authority === undefined
        ? [clouds[cloud].login]
        : [...new Set([...(allowed ?? [""])].flatMap((tenant) => listClientOrigins(authority, tenant)))],
    tenants: allowed,
    requiredScopes,
    // The longest first: one URI can be below another.
    prefixes: names
      .flatMap((name) => (isGuid(name) ? [`api://${name}/`, `${name}/`] : [`${name}/`]))
      .sort((a, b) => b.length - a.length),
  };
}

/** Removes the Application ID URI of the API from the full name of a scope or a role. */
export function shortenName({ prefixes }: Api, name: string): string {
  const prefix = prefixes.find((each) => name.startsWith(each));
  return prefix === undefined ? name : name.slice(prefix.length);
}

/** Paths of Entra, v1.0 and v2.0. The first group is the tenant. */
const paths = {
  oauth: /^\/([^/]+)\/oauth2\/(?:v2\.0\/)?(?:authorize|token|devicecode)$/,
  metadata: /^\/([^/]+)\/(?:v2\.0\/)?\.well-known\/(?:openid-configuration|oauth-authorization-server)$/,
} as const;

/** Endpoints of Entra that a scheme names, below the tenant. */
const endpoints = {
  authorize: "oauth2/v2.0/authorize",
  token: "oauth2/v2.0/token",
  devicecode: "oauth2/v2.0/devicecode",
  metadata: "v2.0/.well-known/openid-configuration",
} as const;

export type Endpoint = keyof typeof endpoints;

/** Tenants of Entra that stand for any. */
const anyTenant = ["common", "organizations"];

/**
 * Explains why a URL of a security scheme is not one of the API's authority.
 *
 * @param domains tenant IDs of domains, in lower case
 * @returns `undefined` if it is one
 */
export function objectToUrl(
  url: unknown,
  endpoint: Endpoint,
  { origins, tenants }: Api,
  domains: ReadonlyMap<string, string>,
): Objection | undefined {
  const [origin = ""] = origins;
  const [only, ...others] = tenants ?? [];
  const own = only === undefined || others.length > 0 ? "organizations" : only;
  const repair = `Write ${origin}/${own}/${endpoints[endpoint]}, as your configuration says.`;
  const parsed = typeof url === "string" ? URL.parse(url) : null;
  if (parsed === null) return { problem: "is not a URL", repair };
  const isThere = origins.includes(parsed.origin) && parsed.username === "" && parsed.password === "";
  if (!isThere) return { problem: `is not at ${origins.join(" or ")}: the gate cannot check its tokens`, repair };
  const [, tenant = ""] = paths[endpoint === "metadata" ? "metadata" : "oauth"].exec(parsed.pathname) ?? [];
  if (tenant === "" || parsed.search !== "" || parsed.hash !== "") {
    return { problem: "is not an endpoint of Entra, v1.0 or v2.0", repair };
  }
  return objectToTenant(tenant.toLowerCase(), tenants, domains);
}

function objectToTenant(
  name: string,
  tenants: ReadonlySet<string> | undefined,
  domains: ReadonlyMap<string, string>,
): Objection | undefined {
  if (anyTenant.includes(name)) return undefined;
  const id = isGuid(name) ? name : domains.get(name);
  if (id === undefined) {
    return { problem: `names the tenant ${name} without its ID`, repair: `Add --tenant ${name}=TENANT_ID.` };
  }
  if (tenants?.has(id)) return undefined;
  const repair = "Write an ID of ENTRA_TENANT_ID or ENTRA_ALLOWED_TENANTS, or organizations.";
  return { problem: `is for the tenant ${id}, which the configuration does not allow`, repair };
}
