import { checkConfig } from "./check-config.ts";
import {
  checkGuid,
  checkRedirectUri,
  checkShortName,
  checkUnique,
  DirectoryError,
  type DirectoryFault,
  type Report,
  resolve,
} from "./checks.ts";
import type {
  AgentConfig,
  AppConfig,
  DirectoryConfig,
  RedirectUris,
  ScopeConfig,
  TenantConfig,
  UserConfig,
} from "./config.ts";
import { defaultDirectory } from "./default-directory.ts";
import { deriveGuid, isGuid } from "./guid.ts";
import type { Directory, DirectoryApp, DirectoryScope, DirectoryTenant, DirectoryUser, Occasion } from "./model.ts";

type Path = DirectoryFault["path"];
type Entries<T> = ReadonlyMap<string, T>;
type Grants = Readonly<Record<string, readonly string[]>>;

/** Microsoft's ID of the tenant of personal accounts, the same everywhere. */
export const personalTenantId = "9188040d-6c67-4c5b-b112-36a304b66dad";
/** `aud` of federated credentials in the public cloud. */
const exchangeAudience = "api://AzureADTokenExchange";
const controlPattern = /^(?:block|mfa|c[1-9]\d?)$/;
const contextPattern = /^c[1-9]\d?$/;
/** First segments of paths that name no tenant of a directory. */
const reservedNames = ["common", "organizations", "consumers", "local"];

/**
 * Builds a directory.
 *
 * @throws DirectoryError with all faults
 */
export function createDirectory(wanted: DirectoryConfig = {}): Directory {
  const faults: DirectoryFault[] = [];
  const own = checkConfig(wanted, (path, message) => void faults.push({ path, message }));
  const misfits = faults.map(({ path }) => path);
  const report: Report = (path, message) => {
    if (!misfits.some((misfit) => misfit.every((name, index) => name === path[index]))) faults.push({ path, message });
  };
  const config = own.defaults === false ? own : addToDefaults(own);
  const parts: Parts = { config, report, tenants: mapEntries(config.tenants, createTenant, report) };
  if (parts.tenants.size === 0) report(["tenants"], "there must be at least one tenant");
  const registered = mapEntries(config.apps, (name, app) => createApp(parts, name, app), report);
  const agents = mapEntries(config.agents, (name, agent) => createAgent(parts, registered, name, agent), report);
  const apps = new Map([...registered, ...agents]);
  for (const [name] of agents) if (registered.has(name)) report(["agents", name], `there is an app ${name}, too`);
  const users = mapEntries(config.users, (name, user) => createUser(parts, apps, name, user), report);
  checkRules(own, users, apps, report);
  for (const [name, { agentUser }] of agents) {
    if (agentUser !== undefined) resolve(users, agentUser, ["agents", name, "user"], "user", report);
  }
  checkUnique(parts.tenants.values(), users.values(), [...registered.values(), ...agents.values()], report);
  if (faults.length > 0) throw new DirectoryError(faults);
  return createLookup(config, [...parts.tenants.values()], [...users.values()], [...apps.values()]);
}

interface Parts {
  readonly config: DirectoryConfig;
  readonly report: Report;
  readonly tenants: Entries<DirectoryTenant>;
}

function addToDefaults(own: DirectoryConfig): DirectoryConfig {
  return {
    tenants: { ...defaultDirectory.tenants, ...own.tenants },
    groups: { ...defaultDirectory.groups, ...own.groups },
    users: { ...defaultDirectory.users, ...own.users },
    apps: { ...defaultDirectory.apps, ...own.apps },
    agents: { ...defaultDirectory.agents, ...own.agents },
    consents: [...(defaultDirectory.consents ?? []), ...(own.consents ?? [])],
    conditionalAccess: [...(defaultDirectory.conditionalAccess ?? []), ...(own.conditionalAccess ?? [])],
  };
}

