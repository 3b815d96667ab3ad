import * as limits from "../../base/common/limits.ts";
import { isLoopback } from "../../base/http/loopback.ts";
import { isGuid } from "./guid.ts";
import type { entryVariables, WordOf } from "./table.ts";
import { readTenants, type TenantRule } from "./tenants.ts";
import type { VariableReader } from "./variables.ts";

/** The separate clouds in which Entra ID runs. */
export type CloudName = WordOf<(typeof entryVariables)["ENTRA_CLOUD"]>;

/** An authority whose tokens are accepted, and which of them. */
export interface AuthorityConfig {
  /** `default`, or one of the option `authorities`. */
  readonly name: string;
  readonly cloud: CloudName;
  /** Origin of the authority that replaces the cloud's: External ID or a local Entra. */
  readonly authority: string | undefined;
  readonly acceptV1: boolean;
  readonly tenants: TenantRule;
  /** Accepted `aud` values. They are compared exactly. */
  readonly audiences: ReadonlySet<string>;
  /** Client applications (`azp`) that may call; `undefined` allows any. */
  readonly allowedClients: ReadonlySet<string> | undefined;
}

/**
 * Reads an authority: who issues tokens, for which tenants, audiences and clients.
 *
 * @param reader of its variables
 * @param tenantsDecidedInCode whether a callback decides about tenants
 */
export function readAuthorityConfig(
  reader: VariableReader,
  name: string,
  tenantsDecidedInCode: boolean,
): AuthorityConfig {
  const authority = readAuthority(reader);
  const tenants = readTenants(reader, tenantsDecidedInCode);
  const audiences = readAudiences(reader);
  const allowedClients = reader.guids("ENTRA_ALLOWED_CLIENTS", "a client ID");
  return Object.freeze({
    name,
    ...authority,
    tenants: Object.freeze(tenants),
    audiences,
    allowedClients: allowedClients && new Set(allowedClients),
  });
}

/** Reads which authority issues tokens, and which token versions are accepted. */
export function readAuthority(reader: VariableReader) {
  const authority = readAuthorityUrl(reader);
  return { cloud: reader.word("ENTRA_CLOUD"), authority, acceptV1: readAcceptV1(reader, authority) };
}

function readAuthorityUrl(reader: VariableReader): string | undefined {
  const value = reader.text("ENTRA_AUTHORITY");
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    return reader.fault("ENTRA_AUTHORITY", "is not an https URL");
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    reader.fault("ENTRA_AUTHORITY", "uses http, which is only allowed on loopback");
  }
  if (url.href !== `${url.origin}/`) {
    reader.fault("ENTRA_AUTHORITY", "must be an origin (scheme, host, optional port)");
  }
  return url.origin;
}

/** The issuer of v1.0 tokens of External ID is not documented, and the gate guesses no issuer. */
function readAcceptV1(reader: VariableReader, authority: string | undefined): boolean {
  const accepts = reader.flag("ENTRA_ACCEPT_V1");
  if (accepts && authority?.startsWith("https:")) {
    const [flag, url] = ["ENTRA_ACCEPT_V1", "ENTRA_AUTHORITY"].map(reader.nameOf);
    const problem = `accepts no token of an https ${url}, which issues v2.0 tokens. Remove it`;
    reader.fault("ENTRA_ACCEPT_V1", problem, `${flag}=false`);
  }
  return accepts;
}

function readAudiences(reader: VariableReader): ReadonlySet<string> {
  const audiences = reader.listOf(
    "ENTRA_API_AUDIENCE",
    // Entra writes GUIDs in lower case, and the gate compares audiences exactly. A GUID in upper case would match no
    // token.
    (audience) =>
      audience.includes("://") || isGuid(audience)
        ? undefined
        : "which is not a client ID (lower-case GUID) or an App ID URI",
    `${reader.exampleOf("ENTRA_API_AUDIENCE")}, or api://orders`,
  );
  if (audiences === undefined && !reader.isFaulty("ENTRA_API_AUDIENCE")) {
    reader.fault("ENTRA_API_AUDIENCE", "is missing");
  }
  return new Set(audiences);
}

/** Reads how far the clocks of the gate and of Entra may differ. */
export function readClockSkew(reader: VariableReader): number {
  const value = reader.text("ENTRA_CLOCK_SKEW_SECONDS");
  if (value === undefined) return limits.clockSkewSecondsDefault;
  const seconds = Number(value);
  if (!/^\d{1,9}$/.test(value) || seconds > limits.clockSkewSecondsMaximum) {
    const range = `0 to ${limits.clockSkewSecondsMaximum}`;
    reader.fault(
      "ENTRA_CLOCK_SKEW_SECONDS",
      `is ${JSON.stringify(value)}, not a whole number of seconds from ${range}`,
    );
  }
  return seconds;
}
