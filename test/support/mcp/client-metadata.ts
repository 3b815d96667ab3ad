/**
 * The document of ChatGPT, which can do with and without a key of its own, as several projects quoted it in August
 * 2026.
 */
export const chatGpt = {
  client_id: "https://chatgpt.com/oauth/client.json",
  client_uri: "https://chatgpt.com/",
  redirect_uris: ["https://chatgpt.com/connector_platform_oauth_redirect"],
  token_endpoint_auth_method: "private_key_jwt",
  token_endpoint_auth_methods_supported: ["none", "private_key_jwt"],
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  client_name: "ChatGPT",
  token_endpoint_auth_signing_alg: "RS256",
  jwks_uri: "https://chatgpt.com/oauth/jwks.json",
};

/** The same without the other choice. */
export const keyOnly: typeof chatGpt = {
  ...chatGpt,
  client_id: "https://chatgpt.com/oauth/key-only/client.json",
  token_endpoint_auth_methods_supported: ["private_key_jwt"],
};

/** A document at the root of its host. */
export const rootClient: typeof chatGpt = { ...chatGpt, client_id: "https://client.example/" };

/** Registrations of clients that can sign in with what they get. */
export const workingMethods: readonly (readonly [string, object])[] = [
  ["nothing", {}],
  ["none", { token_endpoint_auth_method: "none" }],
  ["none, and a list without it", methods("none", ["private_key_jwt"])],
  ["a key, and a list with none", methods("private_key_jwt", ["none", "private_key_jwt"])],
  ["a secret without a list", { token_endpoint_auth_method: "client_secret_basic" }],
  ["only a list without none", { token_endpoint_auth_methods_supported: ["private_key_jwt"] }],
  ["a list that is text", methods("private_key_jwt", "none")],
  ["null", { token_endpoint_auth_method: null, grant_types: null }],
  ["more grants", { grant_types: ["client_credentials", "authorization_code"] }],
];

/** Registrations of clients that never could. */
export const uselessMetadata: readonly (readonly [string, object])[] = [
  ["a key, and a list without none", methods("private_key_jwt", ["private_key_jwt"])],
  ["a secret, and an empty list", methods("client_secret_post", [])],
  ["only other grants", { grant_types: ["client_credentials", "refresh_token"] }],
  ["no grant", { grant_types: [] }],
];

function methods(preferred: unknown, all: unknown): object {
  return { token_endpoint_auth_method: preferred, token_endpoint_auth_methods_supported: all };
}
