import { type RequestContext, readJson } from "../../../app/part.ts";
import * as limits from "../../../base/common/limits.ts";
import { type ClientMetadata, findObstacle } from "./client-metadata.ts";
import type { FacadeContext } from "./clients.ts";
import { OAuthFault, privateHeaders } from "./oauth-fault.ts";
import { isRegistered } from "./redirect-uri.ts";

/** Limits of a registration. */
export const bodyRules = {
  limitBytes: limits.facadeBodyBytes,
  jsonMaxKeys: limits.facadeNames,
  jsonMaxDepth: limits.facadeJsonDepth,
};

/**
 * Answers a client registration (RFC 7591) with the client that all clients share. Nothing is stored. The gate ignores
 * what the client says about itself, except its redirect URIs. It returns those that are registered already: VS Code
 * also sends URIs that Entra does not accept.
 *
 * @throws OAuthFault if no redirect URI is registered, or the client could never sign in
 */
export async function registerClient({ clients }: FacadeContext, context: RequestContext): Promise<Response> {
  const metadata = Object(await readJson(context, bodyRules)) as ClientMetadata;
  const { redirect_uris: uris } = metadata;
  if (!Array.isArray(uris) || uris.length === 0) {
    throw new OAuthFault("invalid_client_metadata", "The member redirect_uris must be a list of at least one URI.");
  }
  const obstacle = findObstacle(metadata);
  if (obstacle !== undefined) throw new OAuthFault("invalid_client_metadata", obstacle);
  const own = uris.filter((uri) => typeof uri === "string" && isRegistered(uri, clients.redirectUris));
  if (own.length === 0) {
    throw new OAuthFault("invalid_redirect_uri", "No redirect URI is registered here. Ask the operator to add one.");
  }
  return writeRegistration({ client_id: clients.clientId, redirect_uris: own });
}

/** Writes what a client got: a public client, whatever it asked for (RFC 7591 section 3.2.1). */
export function writeRegistration(client: ClientMetadata): Response {
  const registered = {
    ...client,
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  };
  return Response.json(registered, { status: 201, headers: privateHeaders });
}
