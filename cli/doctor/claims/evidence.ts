import { createPublicKey, randomUUID, verify } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { fail, type Io, isGuid, type Result, succeed } from "../../../src/cli-exports/common.ts";
import {
  type Authority,
  createAuthority,
  createReader,
  defaultAuthority,
  describeFault,
  type Environment,
  readAuthorityConfig,
} from "../../../src/cli-exports/policy.ts";
import { readJson } from "../../../src/cli-exports/text.ts";
import { UsageError } from "../../common/usage-error.ts";

/** What a person has: a tenant, an API and perhaps the credential of a client, in the variables of a gate. */
export interface Registration {
  readonly authority: Authority;
  /** Issuers that the tenant's metadata may name. */
  readonly issuers: readonly string[];
  /** Origins at which the tenant's keys may be. */
  readonly keyOrigins: readonly string[];
  /** Whether a cloud is configured, and not External ID or a local Entra. */
  readonly isCloud: boolean;
  readonly tenant: string;
  /** Client ID of the API, if it is one of its audiences. */
  readonly api: string | undefined;
  readonly client: { readonly id: string; readonly secret: string | undefined } | undefined;
}

export type Json = Readonly<Record<string, unknown>>;

/** A response: its status, and its body if that is a JSON object. */
export interface Answer {
  readonly status: number;
  readonly body: Json;
}

/** Header and claims of a token, and whether a published key has signed it. The token itself is not kept. */
export interface Token {
  readonly header: Json;
  readonly claims: Json;
  readonly isSigned: boolean;
}

/** What Entra answered. Each part is absent with the reason for it. */
export interface Evidence {
  readonly registration: Registration;
  readonly metadata: Result<Json, string>;
  readonly keys: Result<readonly Json[], string>;
  readonly keysV1: Result<readonly Json[], string>;
  /** Metadata of `organizations`. */
  readonly shared: Result<Json, string>;
  /** Metadata and keys of a tenant that does not exist. */
  readonly unknownMetadata: Result<Answer, string>;
  readonly unknownKeys: Result<Answer, string>;
  readonly appToken: Result<Token, string>;
  readonly userToken: Result<Token, string>;
  readonly idToken: Result<Token, string>;
}

/** What the gathering needs besides the network. */
export interface ClaimsTools {
  readonly io: Pick<Io, "fetch">;
  /** Tells the person what to do, on the way. */
  tell(text: string): void;
  /** Waits between two requests for the token of a device. */
  wait(seconds: number): Promise<void>;
}

export const waitSeconds = (seconds: number) => delay(seconds * 1_000);

const answerMilliseconds = 10_000;

/**
 * Reads the variables of a gate.
 *
 * @throws UsageError that lists their faults
 */
export function readRegistration(environment: Environment): Registration {
  const reader = createReader(environment);
  const config = readAuthorityConfig(reader, defaultAuthority, false);
  const { tenants, audiences } = config;
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  const [tenant] = tenants.decided === "by-list" ? tenants.allowed : [];
  if (tenant === undefined)
    throw new UsageError("ENTRA_TENANT_ID must be the ID of your tenant, such as 11111111-2222-3333-4444-555555555555");
  const created = createAuthority(config);
  const { location } = created.keySource(tenant, "2.0");
  const { ENTRA_CLIENT_ID: id, ENTRA_CLIENT_SECRET: secret } = environment;
  return {
    authority: created,
    issuers: location.kind === "discovery" ? location.pin.issuers : [`${created.login}/${tenant}/v2.0`],
    keyOrigins: location.kind === "discovery" ? location.pin.origins : [created.login],
    isCloud: location.kind === "keys",
    tenant,
    api: [...audiences].find(isGuid),
    client: typeof id === "string" ? { id, secret: typeof secret === "string" ? secret : undefined } : undefined,
  };
}

/** Asks Entra for all documents, and for tokens of the registration. Never throws. */
export async function gatherEvidence(registration: Registration, tools: ClaimsTools): Promise<Evidence> {
  const { authority, tenant, isCloud } = registration;
  const base = authority.login;
  const metadataPath = "v2.0/.well-known/openid-configuration";
  const read = (path: string) => ask(tools, `${base}/${path}`);
  const onlyOfCloud = fail("only a cloud's Entra ID has it");
  const metadata = readObject(await read(`${tenant}/${metadataPath}`));
  const keysUrl = metadata.ok ? String(metadata.value.jwks_uri) : undefined;
  const keys = keysUrl === undefined ? fail("the metadata is missing") : readKeys(await ask(tools, keysUrl));
  const invented = randomUUID();
  const documents = {
    metadata,
    keys,
    keysV1: isCloud ? readKeys(await read(`${tenant}/discovery/keys`)) : onlyOfCloud,
    shared: isCloud ? readObject(await read(`organizations/${metadataPath}`)) : onlyOfCloud,
    unknownMetadata: await read(`${invented}/${metadataPath}`),
    unknownKeys: isCloud ? await read(`${invented}/discovery/v2.0/keys`) : onlyOfCloud,
  };
  const published = keys.ok ? keys.value : [];
  return {
    registration,
    ...documents,
    appToken: await getAppToken(registration, tools, published),
    ...(await getUserTokens(registration, tools, published)),
  };
}

