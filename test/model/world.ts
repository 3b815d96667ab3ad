import fc from "fast-check";
import { createLocalJWKSet, errors, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Io } from "../../src/base/common/io.ts";
import { createGate } from "../../src/gate.ts";
import { App, anyOf, authorities as nameAuthorities, requireAuth } from "../../src/index.ts";
import { type AuthorityName, apiUri, audience, authorities, clients, nowSeconds, tenants } from "./names.ts";
import type { Plan } from "./plan.ts";
import type { ModelAuthority, ModelKey, ModelRule, ModelWorld, Verdict } from "./reference.ts";
import { defaultRules, ruleLists } from "./rules.ts";

const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/**
 * What the issuer of a key has in place of the tenant. Of the last two keys, one is too short and one is not published.
 */
const signers = {
  "templated-key-1": "{tenantid}",
  "templated-key-2": "{TenantId}",
  "twin-of-key-2": "{TenantId}",
  "key-of-contoso": tenants.contoso,
  "key-of-fabrikam": tenants.fabrikam,
  "key-of-personal-accounts": "9188040d-6c67-4c5b-b112-36a304b66dad",
  "key-without-issuer": undefined,
  "short-key": "{tenantid}",
  "secret-key": "{tenantid}",
} as const;

export type KeyName = keyof typeof signers;
export const keyNames = Object.keys(signers) as KeyName[];

/** The key ID of a key: its name, except that two keys have one ID. */
export const kidOf = (name: KeyName): string => (name === "twin-of-key-2" ? "templated-key-2" : name);

function keyIssuerOf(authority: AuthorityName, name: KeyName): string | undefined {
  const signer = signers[name];
  return signer && authorities[authority].issuer.replaceAll("{tenantid}", signer);
}

/** Configurations of gate and model by name. */
const settings = {
  "v2.0": { authority: "cloud", acceptV1: false },
  "v1.0 too": { authority: "cloud", acceptV1: true },
  "one client": { authority: "cloud", acceptV1: true, clients: [clients[0]] },
  "two authorities": { authority: "cloud", acceptV1: true },
  "External ID, own issuer": { authority: "own", acceptV1: false },
  "External ID, issuer of the tenant": { authority: "tenant", acceptV1: false },
  "External ID, issuer of the cloud": { authority: "public", acceptV1: false },
} as const;

export type Setting = keyof typeof settings;
export const settingNames = Object.keys(settings) as Setting[];
/** Those with External ID. */
export const externalNames = settingNames.filter((name) => settings[name].authority !== "cloud");

/** Whether the second authority issues the token of a plan. */
export function isOfCustomers({ setting, isOfCustomers }: Plan): boolean {
  return setting === "two authorities" && isOfCustomers;
}

/** The tenant of the token. */
export function tenantOf(plan: Plan): string {
  return isOfCustomers(plan) ? tenants.northwind : plan.tenant;
}

/** The issuer of v2.0 tokens of a tenant. */
export function issuerOf(plan: Plan, tenant: string): string {
  const name = isOfCustomers(plan) ? "customers" : settings[plan.setting].authority;
  return authorities[name].issuer.replaceAll("{tenantid}", tenant);
}

/** Private keys of one authority. */
export type PrivateKeys = (isOfCustomers: boolean) => ReadonlyMap<KeyName, CryptoKey>;

/** A gate and the model, with the same keys, routes and configurations. */
export interface ComparedWorld {
  readonly privateKeys: PrivateKeys;
  /** The requirement of a route. */
  rulesOf(setting: Setting, route: number): readonly ModelRule[];
  modelOf(setting: Setting, route: number): ModelWorld;
  /** The gate's verdict, and the reason in its log. */
  ask(
    authorization: string | null,
    setting: Setting,
    route: number,
  ): Promise<readonly [verdict: string, reason: unknown]>;
  /** Verifies a token with jose and the same issuers and audiences. Throws if jose refuses it. */
  askJose(token: string, plan: Plan): Promise<unknown>;
}

/** Of every compared world, because RSA keys take long to create. */
let keys: readonly [own: Keys, ofCustomers: Keys] | undefined;

/**
 * Creates gates with many routes. The second authority has keys of its own with the IDs of those of the others.
 *
 * @param seed of the routes' requirements
 */
