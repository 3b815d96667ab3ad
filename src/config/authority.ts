import * as limits from "../common/limits.ts";
import { isLoopback } from "../http/loopback.ts";
import { cloudNames } from "./cloud.ts";
import type { VariableReader } from "./variables.ts";

const authorityExample = "ENTRA_AUTHORITY=https://contoso.ciamlogin.com";
const skewExample = `ENTRA_CLOCK_SKEW_SECONDS=${limits.clockSkewSecondsDefault}`;

/** Reads which authority issues tokens, which token versions are accepted, and how far clocks may differ. */
export function readAuthority(reader: VariableReader) {
  return {
    cloud: reader.word("ENTRA_CLOUD", cloudNames, "public"),
    authority: readAuthorityUrl(reader),
    acceptV1: reader.word("ENTRA_ACCEPT_V1", ["true", "false"], "false") === "true",
    clockSkewSeconds: readClockSkew(reader),
  };
}

function readAuthorityUrl(reader: VariableReader): string | undefined {
  const value = reader.text("ENTRA_AUTHORITY", authorityExample);
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    reader.fault("ENTRA_AUTHORITY", "is not an https URL", authorityExample);
    return undefined;
  }
  if (url.protocol === "http:" && !isLoopback(url.hostname)) {
    reader.fault("ENTRA_AUTHORITY", "uses http, which is only allowed on loopback", authorityExample);
  }
  if (url.href !== `${url.origin}/`) {
    reader.fault("ENTRA_AUTHORITY", "must be an origin (scheme, host, optional port)", authorityExample);
  }
  return url.origin;
}

function readClockSkew(reader: VariableReader): number {
  const value = reader.text("ENTRA_CLOCK_SKEW_SECONDS", skewExample);
  if (value === undefined) return limits.clockSkewSecondsDefault;
  const seconds = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(seconds <= limits.clockSkewSecondsMaximum)) {
    const range = `0 to ${limits.clockSkewSecondsMaximum}`;
    reader.fault(
      "ENTRA_CLOCK_SKEW_SECONDS",
      `is ${JSON.stringify(value)}, not a whole number of seconds from ${range}`,
      skewExample,
    );
  }
  return seconds;
}
