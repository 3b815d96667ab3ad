import type { GateSetup } from "../../../core/guard/setup.ts";
import { createSignIn, type SignIn } from "../../../core/guard/sign-in.ts";
import { gateAddress } from "../discovery/document.ts";
import type { FacadeContext } from "./clients.ts";
import { OAuthFault } from "./oauth-fault.ts";

/**
 * Metadata of the authorization server (RFC 8414).
 * `offline_access` is only here and not in the metadata of a resource: it is no permission of the resource, and some
 * clients use their refresh token only if it is listed (SEP-2207).
 */
export function writeMetadata({ resources, clients }: FacadeContext, setup: GateSetup): Response {
  const issuer = gateAddress(setup);
  const scopes = resources.flatMap((resource) =>
    resource.scopesOf(setup, [clients.authority]).map((scope) => resource.qualify(scope, setup)),
  );
  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    registration_endpoint: `${issuer}/register`,
    scopes_supported: [...new Set([...scopes, "offline_access"])],
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "refresh_token"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    authorization_response_iss_parameter_supported: true,
    client_id_metadata_document_supported: clients.canHaveDocuments(),
  };
  return Response.json(metadata, { headers: { "cache-control": "public, max-age=3600" } });
}

/** Entra's endpoints for the configured tenant of an authority, or for several tenants. */
export function findEntra({ authorities }: GateSetup, authority: string): SignIn {
  const found = authorities.find(({ name }) => name === authority);
  if (found === undefined)
    throw new OAuthFault("server_error", "The server is not configured. Contact the operator.", 500);
  return createSignIn(found);
}
