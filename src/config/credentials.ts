import { isGuid } from "./guid.ts";
import type { Secret, VariableReader } from "./variables.ts";

/** What the gate itself signs in with where it asks for tokens for other APIs. */
export interface Credentials {
  readonly clientId: string;
  readonly secret: Secret | undefined;
  readonly certificate: Secret | undefined;
}

const clientExample = "ENTRA_CLIENT_ID=22222222-3333-4444-5555-666666666666";

/** Reads ENTRA_CLIENT_ID with ENTRA_CLIENT_SECRET or ENTRA_CLIENT_CERTIFICATE. */
export function readCredentials(reader: VariableReader): Credentials | undefined {
  const clientId = reader.text("ENTRA_CLIENT_ID", clientExample)?.toLowerCase();
  const secret = reader.secret("ENTRA_CLIENT_SECRET");
  const certificate = reader.secret("ENTRA_CLIENT_CERTIFICATE");
  if (clientId === undefined) {
    if (secret !== undefined || certificate !== undefined) {
      const variable = secret === undefined ? "ENTRA_CLIENT_CERTIFICATE" : "ENTRA_CLIENT_SECRET";
      reader.fault(variable, "is set without ENTRA_CLIENT_ID", clientExample);
    }
    return undefined;
  }
  if (!isGuid(clientId)) reader.fault("ENTRA_CLIENT_ID", "is no GUID", clientExample);
  return { clientId, secret, certificate };
}
