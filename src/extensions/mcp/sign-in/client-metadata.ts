import * as limits from "../../../base/common/limits.ts";

/** What a client says about itself: in its document, or when it registers (RFC 7591 section 2). */
export type ClientMetadata = Readonly<Record<string, unknown>>;

/** What the gate keeps of it. */
export interface Registration {
  readonly name?: string | undefined;
  readonly uris: readonly string[];
}

/** Limits of metadata. */
export const bodyRules = {
  limitBytes: limits.facadeBodyBytes,
  jsonMaxKeys: limits.facadeNames,
  jsonMaxDepth: limits.facadeJsonDepth,
};

/**
 * Whether a client ID is the address of a metadata document: https with a path, which can be a slash, without a user
 * and a fragment, in the form that a URL parser writes (OAuth Client ID Metadata Document, "Client Identifier").
 */
export function isMetadataAddress(id: string): boolean {
  if (id.length > limits.facadeClientIdCharacters || id.includes("#")) return false;
  const { protocol, href, username, password } = URL.parse(id) ?? {};
  return protocol === "https:" && href === id && username === "" && password === "";
}

/**
 * Whether a client can do without a secret and without an assertion. It says so in one of two members: the method that
 * it prefers, or all of its methods (OpenID Connect Relying Party Metadata Choices 1.0).
 */
export function isPublicClient(metadata: ClientMetadata): boolean {
  const { token_endpoint_auth_method: preferred, token_endpoint_auth_methods_supported: methods } = metadata;
  return preferred === "none" || (Array.isArray(methods) && methods.includes("none"));
}

/**
 * Describes why a client that registers could never sign in. The other metadata that it asks for causes no refusal,
 * because the response says what the client got.
 *
 * @returns `undefined` if it could
 */
export function findObstacle(metadata: ClientMetadata): string | undefined {
  const { token_endpoint_auth_method: preferred, token_endpoint_auth_methods_supported: methods } = metadata;
  if (typeof preferred === "string" && Array.isArray(methods) && !isPublicClient(metadata)) {
    return "The member token_endpoint_auth_methods_supported must have none, because clients are public here.";
  }
  const { grant_types: grants } = metadata;
  if (Array.isArray(grants) && !grants.includes("authorization_code")) {
    return "The member grant_types must have authorization_code.";
  }
  return undefined;
}
