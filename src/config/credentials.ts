import { isGuid } from "./guid.ts";
import type { Secret, VariableReader } from "./variables.ts";

/** One secret or certificate that the gate itself signs in with. */
export interface CredentialConfig {
  /** Its variable, which the log names it by. */
  readonly name: string;
  readonly value: Secret;
}

/** What the gate itself signs in with where it asks for tokens for other APIs. */
export interface Credentials {
  readonly clientId: string;
  /** In the order in which they are tried. */
  readonly list: readonly CredentialConfig[];
}

const clientExample = "ENTRA_CLIENT_ID=22222222-3333-4444-5555-666666666666";

/** In the order in which they are tried. */
export const credentialVariables = [
  "ENTRA_CLIENT_CERTIFICATE",
  "ENTRA_CLIENT_CERTIFICATE_PREVIOUS",
  "ENTRA_CLIENT_SECRET",
  "ENTRA_CLIENT_SECRET_PREVIOUS",
] as const;

/** Reads ENTRA_CLIENT_ID with ENTRA_CLIENT_CERTIFICATE or ENTRA_CLIENT_SECRET, and what either replaces. */
export function readCredentials(reader: VariableReader): Credentials | undefined {
  const clientId = reader.text("ENTRA_CLIENT_ID", clientExample)?.toLowerCase();
  const list = credentialVariables.flatMap((name): CredentialConfig[] => {
    const value = reader.secret(name);
    return value === undefined ? [] : [{ name, value }];
  });
  if (clientId === undefined) {
    const [first] = list;
    if (first !== undefined) reader.fault(first.name, "is set without ENTRA_CLIENT_ID", clientExample);
    return undefined;
  }
  if (!isGuid(clientId)) reader.fault("ENTRA_CLIENT_ID", "is no GUID", clientExample);
  return { clientId, list: Object.freeze(list) };
}
