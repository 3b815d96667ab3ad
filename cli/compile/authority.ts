import { isGuid } from "../../src/cli-exports/common.ts";
import { authorities } from "../../src/cli-exports/gate.ts";
import {
  authorityPrefixOf,
  clouds,
  createReader,
  defaultAuthority,
  describeFault,
  type Environment,
  listClientOrigins,
  mcpVariables,
  readAccess,
  readAuthorityConfig,
  type VariableReader,
} from "../../src/cli-exports/policy.ts";
import { spellForAuthority } from "../common/authority-variables.ts";
import { UsageError } from "../common/usage-error.ts";
import type { Objection } from "./paths.ts";

/** The API in Entra: where its tokens come from, and how its permissions are named. */
export interface Api {
  /** By their names. Those without a name and with variables are known. */
  readonly authorities: ReadonlyMap<string, ApiAuthority>;
  /** Names of `ENTRA_REQUIRED_SCOPE`. */
  readonly requiredScopes: readonly string[];
}

/** One authority of the API. */
export interface ApiAuthority {
  /** Its origins. */
  readonly origins: readonly string[];
  /** Allowed tenants; `undefined` if the code of the gate decides. */
  readonly tenants: ReadonlySet<string> | undefined;
  /** What precedes the name of a scope or a role in its full name, with a slash at the end. */
  readonly prefixes: readonly string[];
}

/**
 * Reads the variables of a gate that a document must agree with.
 *
 * @throws UsageError that lists their faults
 */
export function readApi(environment: Environment): Api {
  const reader = createReader(environment);
  const names = [defaultAuthority, ...listNamedAuthorities(environment)];
  const authorities = new Map(names.map((name) => [name, readApiAuthority(reader.of(authorityPrefixOf(name)), name)]));
  const { requiredScopes } = readAccess(reader, true);
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  return { authorities, requiredScopes };
}

/**
 * Lists the authorities with a name that have variables. A gate refuses such variables unless its code declares the
 * name.
 */
export function listNamedAuthorities(environment: Environment): readonly string[] {
  return Object.keys(environment).flatMap((variable) => {
    const name = /^ENTRA_([A-Z][A-Z0-9_]*)_TENANT_ID$/.exec(variable)?.[1];
    return name === undefined || !isDeclarable(name.toLowerCase()) ? [] : [name.toLowerCase()];
  });
}

/** Whether code can declare an authority with this name. `allowed` is none, because of `ENTRA_ALLOWED_TENANTS`. */
function isDeclarable(name: string): boolean {
  try {
    authorities(name);
    return true;
  } catch {
    return false;
  }
}

function readApiAuthority(reader: VariableReader, name: string): ApiAuthority {
  const { cloud, authority, tenants, audiences } = readAuthorityConfig(reader, name, true);
  const uri = reader.with(mcpVariables).text("ENTRA_APP_ID_URI");
  const allowed = tenants.decided === "by-list" ? tenants.allowed : undefined;
  const uris = [...audiences, ...(uri === undefined ? [] : [uri])];
  return {
    origins:
      authority === undefined
        ? [clouds[cloud].login]
        : [...new Set([...(allowed ?? [""])].flatMap((tenant) => listClientOrigins(authority, tenant)))],
    tenants: allowed,
    prefixes: uris.flatMap((each) => (isGuid(each) ? [`api://${each}/`, `${each}/`] : [`${each}/`])),
  };
}

/**
 * Removes the Application ID URI of the API from the full name of a scope or a role.
 *
 * @param from authorities, one of which has the name
 */
export function shortenName({ authorities }: Api, name: string, from: readonly string[] = [defaultAuthority]): string {
  const prefixes = from.flatMap((each) => authorities.get(each)?.prefixes ?? []);
  // The longest: one URI can be below another.
  const own = prefixes.filter((prefix) => name.startsWith(prefix)).map(({ length }) => length);
  return name.slice(Math.max(0, ...own));
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
 * Explains why a URL of a security scheme is not one of the authorities whose callers an operation admits.
 *
 * @param from names of these authorities
 * @param domains tenant IDs of domains, in lower case
 * @returns `undefined` if it is one of them
 */
export function objectToUrl(
  url: unknown,
  endpoint: Endpoint,
  { authorities }: Api,
  from: readonly string[],
  domains: ReadonlyMap<string, string>,
): Objection | undefined {
  const objectFor = (name: string) => objectToAuthority(url, endpoint, name, authorities.get(name), domains);
  const objections = from.map(objectFor);
  if (objections.includes(undefined)) return undefined;
  const other = [...authorities.keys()].find((name) => objectFor(name) === undefined);
  if (other === undefined) return objections[0];
  const problem = `is of the authority ${other}, whose callers the operation does not admit`;
  return { problem, repair: `Write x-entra-from: { SCHEME: [${other}] } in the operation.` };
}

function objectToAuthority(
  url: unknown,
  endpoint: Endpoint,
  name: string,
  authority: ApiAuthority | undefined,
  domains: ReadonlyMap<string, string>,
): Objection | undefined {
  if (authority === undefined) {
    const missing = spellForAuthority("Set ENTRA_TENANT_ID and ENTRA_API_AUDIENCE.", name);
    return { problem: `is for the authority ${name}, whose variables are missing`, repair: missing };
  }
  const { origins, tenants } = authority;
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
  return objectToTenant(tenant.toLowerCase(), name, tenants, domains);
}

function objectToTenant(
  name: string,
  authority: string,
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
  return {
    problem: `is for the tenant ${id}, which the configuration does not allow`,
    repair: spellForAuthority(repair, authority),
  };
}
