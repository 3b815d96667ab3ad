import { type CredentialConfig, type Credentials, credentialVariables } from "../../core/config/credentials.ts";
import { isGuid } from "../../core/config/guid.ts";
import type { OriginConfig } from "../../core/config/origin.ts";
import { isFullScope } from "../../core/config/scope.ts";
import type { VariableReader } from "../../core/config/variables.ts";

const certificateExample =
  "ENTRA_CLIENT_CERTIFICATE with the PEM blocks CERTIFICATE and PRIVATE KEY, one after the other";

/**
 * Checks that ENTRA_CLIENT_ID and a credential are configured.
 *
 * @param hasAssertion whether the code or the gate's own issuer provides assertions, so that no credential is required
 */
export function checkCredentials(
  reader: VariableReader,
  credentials: Credentials | undefined,
  hasAssertion: boolean,
): void {
  for (const credential of credentials?.list ?? []) checkCredential(reader, credential, credentials?.list ?? []);
  if (reader.isFaulty("ENTRA_CLIENT_ID", ...credentialVariables)) return;
  if (credentials === undefined) reader.fault("ENTRA_CLIENT_ID", "is required by downstream()");
  else if (credentials.list.length === 0 && !hasAssertion) {
    reader.fault("ENTRA_CLIENT_CERTIFICATE", "or ENTRA_CLIENT_SECRET is required", certificateExample);
  }
}

function checkCredential(
  reader: VariableReader,
  { name, value }: CredentialConfig,
  list: readonly CredentialConfig[],
): void {
  // A certificate in a Secrets Store is checked when it is first used.
  if (isCertificate(name) && typeof value === "string" && !isCertificateText(value)) {
    reader.fault(name, "is not a certificate with its private key", certificateExample);
  }
  const newer = name.replace(/_PREVIOUS$/, "");
  if (!list.some((credential) => credential.name === newer)) {
    reader.fault(name, `requires ${newer}, the newer credential`, newer);
  }
}

/** Whether a variable contains a certificate, and not a secret. */
export function isCertificate(name: string): boolean {
  return name.includes("CERTIFICATE");
}

function isCertificateText(text: string): boolean {
  return /-----BEGIN CERTIFICATE-----/.test(text) && /-----BEGIN (?:\w+ )*PRIVATE KEY-----/.test(text);
}

/** Checks ORIGIN_SCOPE, which on-behalf-of requires. @param reader of the origin */
export function checkOriginScopes(reader: VariableReader, { authorization, scopes }: OriginConfig): void {
  if (authorization !== "on-behalf-of" || reader.isFaulty("ORIGIN_SCOPE")) return;
  if (scopes === undefined) reader.fault("ORIGIN_SCOPE", "is required by on-behalf-of");
  for (const scope of scopes ?? []) {
    if (!isFullScope(scope))
      reader.fault("ORIGIN_SCOPE", `contains ${JSON.stringify(scope)}, which is not a full scope name`);
  }
}

/**
 * Checks that no caller of another authority reaches an origin that gets tokens of users of `default`.
 *
 * @param reader of the origin
 * @param route name of a route that forwards to it, and that such callers may call
 */
export function checkOriginCallers(reader: VariableReader, { authorization }: OriginConfig, route: string): void {
  if (authorization !== "on-behalf-of") return;
  const problem = `is on-behalf-of, which is for callers of default only, and from of ${route} names another authority`;
  const example = `a route with origin({ to: "other" }), whose ORIGIN_OTHER_AUTHORIZATION is forward`;
  reader.fault("ORIGIN_AUTHORIZATION", problem, example);
}

/** Returns the gate's own tenant; `undefined` with `organizations`. */
export function readHomeTenant(reader: VariableReader): string | undefined {
  const tenant = reader.text("ENTRA_TENANT_ID")?.toLowerCase();
  return isGuid(tenant) ? tenant : undefined;
}