async function getAppToken(registration: Registration, tools: ClaimsTools, keys: readonly Json[]) {
  const { client, api } = registration;
  if (api === undefined) return fail("ENTRA_API_AUDIENCE has no client ID");
  if (client?.secret === undefined) return fail("ENTRA_CLIENT_ID and ENTRA_CLIENT_SECRET are not set");
  const answer = await post(registration, tools, "token", {
    grant_type: "client_credentials",
    client_id: client.id,
    client_secret: client.secret,
    scope: `${api}/.default`,
  });
  return readToken(answer, "access_token", keys);
}

/** Lets the person sign in on another page (RFC 8628), so that the command sees no password. */
async function getUserTokens(registration: Registration, tools: ClaimsTools, keys: readonly Json[]) {
  const { client, api } = registration;
  const both = (problem: string) => ({ userToken: fail(problem), idToken: fail(problem) });
  if (api === undefined || client === undefined) return both("ENTRA_CLIENT_ID is not set");
  const started = await post(registration, tools, "devicecode", {
    client_id: client.id,
    scope: `openid ${api}/.default`,
  });
  if (!started.ok) return both(started.error);
  const { device_code, message, interval, expires_in } = started.value.body;
  if (typeof device_code !== "string" || typeof message !== "string") return both(describeError(started.value));
  tools.tell(message);
  const pauseSeconds = Number(interval) || 5;
  for (let leftSeconds = Number(expires_in) || 0; leftSeconds > 0; leftSeconds -= pauseSeconds) {
    await tools.wait(pauseSeconds);
    const answer = await post(registration, tools, "token", {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      client_id: client.id,
      device_code,
    });
    if (answer.ok && answer.value.body.error === "authorization_pending") continue;
    return { userToken: readToken(answer, "access_token", keys), idToken: readToken(answer, "id_token", keys) };
  }
  return both("nobody signed in");
}

function post(
  { authority, tenant }: Registration,
  tools: ClaimsTools,
  endpoint: string,
  form: Readonly<Record<string, string>>,
): Promise<Result<Answer, string>> {
  const init = { method: "POST", body: new URLSearchParams(form) };
  return ask(tools, `${authority.login}/${tenant}/oauth2/v2.0/${endpoint}`, init);
}

async function ask({ io }: ClaimsTools, url: string, init: RequestInit = {}): Promise<Result<Answer, string>> {
  try {
    const signal = AbortSignal.timeout(answerMilliseconds);
    const response = await io.fetch(new Request(url, { ...init, redirect: "manual", signal }));
    const text = await response.text();
    return succeed({ status: response.status, body: Object(readJson(text)) });
  } catch (error) {
    return fail(`no answer: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function readObject(answer: Result<Answer, string>): Result<Json, string> {
  if (!answer.ok) return answer;
  return answer.value.status === 200 ? succeed(answer.value.body) : fail(describeError(answer.value));
}

function readKeys(answer: Result<Answer, string>): Result<readonly Json[], string> {
  const read = readObject(answer);
  if (!read.ok) return read;
  const { keys } = read.value;
  return Array.isArray(keys) ? succeed(keys.map(Object)) : fail("no list of keys");
}

/** The status and the code of an error, without its description, which can name the person. */
function describeError({ status, body }: Answer): string {
  const { error, error_codes: codes } = body;
  const [code] = Array.isArray(codes) ? codes : [];
  return [`status ${status}`, typeof error === "string" && error, typeof code === "number" && `AADSTS${code}`]
    .filter(Boolean)
    .join(", ");
}

function readToken(answer: Result<Answer, string>, member: string, keys: readonly Json[]): Result<Token, string> {
  if (!answer.ok) return answer;
  const token = answer.value.body[member];
  if (typeof token !== "string") return fail(describeError(answer.value));
  const [header = "", claims = "", signature = "", ...others] = token.split(".");
  if (others.length > 0) return fail(`${others.length + 3} parts: it is encrypted`);
  const read = (part: string): Json => Object(readJson(Buffer.from(part, "base64url").toString()));
  const parsed = { header: read(header), claims: read(claims) };
  const key = keys.find(({ kid }) => kid === parsed.header.kid);
  return succeed({ ...parsed, isSigned: key !== undefined && isSignedBy(key, `${header}.${claims}`, signature) });
}

function isSignedBy(key: Json, input: string, signature: string): boolean {
  try {
    const publicKey = createPublicKey({ key, format: "jwk" });
    return verify("RSA-SHA256", Buffer.from(input), publicKey, Buffer.from(signature, "base64url"));
  } catch {
    return false;
  }
}
