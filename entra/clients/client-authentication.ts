import { refuse } from "../common/error.ts";
import { findBlueprint } from "../directory/blueprint.ts";
import type { Client } from "../directory/clients.ts";
import { findClient } from "../directory/lookup.ts";
import { type AssertionContext, isClientAssertion, verifyClientAssertion } from "./client-assertion.ts";
import { isPublicClient } from "./redirect-uri.ts";

/** A client, and how it has authenticated: `azpacr` of its tokens. */
export interface AuthenticatedClient {
  readonly client: Client;
  /** `0`: a public client. `1`: with a secret. `2`: with a certificate or a federated credential. */
  readonly method: "0" | "1" | "2";
}

/**
 * Identifies the client of a token request and checks its credential: a secret in the form or in Basic (RFC 6749
 * section 2.3.1), or a signed assertion (RFC 7523 section 2.2). A public client has none. Throws a refusal.
 *
 * @param endpoint URL of the token endpoint, the audience of an assertion
 * @param tenant as the path names it, for messages
 */
export async function authenticateClient(
  form: URLSearchParams,
  authorization: string | undefined,
  endpoint: string,
  tenant: string,
  parts: AssertionContext,
): Promise<AuthenticatedClient> {
  const basic = readBasic(authorization);
  const client = requireClient(basic?.id ?? form.get("client_id"), tenant);
  const secret = basic?.secret ?? form.get("client_secret");
  if (isPublicClient(client)) {
    if (secret || isClientAssertion(form)) throw refuse("unexpectedSecret");
    return { client, method: "0" };
  }
  if (isClientAssertion(form)) {
    await verifyClientAssertion(form, client, endpoint, parts);
    return { client, method: "2" };
  }
  if (!secret) throw refuse("secretNeeded");
  if (secret !== client.secret) throw refuse("wrongSecret", { clientId: client.clientId });
  return { client, method: "1" };
}

/** Returns the client with this ID. Throws a refusal without one. */
export function requireClient(clientId: string | null, tenant: string): Client {
  if (!clientId) throw refuse("missingParameter", { name: "client_id" });
  const client = findClient(clientId) ?? findBlueprint(clientId);
  if (!client) throw refuse("unknownClient", { clientId, tenant });
  return client;
}

function readBasic(authorization: string | undefined): { id: string; secret: string } | undefined {
  const credentials = /^basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (credentials === undefined) return undefined;
  try {
    const [id = "", secret = ""] = atob(credentials).split(":");
    return { id: decodeURIComponent(id), secret: decodeURIComponent(secret) };
  } catch {
    throw refuse("malformedRequest");
  }
}
