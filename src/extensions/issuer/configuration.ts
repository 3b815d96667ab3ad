import { isLoopback } from "../../base/http/loopback.ts";
import type { Config } from "../../core/config/config.ts";
import { listOrigins, type OriginConfig } from "../../core/config/origin.ts";
import type { Serving } from "../../core/config/serving.ts";
import { issuerVariables, type knownVariables } from "../../core/config/table.ts";
import type { Secret, VariableReader } from "../../core/config/variables.ts";
import { isSameKey, type KeyKind, type KeyMembers, keyKinds, readPrivateKey, readPublicKey } from "./key-text.ts";

/** The key of an issuer, and the one that is only published. */
export interface KeyConfig {
  /** The variable of the key. The log names it. */
  readonly variable: string;
  readonly kind: KeyKind;
  readonly secret: Secret;
  /** The next key before a rotation, or the previous one after it. */
  readonly other: KeyMembers | undefined;
}

/** An issuer of the gate's own. */
export interface IssuerIdentity {
  /** `iss` of what it signs. Its documents are below this URL. */
  readonly issuer: string;
  readonly key: KeyConfig;
}

/** The issuer that the origin trusts. */
export interface OriginIssuerConfig extends IssuerIdentity {
  /** `aud` of assertions by the names of origins; `undefined` if the key is published, but nothing is signed yet. */
  readonly audiences: ReadonlyMap<string | undefined, string | undefined> | undefined;
}

/** The issuer that Entra trusts. */
export interface ClientIssuerConfig extends IssuerIdentity {
  /** `aud` and `sub` of client assertions. */
  readonly audience: string;
  readonly subject: string;
  /** Whether the gate signs in at Entra with them. If not, the key is only published. */
  readonly signsIn: boolean;
}

/** The issuers of a gate. Each exists if it has a key. */
export interface IssuerConfig {
  readonly origin: OriginIssuerConfig | undefined;
  readonly client: ClientIssuerConfig | undefined;
}

/** What {@link readIssuers} needs of the rest of the configuration. */
type Surroundings = Pick<Config, "addresses" | "origin" | "origins" | "cloud" | "credentials">;

type IssuerReader = VariableReader<typeof knownVariables & typeof issuerVariables>;

/** Path below which an issuer's URL and its documents are. */
export const issuerPaths = {
  origin: "/.well-known/entra-gate/origin",
  client: "/.well-known/entra-gate/client",
} as const;

/**
 * `aud` of federated credentials. @see
 * https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
 */
const exchangeAudiences = {
  public: "api://AzureADTokenExchange",
  usgov: "api://AzureADTokenExchangeUSGov",
  china: "api://AzureADTokenExchangeChina",
} as const;

/**
 * Reads the issuers of the gate's own, and the keys that are strings. Stored keys are checked when they are first used.
 *
 * @param serving absent if the configuration was checked before
 */
export function readIssuers(ofGate: VariableReader, config: Surroundings, serving?: Serving): IssuerConfig {
  const reader = ofGate.with(issuerVariables);
  const originKey = readKey(reader, "GATE_SIGNING_KEY", "EC");
  const clientKey = readKey(reader, "ENTRA_CLIENT_KEY", "RSA");
  const audiences = readAudiences(reader, config, originKey, serving);
  const federation = readFederation(reader, config, clientKey);
  const address = readAddress(reader, config, originKey !== undefined || clientKey !== undefined);
  if (address === undefined) return { origin: undefined, client: undefined };
  return {
    origin: originKey && { issuer: `${address}${issuerPaths.origin}`, key: originKey, audiences },
    client: clientKey && { issuer: `${address}${issuerPaths.client}`, key: clientKey, ...federation },
  };
}

function readKey(
  reader: IssuerReader,
  variable: "GATE_SIGNING_KEY" | "ENTRA_CLIENT_KEY",
  kind: KeyKind,
): KeyConfig | undefined {
  const { command } = keyKinds[kind];
  const secret = reader.secret(variable);
  const otherName = `${variable}_OTHER` as const;
  const otherText = reader.text(otherName);
  const own = typeof secret === "string" ? readPrivateKey(secret, kind) : undefined;
  if (own?.ok === false) reader.fault(variable, own.error, command);
  const other = otherText === undefined ? undefined : readPublicKey(otherText, kind);
  if (other?.ok === false) reader.fault(otherName, other.error, `the public JWK that ${command} prints`);
  if (secret === undefined) {
    if (otherText !== undefined && !reader.isFaulty(variable))
      reader.fault(otherName, `requires ${variable}, the key that signs`, command);
    return undefined;
  }
  if (own?.ok && other?.ok && isSameKey(own.value.public, other.value))
    reader.fault(otherName, `is the key of ${variable}. Set the next key, or the previous one`, command);
  return { variable, kind, secret, other: other?.ok ? other.value : undefined };
}