export async function createComparedWorld(seed: number, routeCount: number): Promise<ComparedWorld> {
  keys ??= [await createKeys(), await createKeys()];
  const [own, ofCustomers] = keys;
  const keysOf = (authority: AuthorityName) =>
    (authority === "customers" ? ofCustomers : own).usable.map(([name, { publicKey }]): ModelKey => {
      const issuer = keyIssuerOf(authority, name);
      return { kid: kidOf(name), publicKey, ...(issuer && { issuer }) };
    });
  const rules: readonly (readonly ModelRule[])[] = [
    defaultRules,
    ...fc.sample(ruleLists, { seed, numRuns: routeCount - 1 }),
  ];
  // A gate without the option knows no other authority.
  const rulesOfOne = rules.map((alternatives) => alternatives.map(({ from: _, ...others }) => others));
  const rulesOf = (setting: Setting, route: number) => (setting === "two authorities" ? rules : rulesOfOne)[route]!;
  let reason: unknown;
  const io = createIo(own.jwks, ofCustomers.jwks, (line) => {
    reason = (line as { reason?: unknown }).reason;
  });
  const gate = createGate({ unlisted: "reject", routes: declareRoutes(rulesOfOne) }, io);
  const options = { authorities: nameAuthorities("customers"), unlisted: "reject" } as const;
  const gateOfTwo = createGate({ ...options, routes: declareRoutes(rules) }, io);
  const environments = new Map(settingNames.map((name) => [name, createEnvironment(name)]));
  const customers: ModelAuthority = {
    authority: "customers",
    issuer: authorities.customers.issuer,
    tenants: [tenants.northwind],
    audiences: [audience, apiUri],
    acceptV1: false,
    clients: [clients[1]],
    keys: keysOf("customers"),
  };

  return {
    privateKeys: (isOfCustomers) => (isOfCustomers ? ofCustomers : own).privateKeys,
    rulesOf,
    modelOf(setting, route) {
      const { authority, ...others } = settings[setting];
      return {
        issuer: authorities[authority].issuer,
        nowSeconds,
        skewSeconds: 60,
        tenants: [tenants.contoso, tenants.fabrikam],
        audiences: [audience, apiUri],
        keys: keysOf(authority),
        rules: rulesOf(setting, route),
        ...(setting === "two authorities" && { others: [customers] }),
        ...others,
      };
    },
    async ask(authorization, setting, route) {
      reason = undefined;
      const headers = new Headers(authorization === null ? {} : { authorization });
      const request = new Request(`https://api.contoso.example/${route}`, { headers });
      const asked = setting === "two authorities" ? gateOfTwo : gate;
      return [readVerdict(await asked.fetch(request, environments.get(setting))), reason];
    },
    askJose: (token, plan) => {
      const { acceptV1 } = settings[plan.setting];
      const allowed = isOfCustomers(plan) ? [tenants.northwind] : [tenants.contoso, tenants.fabrikam];
      const issuer = allowed.flatMap((tenant) => [
        issuerOf(plan, tenant),
        ...(acceptV1 && !isOfCustomers(plan) ? [`https://sts.windows.net/${tenant}/`] : []),
      ]);
      const currentDate = new Date(nowSeconds * 1_000);
      return verifyWithJose(token, (isOfCustomers(plan) ? ofCustomers : own).findKey, {
        issuer,
        audience: [audience, apiUri],
        currentDate,
        clockTolerance: 60,
      });
    },
  };
}

function declareRoutes(rules: readonly (readonly ModelRule[])[]): App {
  const routes = new App();
  for (const [index, alternatives] of rules.entries()) {
    const access =
      index === 0 ? {} : { middleware: [anyOf(...alternatives.map((rule) => requireAuth(rule)))] as const };
    routes.route({ method: "GET", path: `/${index}`, ...access, handler: () => ({ status: 204 }) });
  }
  return routes;
}

type Keys = Awaited<ReturnType<typeof createKeys>>;

async function createKeys() {
  const pairs = await Promise.all(keyNames.map(async (name) => [name, await createKey(name)] as const));
  const published = pairs.filter(([name]) => name !== "secret-key");
  const jwks = await Promise.all(published.map(([name, { publicKey }]) => describeKey(name, publicKey)));
  return {
    privateKeys: new Map(pairs.map(([name, { privateKey }]) => [name, privateKey])),
    usable: published.filter(([name]) => name !== "short-key"),
    jwks,
    findKey: createLocalJWKSet({ keys: jwks.flatMap(({ name, jwk }) => (name === "short-key" ? [] : [jwk])) }),
  };
}

