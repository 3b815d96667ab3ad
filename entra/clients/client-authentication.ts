import { formatIssuer } from "../common/authority.ts";
import { refuse } from "../common/error.ts";
import type { Directory, DirectoryApp } from "../directory/model.ts";
import { type AssertionContext, isClientAssertion, verifyClientAssertion } from "./client-assertion.ts";

/** A client, and how it has authenticated: `azpacr` of its tokens. */
export interface AuthenticatedClient {
  readonly client: DirectoryApp;
  /** `0`: without a credential. `1`: with a secret. `2`: with a certificate or a federated credential. */
  readonly method: "0" | "1" | "2";
}

/**
 * Identifies the client of a token request and checks its credential: a secret in the form or in Basic (RFC 6749
 * section 2.3.1), or a signed assertion (RFC 7523 section 2.2). A public client has none, and neither have codes for a
 * SPA or for mobile and desktop applications. Throws a refusal.
 *
 * @param endpoint URL of the token endpoint
 * @param segment the tenant as the path names it
 */
export async function authenticateClient(
  form: URLSearchParams,
  authorization: string | undefined,
  endpoint: string,
  segment: string,
  parts: AssertionContext,
): Promise<AuthenticatedClient> {
  const basic = readBasic(authorization);
  const client = requireClient(parts.directory, basic?.id ?? form.get("client_id"), segment);
  const secret = basic?.secret ?? form.get("client_secret");
  const hasCredential = Boolean(secret) || isClientAssertion(form);
  if (!hasCredential) {
    const { web, spa, native } = client.redirectUris;
    const isWebOnly = web.length > 0 && spa.length + native.length === 0;
    const canOmit = client.isPublicClient ? !isWebOnly : spa.length + native.length > 0;
    if (!canOmit) throw refuse("secretNeeded");
    return { client, method: "0" };
  }
  if (client.isPublicClient && client.secrets.length === 0 && !parts.clientKeys.has(client)) {
    throw refuse("unexpectedSecret");
  }
  if (isClientAssertion(form)) {
    await verifyClientAssertion(form, client, listAudiences(endpoint, segment, parts.directory), parts);
    return { client, method: "2" };
  }
  if (!client.secrets.includes(secret ?? "")) throw refuse("wrongSecret", { clientId: client.clientId });
  return { client, method: "1" };
}

/**
 * Audiences of an assertion, of which Microsoft documents both: the token endpoint, and the issuer of the tenant.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/certificate-credentials
 * @see https://learn.microsoft.com/entra/msal/dotnet/acquiring-tokens/msal-net-client-assertions
 */
function listAudiences(endpoint: string, segment: string, directory: Directory): readonly string[] {
  const tenant = directory.findTenant(segment);
  return tenant === undefined ? [endpoint] : [endpoint, formatIssuer(new URL(endpoint).origin, tenant.id)];
}

/**
 * Returns the client with this ID. Throws a refusal without one, and if only users of another tenant may sign in to it.
 *
 * @param segment the tenant as the path names it
 */
export function requireClient(directory: Directory, clientId: string | null, segment: string): DirectoryApp {
  if (!clientId) throw refuse("missingParameter", { name: "client_id" });
  const client = directory.findApp(clientId);
  if (!client) throw refuse("unknownClient", { clientId, tenant: segment });
  const tenant = directory.findTenant(segment);
  if (client.isSingleTenant && tenant === undefined) {
    throw refuse("multitenantNeeded", { clientId, clientName: client.name });
  }
  if (client.isSingleTenant && tenant?.id !== client.tenant.id) {
    throw refuse("unknownClient", { clientId, tenant: tenant?.name ?? segment });
  }
  return client;
}

function readBasic(authorization: string | undefined): { id: string; secret: string } | undefined {
  const credentials = /^basic (.+)$/i.exec(authorization ?? "")?.[1];
  if (credentials === undefined) return undefined;
  try {
    // Both parts are encoded as in a form, so a plus is a space.
    const [id = "", secret = ""] = atob(credentials)
      .split(":")
      .map((part) => decodeURIComponent(part.replace(/\+/g, " ")));
    return { id, secret };
  } catch {
    throw refuse("malformedRequest");
  }
}