/** Reads ORIGIN_ASSERTION, and the audience of each origin. */
function readAudiences(
  reader: IssuerReader,
  config: Surroundings,
  key: KeyConfig | undefined,
  serving: Serving | undefined,
): OriginIssuerConfig["audiences"] {
  const assertion = reader.text("ORIGIN_ASSERTION");
  const signs = assertion !== undefined || reader.isFaulty("ORIGIN_ASSERTION");
  if (assertion !== undefined && assertion !== "jwt")
    reader.fault("ORIGIN_ASSERTION", `is ${JSON.stringify(assertion)}, not jwt`);
  if (assertion !== undefined && key === undefined && !reader.isFaulty("GATE_SIGNING_KEY"))
    reader.fault("ORIGIN_ASSERTION", "requires the secret GATE_SIGNING_KEY", keyKinds.EC.command);
  const read = listOrigins(config).map(([prefix, origin]) => {
    const isUsed = origin !== config.origin || origin.target.kind !== "zone" || isUnnamedUsed(config, serving);
    return [origin, readAudience(reader.of(prefix), origin, { signs, isUsed })] as const;
  });
  if (assertion === undefined) return undefined;
  const byOrigin = new Map(read);
  const named = [[undefined, config.origin] as const, ...config.origins];
  return new Map(named.map(([name, origin]) => [name, byOrigin.get(origin)]));
}

/**
 * Whether requests reach an origin that has neither a name nor an address. If routes name others, the zone gets none.
 */
function isUnnamedUsed({ origin, origins }: Surroundings, serving: Serving | undefined): boolean {
  if (serving?.hasWorker || origins.get("zone") === origin) return true;
  // Routes that are declared later may name others. The configuration is checked again then.
  const areRoutesKnown = serving === undefined || serving.origins !== undefined;
  return origins.size === 0 && areRoutesKnown;
}

function readAudience(
  reader: IssuerReader,
  { target }: OriginConfig,
  { signs, isUsed }: { readonly signs: boolean; readonly isUsed: boolean },
): string | undefined {
  const own = reader.text("ORIGIN_AUDIENCE");
  if (!signs) {
    if (own !== undefined)
      reader.fault("ORIGIN_AUDIENCE", "is only used with ORIGIN_ASSERTION", reader.exampleOf("ORIGIN_ASSERTION"));
    return undefined;
  }
  // Entra would accept such an assertion if the two issuers were ever confused.
  if (own?.toLowerCase().startsWith(exchangeAudiences.public.toLowerCase()))
    reader.fault("ORIGIN_AUDIENCE", "is the audience of Entra's federated credentials");
  const audience = own ?? target.url?.origin;
  if (audience === undefined && isUsed && !reader.isFaulty("ORIGIN_AUDIENCE", "ORIGIN_URL"))
    reader.fault("ORIGIN_AUDIENCE", `is required if the origin has no ${reader.nameOf("ORIGIN_URL")}`);
  return audience;
}

function readFederation(
  reader: IssuerReader,
  { cloud, credentials }: Surroundings,
  key: KeyConfig | undefined,
): Pick<ClientIssuerConfig, "audience" | "subject" | "signsIn"> {
  const federation = reader.text("ENTRA_CLIENT_FEDERATION");
  const subject = reader.text("ENTRA_CLIENT_SUBJECT");
  if (federation !== undefined && federation !== "gate")
    reader.fault("ENTRA_CLIENT_FEDERATION", `is ${JSON.stringify(federation)}, not gate`);
  if (federation !== undefined && key === undefined && !reader.isFaulty("ENTRA_CLIENT_KEY"))
    reader.fault("ENTRA_CLIENT_FEDERATION", "requires the secret ENTRA_CLIENT_KEY", keyKinds.RSA.command);
  if (subject !== undefined && key === undefined && !reader.isFaulty("ENTRA_CLIENT_KEY"))
    reader.fault("ENTRA_CLIENT_SUBJECT", "is only used with ENTRA_CLIENT_KEY", keyKinds.RSA.command);
  if (key !== undefined && credentials === undefined && !reader.isFaulty("ENTRA_CLIENT_ID"))
    reader.fault("ENTRA_CLIENT_KEY", "requires ENTRA_CLIENT_ID", reader.exampleOf("ENTRA_CLIENT_ID"));
  return {
    audience: exchangeAudiences[cloud],
    subject: subject ?? credentials?.clientId ?? "",
    signsIn: federation !== undefined,
  };
}

/** Reads GATE_ISSUER, the address of both issuers. */
function readAddress(reader: IssuerReader, { addresses }: Surroundings, isNeeded: boolean): string | undefined {
  const text = reader.text("GATE_ISSUER");
  if (text === undefined) {
    const [first] = addresses ?? [];
    if (first === undefined && isNeeded && !reader.isFaulty("GATE_ISSUER", "GATE_URL"))
      reader.fault("GATE_ISSUER", "or GATE_URL is required, because the keys are published there");
    return first;
  }
  const url = URL.parse(text);
  if (url === null || url.href !== `${url.origin}/` || url.hostname.includes("*")) {
    reader.fault("GATE_ISSUER", "is not an origin (scheme, host, optional port)");
    return undefined;
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname)))
    reader.fault("GATE_ISSUER", "is not https, which only loopback may omit");
  if (addresses?.has(url.origin) === false)
    reader.fault(
      "GATE_ISSUER",
      "is not an address of GATE_URL, so the gate does not serve it",
      `GATE_URL=${url.origin}`,
    );
  return url.origin;
}