function mapEntries<T, U>(
  entries: Readonly<Record<string, T>> | undefined,
  create: (name: string, value: T, report: Report) => U | undefined,
  report: Report,
): Entries<U> {
  return new Map(
    Object.entries(entries ?? {}).flatMap(([name, value]) => {
      const created = create(name, value, report);
      return created === undefined ? [] : [[name, created] as const];
    }),
  );
}

function createTenant(shortName: string, config: TenantConfig, report: Report): DirectoryTenant {
  const path = ["tenants", shortName];
  checkShortName(path, shortName, report);
  if (reservedNames.includes(shortName)) report(path, "this name has a meaning in addresses: choose another");
  const { kind = "workforce", domain = `${shortName.toLowerCase()}.example`, name = shortName } = config;
  const { id = kind === "personal" ? personalTenantId : deriveGuid(`tenant ${shortName}`) } = config;
  checkGuid([...path, "id"], id, report);
  if ((kind === "personal") !== (id === personalTenantId)) {
    report([...path, "id"], `the tenant of personal accounts, and no other, has the ID ${personalTenantId}`);
  }
  if (!/^[a-z\d-]+(?:\.[a-z\d-]+)+$/.test(domain)) {
    report([...path, "domain"], "must be a domain in lower case, such as contoso.example");
  }
  return { shortName, id, name, domain, kind };
}

function findTenant({ tenants, report }: Parts, name: string | undefined, path: Path): DirectoryTenant | undefined {
  if (name === undefined) return [...tenants.values()][0];
  return resolve(tenants, name, path, "tenant", report);
}

function createApp(parts: Parts, shortName: string, config: AppConfig): DirectoryApp | undefined {
  const { report } = parts;
  const path = ["apps", shortName];
  checkShortName(path, shortName, report);
  const tenant = findTenant(parts, config.tenant, [...path, "tenant"]);
  const ids = createIds(path, config, report);
  const { secrets = [], certificates = [], redirectUris = {} } = config;
  const federatedCredentials = (config.federatedCredentials ?? []).map((credential) => ({
    audience: exchangeAudience,
    ...credential,
  }));
  for (const [index, certificate] of certificates.entries()) {
    if (certificate.trimStart().startsWith("-----BEGIN CERTIFICATE-----")) continue;
    report(
      [...path, "certificates", index],
      "must be a certificate in PEM, which begins with -----BEGIN CERTIFICATE-----",
    );
  }
  const hasCredential = secrets.length + certificates.length + federatedCredentials.length > 0;
  const isOfWeb = (redirectUris.web ?? []).length > 0;
  return (
    tenant && {
      shortName,
      tenant,
      ...ids,
      name: config.name ?? shortName,
      isSingleTenant: config.singleTenant ?? false,
      redirectUris: readRedirectUris([...path, "redirectUris"], redirectUris, report),
      logoutUrl: config.logoutUrl,
      isPublicClient: config.publicClient ?? !(hasCredential || isOfWeb),
      secrets,
      certificates,
      federatedCredentials,
      permissions: readGrants(parts, [...path, "permissions"], config.permissions),
      capabilities: config.capabilities ?? [],
      appIdUris: readAppIdUris([...path, "appIdUris"], config.appIdUris, ids.clientId, report),
      scopes: (config.scopes ?? []).map((scope, index) => readScope([...path, "scopes", index], scope, report)),
      appRoles: config.appRoles ?? [],
      tokenVersion: config.tokenVersion ?? 2,
      optionalClaims: { accessToken: ["acrs", "idtyp", "xms_cc"], idToken: [], ...config.optionalClaims },
      groupMembershipClaims: config.groupMembershipClaims ?? "SecurityGroup",
      blueprint: undefined,
      agentUser: undefined,
    }
  );
}

