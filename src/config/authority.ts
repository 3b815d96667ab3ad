import * as limits from "../common/limits.ts";
import { isLoopback } from "../http/loopback.ts";
import type { entryVariables, WordOf } from "./table.ts";
import type { VariableReader } from "./variables.ts";

/** The separate clouds in which Entra ID runs. */
export type CloudName = WordOf<(typeof entryVariables)["ENTRA_CLOUD"]>;

/** Reads which authority issues tokens, which token versions are accepted, and how far clocks may differ. */
export function readAuthority(reader: VariableReader) {
  const authority = readAuthorityUrl(reader);
  return {
    cloud: reader.word("ENTRA_CLOUD"),
    authority,
    acceptV1: readAcceptV1(reader, authority),
    clockSkewSeconds: readClockSkew(reader),
  };
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
    const problem = "accepts no token of an https ENTRA_AUTHORITY, which issues v2.0 tokens. Remove it";
    reader.fault("ENTRA_ACCEPT_V1", problem, "ENTRA_ACCEPT_V1=false");
  }
  return accepts;
}

function readClockSkew(reader: VariableReader): number {
  const value = reader.text("ENTRA_CLOCK_SKEW_SECONDS") ?? `${limits.clockSkewSecondsDefault}`;
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
