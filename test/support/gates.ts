import { clients } from "../../entra/directory/clients.ts";
import { api, tenants } from "../../entra/directory/directory.ts";

/** Entry file of the gate of tests that name no other. It applies the default requirement to every request. */
export const forwardingEntry = "test/gates/forwarding.ts";

/** One gate of a fleet. */
export interface GateDefinition {
  /** Entry file, relative to the root of the project; `forwardingEntry` if absent. */
  readonly entry?: string;
  /** Changes to the base variables; `undefined` removes one. Values other than text become JSON bindings. */
  readonly vars?: Readonly<Record<string, unknown>>;
  /** Names of KV namespaces by binding. Gates with the same name share it. */
  readonly kv?: Readonly<Record<string, string>>;
  /** Secrets in a Secrets Store by binding. */
  readonly stored?: Readonly<Record<string, string>>;
  /** Limit of RATE_LIMITER for each key in a minute. */
  readonly perMinute?: number;
  /** Origin of its tokens' issuers; the public cloud if absent. */
  readonly issuer?: string;
  /** Origin of its sign-in page, if it differs. */
  readonly signIn?: string;
  /**
   * In workerd, all gates of this kind share one isolate of `forwardingEntry`, and each request brings its variables.
   * For many gates that differ in nothing else.
   */
  readonly varied?: true;
  /** An app with an adapter. `explain` supports only gates. */
  readonly adapter?: true;
}

const organizations = { ENTRA_TENANT_ID: "organizations" };

export const baseVars = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: api.clientId,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  ORIGIN_URL: "https://origin.contoso.example",
};

/** Addresses of a gate that is not in workerd. The gate's port replaces PORT. */
export const addressesElsewhere = [
  "http://127.0.0.1:PORT",
  "http://127.0.0.1",
  "http://localhost",
  "http://[::1]",
  "http://gate.localhost:8787",
  "https://api.contoso.example",
].join(" ");

export const publicCloud = "https://login.microsoftonline.com";

/** Time of revocation for some principals of the gate `revoking`: 2100-01-01, after every token of a test. */
export const revokedAtSeconds = 4_102_444_800;

export const gates = {
  /** Only users, because no role is configured. */
  delegated: {},
  /** Only apps, because no scope is configured. */
  "app-only": { vars: { ENTRA_REQUIRED_SCOPE: undefined, ENTRA_REQUIRED_ROLE: "Orders.Read.All" } },
  /** Users and apps. */
  both: { vars: { ENTRA_REQUIRED_ROLE: "Orders.Read.All" } },
  /** Two of each: all scopes, any role. */
  two: {
    vars: { ENTRA_REQUIRED_SCOPE: "access_as_user orders.read", ENTRA_REQUIRED_ROLE: "Orders.Read.All, Orders.Admin" },
  },
  "version-1": {
    vars: {
      ENTRA_ACCEPT_V1: "true",
      ENTRA_API_AUDIENCE: `${api.clientId} ${api.appIdUri}`,
      ENTRA_REQUIRED_ROLE: "Orders.Read.All",
    },
  },
  usgov: { vars: { ENTRA_CLOUD: "usgov" }, issuer: "https://login.microsoftonline.us" },
  china: { vars: { ENTRA_CLOUD: "china" }, issuer: "https://login.partner.microsoftonline.cn" },
  /** External ID: its metadata is under the tenant's name, and names a host with the tenant's GUID. */
  external: {
    vars: { ENTRA_AUTHORITY: "https://contoso.ciamlogin.com" },
    issuer: `https://${tenants.contoso.id}.ciamlogin.com`,
    signIn: "https://contoso.ciamlogin.com",
  },
  /** The same, but its metadata names an issuer of the public cloud. */
  "external-public": {
    vars: { ENTRA_AUTHORITY: "https://public.ciamlogin.com" },
    issuer: publicCloud,
    signIn: "https://public.ciamlogin.com",
  },
  /** External ID behind custom URL domains, whose metadata names three kinds of issuers. */
  "custom-own": {
    vars: { ENTRA_AUTHORITY: "https://login-own.contoso.example" },
    issuer: "https://login-own.contoso.example",
  },
  "custom-tenant": {
    vars: { ENTRA_AUTHORITY: "https://login-tenant.contoso.example" },
    issuer: `https://${tenants.contoso.id}.ciamlogin.com`,
    signIn: "https://login-tenant.contoso.example",
  },
  "custom-public": {
    vars: { ENTRA_AUTHORITY: "https://login-public.contoso.example" },
    issuer: publicCloud,
    signIn: "https://login-public.contoso.example",
  },
  /** An authority with one key, whose private half the test has. */
  "single-key": {
    vars: { ENTRA_AUTHORITY: "https://single.ciamlogin.com" },
    issuer: "https://single.ciamlogin.com",
  },
  /** Two tenants, by list. */
  listed: { vars: { ...organizations, ENTRA_ALLOWED_TENANTS: `${tenants.contoso.id}, ${tenants.fabrikam.id}` } },
  /** Tenants decided in code. */
  "in-code": { entry: "test/gates/in-code.ts", vars: organizations },
  /** One client application. */
  clients: { vars: { ENTRA_ALLOWED_CLIENTS: clients["cae-spa"].clientId, ENTRA_REQUIRED_ROLE: "Orders.Read.All" } },
  "no-skew": { vars: { ENTRA_CLOCK_SKEW_SECONDS: "0" } },
  /** A gate in front of the zone's own origin. */
  zone: { vars: { ORIGIN_URL: undefined } },
  /** Routes with their own requirements, and unlisted requests rejected. */
  routes: { entry: "test/gates/routes.ts" },
  /** Only agents, or only other callers. */
  agents: {
    entry: "test/gates/agents.ts",
    vars: { ENTRA_ACCEPT_V1: "true", ENTRA_API_AUDIENCE: `${api.clientId} ${api.appIdUri}` },
  },
  /** Tokens revoked in code. */
  revoking: { entry: "test/gates/revoking.ts", vars: { ENTRA_REQUIRED_ROLE: "Orders.Read.All" } },
  /** One browser application of another origin. */
  cors: { entry: "test/gates/cors.ts" },
} as const satisfies Record<string, GateDefinition>;

export type GateName = keyof typeof gates;
