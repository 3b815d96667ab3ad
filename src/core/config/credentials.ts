import { isGuid } from "./guid.ts";
import type { Secret, VariableReader } from "./variables.ts";

/** A client secret or certificate with which the gate authenticates to Entra. */
export interface CredentialConfig {
  /** Name of the variable. The log shows it. */
  readonly name: string;
  readonly value: Secret;
}

/** How the gate authenticates to Entra when it requests tokens for other APIs. */
export interface Credentials {
  readonly clientId: string;
  /** In the order in which the gate tries them. */
  readonly list: readonly CredentialConfig[];
}

/** In the order in which the gate tries them. */
export const credentialVariables = [
  "ENTRA_CLIENT_CERTIFICATE",
  "ENTRA_CLIENT_CERTIFICATE_PREVIOUS",
  "ENTRA_CLIENT_SECRET",
  "ENTRA_CLIENT_SECRET_PREVIOUS",
] as const;

/** Reads ENTRA_CLIENT_ID and the secrets and certificates that belong to it. */
export function readCredentials(reader: VariableReader): Credentials | undefined {
  const clientId = reader.text("ENTRA_CLIENT_ID")?.toLowerCase();
  const list = credentialVariables.flatMap((name): CredentialConfig[] => {
    const value = reader.secret(name);
    return value === undefined ? [] : [{ name, value }];
  });
  if (clientId === undefined) {
    const [first] = list;
    if (first !== undefined) reader.fault(first.name, "requires ENTRA_CLIENT_ID", reader.exampleOf("ENTRA_CLIENT_ID"));
    return undefined;
  }
  if (!isGuid(clientId)) reader.fault("ENTRA_CLIENT_ID", "is not a GUID");
  return { clientId, list: Object.freeze(list) };
}
