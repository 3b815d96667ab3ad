import { refusals } from "../common/error.ts";
import type { Client } from "../directory/clients.ts";
import { findClient } from "../directory/lookup.ts";
import { type AssertionContext, isClientAssertion, verifyClientAssertion } from "./client-assertion.ts";

/**
 * Identifies the client of a token request and checks its credential: a secret in the form or in Basic (RFC 6749
 * section 2.3.1), or a signed assertion (RFC 7523 section 2.2). A public client has none. Throws a refusal.
 *
 * @param endpoint URL of the token endpoint, the audience of an assertion
 */
export async function authenticateClient(
  form: URLSearchParams,
  authorization: string | undefined,
  endpoint: string,
  parts: AssertionContext,
): Promise<Client> {
  const basic = readBasic(authorization);
  const clientId = basic?.id ?? form.get("client_id");
  if (!clientId) throw refusals.missingParameter("client_id");
  const client = findClient(clientId);
  if (!client) throw refusals.unknownClient(clientId);
  const secret = basic?.secret ?? form.get("client_secret");
  if (client.secret === undefined) {
    if (secret || isClientAssertion(form)) throw refusals.unexpectedSecret();
    return client;
  }
  if (isClientAssertion(form)) await verifyClientAssertion(form, client, endpoint, parts);
  else if (!secret) throw refusals.secretNeeded();
  else if (secret !== client.secret) throw refusals.wrongSecret();
  return client;
}

function readBasic(authorization: string | undefined): { id: string; secret: string } | undefined {
  const credentials = /^basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (credentials === undefined) return undefined;
  const [id = "", secret = ""] = atob(credentials).split(":");
  return { id: decodeURIComponent(id), secret: decodeURIComponent(secret) };
}
