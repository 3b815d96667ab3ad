import type { GateSetup } from "../../../core/guard/setup.ts";
import type { FacadeContext } from "./clients.ts";
import { OAuthFault, privateHeaders } from "./oauth-fault.ts";
import type { Parameters } from "./parameters.ts";
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
 * Checks an authorization request, except its client and where the code goes.
 *
 * @returns the parameters for Entra
 * @throws OAuthFault for the client
 */
export function describeSignIn(
  shared: FacadeContext,
  parameters: Parameters,
  setup: GateSetup,
): Record<string, string> {
  checkFlow(parameters);
  checkTarget(parameters.get("resource"), shared.resources, setup);
  return {
    response_type: "code",
    client_id: shared.clients.clientId,
    scope: translateScope(parameters.get("scope") ?? "", shared, setup),
    code_challenge: parameters.get("code_challenge") as string,
    code_challenge_method: "S256",
    ...pickHints(parameters),
    ...pickPrompt(parameters),
  };
}

function checkFlow(parameters: Parameters): void {
  if (parameters.get("response_type") !== "code") {
    throw new OAuthFault("unsupported_response_type", "The response_type must be code.");
  }
  const isSafe =
    parameters.get("code_challenge_method") === "S256" && challenge.test(parameters.get("code_challenge") ?? "");
  if (!isSafe) throw new OAuthFault("invalid_request", "A code_challenge with the method S256 is required.");
}

function pickHints(parameters: Parameters): Record<string, string> {
  return Object.fromEntries(
    hints.flatMap((name) => (parameters.has(name) ? [[name, parameters.get(name) as string]] : [])),
  );
}

function pickPrompt(parameters: Parameters): Record<string, string> {
  const words = (parameters.get("prompt") ?? "").split(" ").filter((word) => promptWords.includes(word));
  return words.length === 0 ? {} : { prompt: words.join(" ") };
}

/** Redirects the browser, with parameters in the query. */
export function redirect(target: string, parameters: Record<string, string>): Response {
  const url = new URL(target);
  // The query of a redirect URI stays as it is (RFC 6749 section 3.1.2). `url.searchParams` would write all of it anew.
  const query = url.search.slice(1);
  url.search = `${query}${query === "" ? "" : "&"}${new URLSearchParams(parameters)}`;
  return new Response(null, { status: 302, headers: { ...privateHeaders, location: url.href } });
}
