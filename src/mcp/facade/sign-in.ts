import type { RequestContext } from "../../app/part.ts";
import * as limits from "../../common/limits.ts";
import type { FacadeContext } from "./clients.ts";
import { findEntra } from "./metadata.ts";
import { OAuthFault, privateHeaders } from "./oauth-fault.ts";
import { type Parameters, readParameters } from "./parameters.ts";
import { checkTarget, translateScope } from "./scope.ts";

/**
 * Words of `prompt` that reach Entra. `consent` does not: clients add it whenever they ask for `offline_access`, and in
 * tenants without user consent it then blocks every user (AADSTS90094, AADSTS90095). Entra asks for consent that is
 * missing without the word too.
 */
const promptWords = ["login", "select_account", "none", "create"];
/** Optional parameters of the sign-in that a client may send. */
const hints = ["login_hint", "domain_hint"] as const;
/** RFC 7636 section 4.2: SHA-256 in base64url. */
const challenge = /^[\w-]{43}$/;

/**
 * Redirects the browser to Entra, which sends the code directly to the client. There is no redirect before the client
 * and its redirect URI are known. Later faults are sent to the client at that URI (RFC 6749 section 4.1.2.1).
 *
 * @throws OAuthFault if a fault cannot be sent to a client
 */
export function redirectToEntra({ clients, resources }: FacadeContext, { request, setup }: RequestContext): Response {
  const parameters = readParameters(new URL(request.url).searchParams, limits.facadeParameterCharacters);
  const redirectUri = parameters.get("redirect_uri");
  clients.check(parameters.get("client_id"), redirectUri);
  try {
    checkFlow(parameters);
    checkTarget(parameters.get("resource"), resources, setup);
    const scope = translateScope(parameters.get("scope") ?? "", resources, setup);
    const url = new URL(findEntra(setup).authorizationUrl);
    url.search = new URLSearchParams({
      response_type: "code",
      client_id: clients.clientId,
      redirect_uri: redirectUri as string,
      scope,
      code_challenge: parameters.get("code_challenge") as string,
      code_challenge_method: "S256",
      ...pick(parameters, ["state", ...hints]),
      ...pickPrompt(parameters),
    }).toString();
    return redirect(url);
  } catch (error) {
    if (!(error instanceof OAuthFault) || error.status !== 400) throw error;
    const url = new URL(redirectUri as string);
    const told = { error: error.code, error_description: error.message, ...pick(parameters, ["state"]) };
    // The query of a redirect URI stays as it is (RFC 6749 section 3.1.2). `url.searchParams` would write all of it anew.
    const query = url.search.slice(1);
    url.search = `${query}${query === "" ? "" : "&"}${new URLSearchParams(told)}`;
    return redirect(url);
  }
}

function checkFlow(parameters: Parameters): void {
  if (parameters.get("response_type") !== "code") {
    throw new OAuthFault("unsupported_response_type", "The response_type must be code.");
  }
  const isSafe =
    parameters.get("code_challenge_method") === "S256" && challenge.test(parameters.get("code_challenge") ?? "");
  if (!isSafe) throw new OAuthFault("invalid_request", "A code_challenge with the method S256 is required.");
}

function pick(parameters: Parameters, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => (parameters.has(name) ? [[name, parameters.get(name) as string]] : [])),
  );
}

function pickPrompt(parameters: Parameters): Record<string, string> {
  const words = (parameters.get("prompt") ?? "").split(" ").filter((word) => promptWords.includes(word));
  return words.length === 0 ? {} : { prompt: words.join(" ") };
}

function redirect(url: URL): Response {
  return new Response(null, { status: 302, headers: { ...privateHeaders, location: url.href } });
}