/** Tries each key of the token's kid, as jose's documentation shows. */
async function verifyWithJose(
  token: string,
  findKey: ReturnType<typeof createLocalJWKSet>,
  options: JWTVerifyOptions,
): Promise<unknown> {
  try {
    return await jwtVerify(token, findKey, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    const attempts = [];
    for await (const key of error) attempts.push(jwtVerify(token, key, options));
    return Promise.any(attempts);
  }
}

interface PublishedKey {
  readonly name: KeyName;
  readonly jwk: {
    readonly kty: "RSA";
    readonly use: "sig";
    readonly kid: string;
    readonly n: string;
    readonly e: string;
  };
}

async function createKey(name: KeyName): Promise<CryptoKeyPair> {
  const modulusLength = name === "short-key" ? 1024 : 2048;
  const algorithm = { ...rs256, modulusLength, publicExponent: Uint8Array.of(1, 0, 1) };
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

async function describeKey(name: KeyName, publicKey: CryptoKey): Promise<PublishedKey> {
  const { n, e } = (await crypto.subtle.exportKey("jwk", publicKey)) as JsonWebKey;
  return { name, jwk: { kty: "RSA", use: "sig", kid: kidOf(name), n: n!, e: e! } };
}

const documents =
  /^(https:\/\/[^/]+)\/([0-9a-f-]{36})\/(discovery\/(?:v2\.0\/)?keys|v2\.0\/\.well-known\/openid-configuration)$/;

/**
 * A network in which every tenant publishes the same keys, with the issuers of each authority, and all other requests
 * fail. Only the second authority of a gate has others.
 */
function createIo(
  jwks: readonly PublishedKey[],
  ofCustomers: readonly PublishedKey[],
  log: (line: object) => void,
): Io {
  return {
    now: () => nowSeconds * 1_000,
    async fetch(input, init) {
      const { url } = new Request(input, init);
      const [, origin = "", tenant = "", path = ""] = documents.exec(url) ?? [];
      // Only the authority with the tenant's issuer has its keys at the tenant's host.
      const keyHosts: Readonly<Record<AuthorityName, string>> = {
        cloud: authorities.cloud.login,
        own: authorities.own.login,
        tenant: `https://${tenant}.ciamlogin.com`,
        public: authorities.public.login,
        customers: authorities.customers.login,
      };
      const names = Object.keys(authorities) as AuthorityName[];
      if (path.endsWith("keys")) {
        const authority = names.find((name) => keyHosts[name] === origin);
        if (authority === undefined) throw new TypeError(`closed network: ${url}`);
        // The key set for v1.0 tokens names no issuers.
        const hasIssuers = path.includes("v2.0");
        return Response.json({
          keys: (authority === "customers" ? ofCustomers : jwks).map(({ name, jwk }) => ({
            ...jwk,
            issuer: hasIssuers ? keyIssuerOf(authority, name) : undefined,
          })),
        });
      }
      const authority = names.find((name) => name !== "cloud" && authorities[name].login === origin);
      if (authority === undefined) throw new TypeError(`closed network: ${url}`);
      return Response.json({
        issuer: authorities[authority].issuer.replaceAll("{tenantid}", tenant),
        jwks_uri: `${keyHosts[authority]}/${tenant}/discovery/v2.0/keys`,
      });
    },
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
    random: () => 0.5,
    openCache: async () => undefined,
    log,
  };
}

function createEnvironment(setting: Setting): Readonly<Record<string, string>> {
  const { acceptV1, authority, ...rest } = settings[setting];
  return {
    ...(authority !== "cloud" && { ENTRA_AUTHORITY: authorities[authority].login }),
    ENTRA_TENANT_ID: "organizations",
    ENTRA_ALLOWED_TENANTS: `${tenants.contoso} ${tenants.fabrikam}`,
    ENTRA_API_AUDIENCE: `${audience} ${apiUri}`,
    ENTRA_REQUIRED_SCOPE: defaultRules[0].scopes.join(" "),
    ENTRA_REQUIRED_ROLE: defaultRules[1].anyRole.join(" "),
    ENTRA_ACCEPT_V1: String(acceptV1),
    // Then the log line exists when the response does.
    GATE_LOG_SUBJECT: "plain",
    ...(setting === "two authorities" && {
      ENTRA_CUSTOMERS_AUTHORITY: authorities.customers.login,
      ENTRA_CUSTOMERS_TENANT_ID: tenants.northwind,
      ENTRA_CUSTOMERS_API_AUDIENCE: `${audience} ${apiUri}`,
      ENTRA_CUSTOMERS_ALLOWED_CLIENTS: clients[1],
    }),
    ...("clients" in rest && { ENTRA_ALLOWED_CLIENTS: rest.clients.join(" ") }),
  };
}

/** The class of a response, or a text that is not a verdict. */
function readVerdict(response: Response): Verdict | string {
  const { status } = response;
  if (status === 204) return "allow";
  const challenge = response.headers.get("www-authenticate") ?? "";
  const [, error] = /, error="([a-z_]+)"/.exec(challenge) ?? [];
  if (status === 401 && error === undefined && challenge !== "") return "unauthenticated";
  const statuses: Record<string, number> = {
    invalid_request: 400,
    invalid_token: 401,
    insufficient_scope: 403,
    insufficient_claims: 401,
  };
  return error !== undefined && statuses[error] === status ? error : `${status} ${challenge}`;
}