/** An agent identity has no credential of its own. */
function createAgent(
  parts: Parts,
  apps: Entries<DirectoryApp>,
  shortName: string,
  config: AgentConfig,
): DirectoryApp | undefined {
  const { report } = parts;
  const path = ["agents", shortName];
  checkShortName(path, shortName, report);
  const blueprint = resolve(apps, config.blueprint, [...path, "blueprint"], "app", report);
  const ids = createIds(path, config, report);
  return (
    blueprint && {
      ...blueprint,
      shortName,
      ...ids,
      name: config.name ?? shortName,
      permissions: readGrants(parts, [...path, "permissions"], config.permissions),
      appIdUris: [],
      scopes: [],
      appRoles: [],
      blueprint: blueprint.clientId,
      agentUser: config.user,
    }
  );
}

function createIds(path: readonly string[], config: AppConfig | AgentConfig, report: Report) {
  const [, shortName] = path;
  const { clientId = deriveGuid(`app ${shortName}`) } = config;
  const { servicePrincipalId = deriveGuid(`service principal ${shortName}`) } = config;
  checkGuid([...path, "clientId"], clientId, report);
  checkGuid([...path, "servicePrincipalId"], servicePrincipalId, report);
  return { clientId, servicePrincipalId };
}

function readRedirectUris(path: Path, config: RedirectUris, report: Report): Required<RedirectUris> {
  const { web = [], spa = [], native = [] } = config;
  const platforms = { web, spa, native };
  for (const [platform, uris] of Object.entries(platforms)) {
    for (const [index, uri] of uris.entries()) checkRedirectUri([...path, platform, index], uri, platform, report);
  }
  return platforms;
}

