import { type CredentialConfig, readCertificate } from "../../src/cli-exports/documents.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { usesCredential } from "./resources.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("credentials");

const ofOther = warning(
  "ENTRA_CLIENT_ID is not the API's own registration: Entra exchanges a user's token only for the client that it was issued for",
  "the client ID of the registration in ENTRA_API_AUDIENCE",
);
const ofMcpClients = skipped(
  "ENTRA_CLIENT_ID is the registration of the MCP clients, and not that of the API: Entra does not exchange a user's token for it (on-behalf-of)",
);
const daySeconds = 24 * 3_600;
/** One month is enough to renew a certificate during office hours. */
const warningDays = 30;

/**
 * Checks the credentials with which the gate gets tokens for other APIs. Secrets that are stored in Cloudflare are not
 * visible here.
 */
export async function examineCredentials(subject: DoctorSubject, nowMs: number): Promise<readonly Finding[]> {
  const { settings, code, config } = subject;
  const { credentials, audiences } = config;
  if (credentials === undefined) return [good("none; the gate needs one only for tokens of other APIs")];
  const { clientId, list } = credentials;
  const findings = await Promise.all(list.map((credential) => examineCredential(credential, nowMs / 1_000)));
  const { ENTRA_CLIENT_FEDERATION: federation } = code.environment ?? settings.environment;
  if (federation !== undefined) findings.unshift(good("ENTRA_CLIENT_KEY signs in at Entra"));
  else if (list.length === 0) {
    const text = "ENTRA_CLIENT_ID has neither ENTRA_CLIENT_CERTIFICATE nor ENTRA_CLIENT_SECRET here";
    const fix = "ENTRA_CLIENT_SECRET in .dev.vars, or: wrangler secret put ENTRA_CLIENT_SECRET";
    findings.push(
      settings.deployed
        ? skipped(`${text}; a secret that is stored in Cloudflare is not visible here`)
        : warning(text, fix),
    );
  }
  if (!audiences.has(clientId)) {
    findings.push(usesCredential(subject) ? ofMcpClients : ofOther);
  }
  return findings;
}

/** Reads the certificate with the code that signs with it. */
async function examineCredential({ name, value }: CredentialConfig, nowSeconds: number): Promise<Finding> {
  if (typeof value !== "string") return skipped(`${name} is a binding, whose value is not visible here`);
  if (!name.includes("CERTIFICATE")) return good(`${name} is set`);
  const fix = "the PEM of a certificate that is uploaded to the registration, with its private key";
  const read = await readCertificate(value);
  if (!read.ok) return fault(`${name} ${read.error}`, fix);
  const { notBeforeSeconds, notAfterSeconds } = read.value;
  const days = Math.floor((notAfterSeconds - nowSeconds) / daySeconds);
  if (days < 0) return fault(`${name} has expired, on ${showDay(notAfterSeconds)}`, fix);
  if (notBeforeSeconds > nowSeconds) return fault(`${name} begins on ${showDay(notBeforeSeconds)}`, fix);
  if (days < warningDays) return warning(`${name} expires in ${days} days, on ${showDay(notAfterSeconds)}`, fix);
  return good(`${name} is valid for ${days} days`);
}

function showDay(seconds: number): string {
  return new Date(seconds * 1_000).toISOString().slice(0, 10);
}
