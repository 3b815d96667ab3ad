import { requireClient } from "../clients/client-authentication.ts";
import { findPlatform, type Platform } from "../clients/redirect-uri.ts";
import { refuse } from "../common/error.ts";
import type { Directory, DirectoryApp } from "../directory/model.ts";
import type { Apis, ResourceScopes } from "../directory/scope.ts";
import { requireSegment } from "../grants/accounts.ts";
import { formatDefaultScope, requireGuidOfItself } from "../grants/scope.ts";
import type { Grant } from "../tokens/authorization-code.ts";
import { type ClaimsRequest, parseClaimsRequest } from "../tokens/claims-request.ts";

export type ResponseMode = "query" | "fragment" | "form_post";

/** Where the response to an authorization request goes, whether it is an error or not. */
export interface Destination {
  readonly redirectUri: string;
  readonly mode: ResponseMode;
  readonly state: string | undefined;
}

/** The client and its redirect URI, which are checked before anything is sent there. */
export interface Caller {
  readonly client: DirectoryApp;
  readonly platform: Platform;
  readonly destination: Destination;
}

/** A valid authorization request. */
export interface AuthorizeRequest extends Caller {
  readonly segment: string;
  readonly parameters: URLSearchParams;
  readonly wantsCode: boolean;
  readonly wantsIdToken: boolean;
  readonly scope: string;
  readonly requested: ResourceScopes;
  readonly claims: ClaimsRequest;
  readonly codeChallenge: Grant["codeChallenge"];
  readonly prompt: string | undefined;
}

const prompts = ["login", "none", "consent", "select_account", "create"];
const responseTypes = ["code", "id_token", "code id_token"];
const modes: readonly string[] = ["query", "fragment", "form_post"];

/**
 * Reads who asks, and where the response goes. Throws a refusal, which the user sees: an unregistered redirect URI gets
 * nothing (RFC 6749 section 4.1.2.1).
 */
export function readCaller(directory: Directory, segment: string, parameters: URLSearchParams): Caller {
  requireSegment(directory, segment);
  const client = requireClient(directory, parameters.get("client_id"), segment);
  const redirectUri = parameters.get("redirect_uri") ?? "";
  const platform = findPlatform(client, redirectUri);
  if (platform === undefined) throw refuse("wrongRedirectUri", { redirectUri, clientId: client.clientId });
  const state = parameters.get("state") ?? undefined;
  return { client, platform, destination: { redirectUri, mode: readMode(parameters), state } };
}

/**
 * The mode of the response, with Entra's defaults. A mode that the response type forbids is no mode for an error
 * either.
 */
function readMode(parameters: URLSearchParams): ResponseMode {
  const hasIdToken = (parameters.get("response_type") ?? "").split(" ").includes("id_token");
  const mode = parameters.get("response_mode") ?? "";
  if (modes.includes(mode) && !(hasIdToken && mode === "query")) return mode as ResponseMode;
  return hasIdToken ? "fragment" : "query";
}

/** Checks the other parameters. Throws a refusal, which the client gets. */
export function readAuthorizeRequest(
  segment: string,
  parameters: URLSearchParams,
  version: 1 | 2,
  caller: Caller,
  apis: Apis,
): AuthorizeRequest {
  const responseType = sortWords(parameters.get("response_type") ?? "");
  if (!responseTypes.includes(responseType)) throw refuse("wrongResponseType");
  const wantsIdToken = responseType !== "code";
  const wantsCode = responseType !== "id_token";
  if (wantsIdToken && caller.platform === "native") throw refuse("idTokenDisabled");
  const mode = parameters.get("response_mode");
  if (mode !== null && mode !== caller.destination.mode) throw refuse("wrongResponseMode", { mode });
  if (wantsIdToken && !parameters.get("nonce")) throw refuse("missingParameter", { name: "nonce" });
  const prompt = parameters.get("prompt") ?? undefined;
  if (prompt !== undefined && !prompts.includes(prompt)) throw refuse("wrongPrompt");
  const scope = readScope(parameters, version);
  return {
    ...caller,
    segment,
    parameters,
    wantsCode,
    wantsIdToken,
    scope,
    requested: requireGuidOfItself(
      caller.client,
      apis.parseDelegatedScope(scope, version === 2 ? (parameters.get("resource") ?? undefined) : undefined),
    ),
    claims: parseClaimsRequest(parameters.get("claims") ?? undefined),
    codeChallenge: wantsCode ? readChallenge(parameters, caller.platform) : undefined,
    prompt,
  };
}

/** A v1.0 request has a resource in place of scopes. */
function readScope(parameters: URLSearchParams, version: 1 | 2): string {
  const resource = parameters.get("resource");
  if (version === 1) return `openid offline_access${resource === null ? "" : ` ${formatDefaultScope(resource)}`}`;
  const scope = parameters.get("scope");
  if (!scope) throw refuse("missingParameter", { name: "scope" });
  return scope;
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow#request-an-authorization-code */
function readChallenge(parameters: URLSearchParams, platform: Platform): Grant["codeChallenge"] {
  const value = parameters.get("code_challenge");
  const method = parameters.get("code_challenge_method") ?? "plain";
  if (platform === "spa" && (!value || method !== "S256")) throw refuse("missingChallenge");
  if (value === null && !parameters.has("code_challenge_method")) return undefined;
  if (method !== "S256" && method !== "plain") throw refuse("wrongChallenge");
  if (!/^[\w.~-]{43,128}$/.test(value ?? "")) throw refuse("wrongChallenge");
  return { value: value!, method };
}

function sortWords(text: string): string {
  return text.split(" ").sort().join(" ");
}