/** An Application ID URI cannot end with a slash. */
function readAppIdUris(
  path: Path,
  uris: readonly string[] | undefined,
  clientId: string,
  report: Report,
): readonly string[] {
  for (const [index, uri] of (uris ?? []).entries()) {
    const isValid = URL.canParse(uri) && !uri.endsWith("/") && !/[?#\s]/.test(uri);
    if (!isValid) report([...path, index], "must be a URI without a slash at the end, such as api://orders");
  }
  return uris ?? [`api://${clientId}`];
}

function readScope(path: Path, scope: string | ScopeConfig, report: Report): DirectoryScope {
  const { name, adminConsent = false, context, inDefault = true } = typeof scope === "string" ? { name: scope } : scope;
  if (!/^[\w.:-]+$/.test(name)) report(path, "must be the short name of a scope, such as orders.read");
  if (context !== undefined && !contextPattern.test(context)) {
    report([...path, "context"], "must be an authentication context from c1 to c99");
  }
  return { name, adminConsent, context, inDefault };
}

/** Replaces the short names of the apps that define roles by their client IDs. */
function readGrants({ config, report }: Parts, path: Path, grants: Grants = {}): Grants {
  const defining = new Map(Object.entries(config.apps ?? {}));
  const entries = Object.entries(grants).flatMap(([name, roles]) => {
    const app = resolve(defining, name, [...path, name], "app", report);
    for (const [index, role] of roles.entries()) {
      if (app === undefined || app.appRoles?.includes(role)) continue;
      report([...path, name, index], `the app ${name} defines no role ${role}: add it to its appRoles`);
    }
    return [[app?.clientId ?? deriveGuid(`app ${name}`), roles] as const];
  });
  return Object.fromEntries(entries);
}

function createUser(
  parts: Parts,
  apps: Entries<DirectoryApp>,
  shortName: string,
  config: UserConfig,
): DirectoryUser | undefined {
  const { report } = parts;
  const path = ["users", shortName];
  checkShortName(path, shortName, report);
  const tenant = findTenant(parts, config.tenant, [...path, "tenant"]);
  const home = config.homeTenant;
  const homeTenant = home === undefined ? tenant : findTenant(parts, home, [...path, "homeTenant"]);
  const { id = deriveGuid(`user ${shortName}`), name = shortName } = config;
  checkGuid([...path, "id"], id, report);
  if (tenant === undefined || homeTenant === undefined) return undefined;
  return {
    shortName,
    tenant,
    homeTenant,
    oid: id,
    name,
    givenName: config.givenName ?? name,
    familyName: config.familyName ?? "",
    username: config.username ?? `${shortName}@${homeTenant.domain}`,
    email: config.email,
    groups: (config.groups ?? []).map((group, index) => readGroup(parts, [...path, "groups", index], group)),
    roles: readGrants(parts, [...path, "roles"], config.roles),
    mfa: config.mfa ?? false,
    isOfAgent: [...apps.values()].some(({ agentUser }) => agentUser === shortName),
  };
}

function readGroup({ config, report }: Parts, path: Path, reference: string): string {
  if (isGuid(reference)) return reference;
  const group = resolve(new Map(Object.entries(config.groups ?? {})), reference, path, "group", report);
  const { id = deriveGuid(`group ${reference}`) } = group ?? {};
  if (group !== undefined) checkGuid(["groups", reference, "id"], id, report);
  return id;
}

/** Checks the names in the configuration's own rules of consent and Conditional Access. */
function checkRules(
  own: DirectoryConfig,
  users: Entries<DirectoryUser>,
  apps: Entries<DirectoryApp>,
  report: Report,
): void {
  const checkNames = (path: Path, { user, app, api }: Partial<Occasion>) => {
    if (user !== undefined) resolve(users, user, [...path, "user"], "user", report);
    if (app !== undefined) resolve(apps, app, [...path, "app"], "app", report);
    return api === undefined ? undefined : resolve(apps, api, [...path, "api"], "app", report);
  };
  for (const [index, rule] of (own.consents ?? []).entries()) {
    const api = checkNames(["consents", index], rule);
    for (const [at, scope] of (rule.scopes ?? []).entries()) {
      if (api === undefined || api.scopes.some(({ name }) => name === scope)) continue;
      report(["consents", index, "scopes", at], `the app ${rule.api} has no scope ${scope}`);
    }
  }
  for (const [index, rule] of (own.conditionalAccess ?? []).entries()) {
    checkNames(["conditionalAccess", index], rule);
    if (controlPattern.test(rule.control)) continue;
    report(["conditionalAccess", index, "control"], "must be block, mfa, or an authentication context from c1 to c99");
  }
}

function createLookup(
  { consents = [], conditionalAccess = [] }: DirectoryConfig,
  tenants: readonly DirectoryTenant[],
  users: readonly DirectoryUser[],
  apps: readonly DirectoryApp[],
): Directory {
  const [tenantsByName, usersByName, appsByName] = [indexByName(tenants), indexByName(users), indexByName(apps)];
  const tenantsById = new Map(tenants.flatMap((tenant) => [tenant.id, tenant.domain].map((key) => [key, tenant])));
  const appsById = new Map(apps.map((app) => [app.clientId, app]));
  const usersById = new Map(users.map((user) => [user.oid, user]));
  return {
    tenants,
    users,
    apps,
    findTenant(reference) {
      const wanted = reference.toLowerCase();
      if (wanted === "consumers") return tenantsById.get(personalTenantId);
      return tenantsByName.get(reference) ?? tenantsById.get(wanted);
    },
    findApp: (reference) => appsByName.get(reference) ?? appsById.get(reference),
    findUser: (reference) => usersByName.get(reference) ?? usersById.get(reference),
    hasConsent(occasion, scope) {
      const rule = consents.findLast((each) => fits(each, occasion) && (each.scopes ?? [scope]).includes(scope));
      return rule?.given ?? true;
    },
    listControls: (occasion) => conditionalAccess.filter((each) => fits(each, occasion)).map(({ control }) => control),
  };
}

function indexByName<T extends { readonly shortName: string }>(entries: readonly T[]): Entries<T> {
  return new Map(entries.map((entry) => [entry.shortName, entry]));
}

function fits({ user, app, api }: Partial<Occasion>, occasion: Occasion): boolean {
  return (
    (user ?? occasion.user) === occasion.user &&
    (app ?? occasion.app) === occasion.app &&
    (api ?? occasion.api) === occasion.api
  );
}
