import { readJson } from "../../../app/part.ts";
import * as limits from "../../../base/common/limits.ts";
import { encodeUtf8 } from "../../../base/common/utf8.ts";
import type { Endpoint } from "../facade/clients.ts";
import { privateHeaders } from "../facade/oauth-fault.ts";
import { bodyRules, type ClientMetadata, findObstacle, type Registration } from "./client-metadata.ts";
import { ClientError } from "./errors.ts";
import { cleanName } from "./name.ts";
import { isUsable } from "./redirect-uri.ts";
import type { Seals } from "./seals.ts";

/**
 * Creates the registration of clients (RFC 7591). The client ID is the sealed registration, so the gate stores nothing.
 * Redirect URIs that no client may have are left out, as VS Code also sends some of other servers.
 */
export function createRegistration(seals: Seals): Endpoint {
  return async (_, context) => {
    const metadata = Object(await readJson(context, bodyRules)) as ClientMetadata;
    const { redirect_uris: given, client_name } = metadata;
    if (!Array.isArray(given) || given.length === 0) {
      const text = "The member redirect_uris must be a list of at least one URI.";
      throw new ClientError("FacadeRegistrationMalformedError", "invalid_client_metadata", text);
    }
    const obstacle = findObstacle(metadata);
    if (obstacle !== undefined) {
      throw new ClientError("FacadeRegistrationUnsupportedError", "invalid_client_metadata", obstacle);
    }
    const uris = given.filter((uri) => isUsable(uri, context.setup));
    if (uris.length === 0) {
      const text = "A redirect URI must be https, http on loopback, or an app's own scheme with //.";
      throw new ClientError("FacadeRegistrationUriError", "invalid_redirect_uri", text);
    }
    const name = cleanName(client_name);
    const registration: Registration = { ...(name !== undefined && { name }), uris };
    const { byteLength } = encodeUtf8(JSON.stringify(registration));
    if (byteLength > limits.facadeSealedBytes) {
      const text = "The name and the redirect URIs are too long together. Register fewer redirect URIs.";
      throw new ClientError("FacadeRegistrationTooLargeError", "invalid_client_metadata", text);
    }
    const clientId = await seals.seal(context, "Client", registration);
    if (clientId === undefined) {
      throw new ClientError("FacadeKeyUnusableError", "temporarily_unavailable", "The server cannot use its key.", 503);
    }
    // A public client, whatever it asked for (RFC 7591 section 3.2.1).
    const registered = {
      client_id: clientId,
      client_name: name,
      redirect_uris: uris,
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    };
    return Response.json(registered, { status: 201, headers: privateHeaders });
  };
}
