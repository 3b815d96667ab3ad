import { X509Certificate } from "node:crypto";
import type { Secret } from "../../config/variables.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { Patient } from "./patient.ts";

const { good, skipped, warning, fault } = findingsOf("credentials");

const dayMilliseconds = 24 * 3_600_000;
/** A month: long enough to renew a certificate in office hours. */
const warningDays = 30;

/** What the gate signs in with for tokens of other APIs. Secrets that were set at Cloudflare cannot be seen from here. */
export function examineCredentials({ config, settings }: Patient, nowMs: number): readonly Finding[] {
  const { credentials, audiences } = config;
  if (credentials === undefined) return [good("none, and none needed unless the gate asks for tokens of other APIs")];
  const { clientId, list } = credentials;
  const findValue = (variable: string) => list.find(({ name }) => name === variable)?.value;
  const secret = findValue("ENTRA_CLIENT_SECRET");
  const certificate = findValue("ENTRA_CLIENT_CERTIFICATE");
  const findings: Finding[] = [];
  if (secret === undefined && certificate === undefined) {
    findings.push(
      warning(
        "ENTRA_CLIENT_ID has neither ENTRA_CLIENT_SECRET nor ENTRA_CLIENT_CERTIFICATE here",
        "wrangler secret put ENTRA_CLIENT_SECRET; one that was put is not seen from here",
      ),
    );
  }
  if (secret !== undefined && certificate !== undefined) {
    findings.push(warning("ENTRA_CLIENT_SECRET and ENTRA_CLIENT_CERTIFICATE are both set", "remove the secret"));
  }
  if (!audiences.has(clientId)) {
    findings.push(
      warning(
        "ENTRA_CLIENT_ID is not the API's own: Entra exchanges on behalf of a user only what was issued for that client",
        `ENTRA_CLIENT_ID of the registration in ENTRA_API_AUDIENCE`,
      ),
    );
  }
  if (certificate !== undefined) findings.push(examineCertificate(certificate, nowMs));
  return findings.length > 0
    ? findings
    : [good(`${clientId}, ${settings.sources.get("ENTRA_CLIENT_SECRET") ?? "a secret"}`)];
}

function examineCertificate(certificate: Secret, nowMs: number): Finding {
  if (typeof certificate !== "string") return skipped("ENTRA_CLIENT_CERTIFICATE is a binding, and not seen from here");
  const fix = "a PEM of a certificate that is uploaded to the registration, with its private key";
  try {
    const { validTo, validFrom } = new X509Certificate(certificate);
    const days = Math.floor((Date.parse(validTo) - nowMs) / dayMilliseconds);
    if (days < 0) return fault(`ENTRA_CLIENT_CERTIFICATE expired on ${validTo}`, fix);
    if (Date.parse(validFrom) > nowMs) return fault(`ENTRA_CLIENT_CERTIFICATE begins on ${validFrom}`, fix);
    if (days < warningDays) return warning(`ENTRA_CLIENT_CERTIFICATE expires in ${days} days`, fix);
    return good(`ENTRA_CLIENT_CERTIFICATE is valid for ${days} days`);
  } catch {
    return fault("ENTRA_CLIENT_CERTIFICATE holds no certificate", fix);
  }
}
