import fc from "fast-check";
import { createLocalJWKSet, errors, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Io } from "../../src/common/io.ts";
import { createGate } from "../../src/gate.ts";
import { App, anyOf, requireAuth } from "../../src/index.ts";
import { apiUri, audience, clients, nowSeconds, tenants } from "./names.ts";
import type { ModelKey, ModelRule, ModelWorld, Verdict } from "./reference.ts";
import { defaultRules, ruleLists } from "./rules.ts";

const rs256 = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const login = "https://login.microsoftonline.com";

/** Issuers of keys by name. Of the last two, one is too short and one is not published. */
const issuers = {
  "templated-key-1": `${login}/{tenantid}/v2.0`,
  "templated-key-2": `${login}/{TenantId}/v2.0`,
  "twin-of-key-2": `${login}/{TenantId}/v2.0`,
  "key-of-contoso": `${login}/${tenants.contoso}/v2.0`,
  "key-of-fabrikam": `${login}/${tenants.fabrikam}/v2.0`,
  "key-of-personal-accounts": `${login}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`,
  "key-without-issuer": undefined,
  "short-key": `${login}/{tenantid}/v2.0`,
  "secret-key": `${login}/{tenantid}/v2.0`,
} as const;

export type KeyName = keyof typeof issuers;
export const keyNames = Object.keys(issuers) as KeyName[];

/** The key ID of a key: its name, except that two keys have one ID. */
export const kidOf = (name: KeyName): string => (name === "twin-of-key-2" ? "templated-key-2" : name);

/** Configurations of gate and model by name. */
const settings = {
  "v2.0": { acceptV1: false },
  "v1.0 too": { acceptV1: true },
  "one client": { acceptV1: true, clients: [clients[0]] },
} as const;

export type Setting = keyof typeof settings;
export const settingNames = Object.keys(settings) as Setting[];

/** A gate and the model, with the same keys, routes and configurations. */
export interface ComparedWorld {
  readonly privateKeys: ReadonlyMap<KeyName, CryptoKey>;
  /** The requirement of a route. */
  rulesOf(route: number): readonly ModelRule[];
  modelOf(setting: Setting, route: number): ModelWorld;
  /** The gate's verdict, and the reason in its log. */
  ask(
    authorization: string | null,
    setting: Setting,
    route: number,
  ): Promise<readonly [verdict: string, reason: unknown]>;
  /** Verifies a token with jose and the same issuers and audiences. Throws if jose refuses it. */
  askJose(token: string, setting: Setting): Promise<unknown>;
}

/**
 * Creates keys, and one gate with many routes.
 *
 * @param seed of the routes' requirements
 */
export async function createComparedWorld(seed: number, routeCount: number): Promise<ComparedWorld> {
  const pairs = await Promise.all(keyNames.map(async (name) => [name, await createKey(name)] as const));
  const published = pairs.filter(([name]) => name !== "secret-key");
  const jwks = await Promise.all(published.map(([name, { publicKey }]) => describeKey(name, publicKey)));
  const usable = published.filter(([name]) => name !== "short-key");
  const keys = usable.map(
    ([name, { publicKey }]): ModelKey => ({
      kid: kidOf(name),
      publicKey,
      ...(issuers[name] && { issuer: issuers[name] }),
    }),
  );
  const rules = [defaultRules, ...fc.sample(ruleLists, { seed, numRuns: routeCount - 1 })];
  let reason: unknown;
  const routes = new App();
  for (const [index, alternatives] of rules.entries()) {
    const access =
      index === 0 ? {} : { middleware: [anyOf(...alternatives.map((rule) => requireAuth(rule)))] as const };
    routes.route({ method: "GET", path: `/${index}`, ...access, handler: () => ({ status: 204 }) });
  }
  const gate = createGate(
    { unlisted: "reject", routes },
    createIo(jwks, (line) => {
      reason = (line as { reason?: unknown }).reason;
    }),
  );
  const environments = new Map(settingNames.map((name) => [name, createEnvironment(name)]));
  const findKey = createLocalJWKSet({ keys: jwks.filter(({ kid }) => kid !== "short-key") });

  return {
    privateKeys: new Map(pairs.map(([name, { privateKey }]) => [name, privateKey])),
    rulesOf: (route) => rules[route]!,
    modelOf: (setting, route) => ({
      nowSeconds,
      skewSeconds: 60,
      tenants: [tenants.contoso, tenants.fabrikam],
      audiences: [audience, apiUri],
      keys,
      rules: rules[route]!,
      ...settings[setting],
    }),
    async ask(authorization, setting, route) {
      reason = undefined;
      const headers = new Headers(authorization === null ? {} : { authorization });
      const request = new Request(`https://api.contoso.example/${route}`, { headers });
      return [readVerdict(await gate.fetch(request, environments.get(setting))), reason];
    },
    askJose: (token, setting) => {
      const { acceptV1 } = settings[setting];
      const allowed = [tenants.contoso, tenants.fabrikam];
      const issuer = allowed.flatMap((tenant) => [
        `${login}/${tenant}/v2.0`,
        ...(acceptV1 ? [`https://sts.windows.net/${tenant}/`] : []),
      ]);
      const currentDate = new Date(nowSeconds * 1_000);
      return verifyWithJose(token, findKey, {
        issuer,
        audience: [audience, apiUri],
        currentDate,
        clockTolerance: 60,
      });
    },
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
  readonly kty: "RSA";
  readonly use: "sig";
  readonly kid: string;
  readonly n: string;
  readonly e: string;
  readonly issuer?: string;
}

async function createKey(name: KeyName): Promise<CryptoKeyPair> {
  const modulusLength = name === "short-key" ? 1024 : 2048;
  const algorithm = { ...rs256, modulusLength, publicExponent: Uint8Array.of(1, 0, 1) };
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

async function describeKey(name: KeyName, publicKey: CryptoKey): Promise<PublishedKey> {
  const { n, e } = (await crypto.subtle.exportKey("jwk", publicKey)) as JsonWebKey;
  return { kty: "RSA", use: "sig", kid: kidOf(name), n: n!, e: e!, ...(issuers[name] && { issuer: issuers[name] }) };
}

/** A network in which every tenant publishes the same keys, and all other requests fail. */
function createIo(jwks: readonly PublishedKey[], log: (line: object) => void): Io {
  return {
    now: () => nowSeconds * 1_000,
    async fetch(input, init) {
      const { url } = new Request(input, init);
      const [, version] =
        /^https:\/\/login\.microsoftonline\.com\/[0-9a-f-]{36}\/discovery\/(v2\.0\/)?keys$/.exec(url) ?? [];
      if (!url.startsWith(`${login}/`) || !url.endsWith("keys")) throw new TypeError(`closed network: ${url}`);
      // The key set for v1.0 tokens names no issuers.
      return Response.json({ keys: version ? jwks : jwks.map(({ issuer: _, ...jwk }) => jwk) });
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

function createEnvironment(setting: Setting) {
  const { acceptV1, ...rest } = settings[setting];
  return {
    ENTRA_TENANT_ID: "organizations",
    ENTRA_ALLOWED_TENANTS: `${tenants.contoso} ${tenants.fabrikam}`,
    ENTRA_API_AUDIENCE: `${audience} ${apiUri}`,
    ENTRA_REQUIRED_SCOPE: defaultRules[0].scopes.join(" "),
    ENTRA_REQUIRED_ROLE: defaultRules[1].anyRole.join(" "),
    ENTRA_ACCEPT_V1: String(acceptV1),
    // Then the log line exists when the response does.
    GATE_LOG_SUBJECT: "plain",
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
