import type { Client } from "./directory.ts";
import { findClient } from "./directory.ts";
import { faults } from "./fault.ts";

/**
 * Identifies the client of a token request and checks its secret: `client_secret_post` or `client_secret_basic`
 * (RFC 6749 section 2.3.1), none for a public client. Throws a fault.
 */
export function authenticateClient(form: URLSearchParams, authorization: string | undefined): Client {
  const basic = readBasic(authorization);
  const clientId = basic?.id ?? form.get("client_id");
  if (!clientId) throw faults.missingParameter("client_id");
  const client = findClient(clientId);
  if (!client) throw faults.unknownClient(clientId);
  const secret = basic?.secret ?? form.get("client_secret");
  if (client.secret === undefined) {
    if (secret) throw faults.unexpectedSecret();
    return client;
  }
  if (!secret) throw faults.secretNeeded();
  if (secret !== client.secret) throw faults.wrongSecret();
  return client;
}

function readBasic(authorization: string | undefined): { id: string; secret: string } | undefined {
  const credentials = /^basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (credentials === undefined) return undefined;
  const [id = "", secret = ""] = atob(credentials).split(":");
  return { id: decodeURIComponent(id), secret: decodeURIComponent(secret) };
}
