import { type RequestContext, readText } from "../../../app/part.ts";
import { readJson } from "../../../base/common/json.ts";
import * as limits from "../../../base/common/limits.ts";
import { shareBody } from "../../../base/http/response-copy.ts";
import type { FacadeContext } from "./clients.ts";
import type { ExchangeLimit } from "./exchange-limit.ts";
import { OAuthFault, privateHeaders } from "./oauth-fault.ts";
import { type Parameters, readParameters } from "./parameters.ts";
import { allConsented, checkTarget, translateScope } from "./scope.ts";
import { askEntra, formType } from "./token-endpoint.ts";

/**
 * Forwards a token request to Entra, and Entra's response to the client. The facade reads only refusals, to count them.
 * The request is the client's own, without `resource`, with the scopes of this API, and with the code of Entra that the
 * client's code contains. If the facade adds a credential, it accepts only refresh tokens that it has sealed.
 *
 * @throws OAuthFault if Entra should not get the request
 */
export async function exchange(
  shared: FacadeContext,
  limit: ExchangeLimit,
  context: RequestContext,
): Promise<Response> {
  const { request, setup } = context;
  const form = new URLSearchParams(await readText(context, formType, limits.facadeBodyBytes));
  const parameters = readParameters(form, limits.facadeTokenCharacters);
  const isWithSecret = ["client_secret", "client_assertion"].some((name) => parameters.has(name));
  if (isWithSecret || request.headers.has("authorization")) {
    throw new OAuthFault("invalid_client", "The client is public. Do not send a client secret.", 401);
  }
  checkTarget(parameters.get("resource"), shared.resources, setup);
  const body = new URLSearchParams({
    client_id: shared.clients.clientId,
    ...(await chooseGrant(shared, parameters, context)),
  });
  const { authority, redeem } = shared.clients;
  const received = await (redeem
    ? redeem(body, context, parameters.get("client_id") ?? "")
    : askEntra(body, context, authority));
  if (received === undefined) {
    throw new OAuthFault("temporarily_unavailable", "The sign-in service did not respond. Retry later.", 503);
  }
  const { response, text } = received;
  const init = { status: response.status, headers: listHeaders(response.headers) };
  if (text === undefined) return shareBody(response, init);
  limit.count(context, readError(text));
  return new Response(text, init);
}

/** @returns the member `error`, which a refusal has */
function readError(text: string): unknown {
  return (readJson(text) as { readonly error?: unknown } | null | undefined)?.error;
}

async function chooseGrant(
  shared: FacadeContext,
  parameters: Parameters,
  context: RequestContext,
): Promise<Record<string, string>> {
  const { setup } = context;
  const { clients } = shared;
  const clientId = parameters.get("client_id") ?? "";
  const scope = parameters.get("scope");
  // The facade stores nothing, so it does not know which scopes a client requested first.
  const translated = translateScope(scope ?? allConsented, shared, setup);
  switch (parameters.get("grant_type")) {
    case "authorization_code": {
      const sent = requireAll(parameters, ["code", "redirect_uri", "code_verifier"]);
      await clients.checkKnown(context, clientId);
      return {
        grant_type: "authorization_code",
        ...sent,
        ...(await clients.openCode(context, sent.code, clientId, sent.redirect_uri)),
        ...(scope !== undefined && { scope: translated }),
      };
    }
    case "refresh_token":
      await clients.checkKnown(context, clientId);
      return {
        grant_type: "refresh_token",
        ...requireAll(parameters, ["refresh_token"]),
        scope: translated,
      };
    default:
      throw new OAuthFault("unsupported_grant_type", "The grant_type must be authorization_code or refresh_token.");
  }
}

function requireAll<Name extends string>(parameters: Parameters, names: readonly Name[]): Record<Name, string> {
  const required = names.map((name) => {
    const value = parameters.get(name);
    if (value === undefined) throw new OAuthFault("invalid_request", `The parameter ${name} is missing.`);
    return [name, value];
  });
  return Object.fromEntries(required) as Record<Name, string>;
}

/** The gate does not forward Entra's cookies or policies. */
function listHeaders(headers: Headers): Headers {
  const kept = new Headers(privateHeaders);
  for (const name of ["content-type", "retry-after"]) {
    const value = headers.get(name);
    if (value !== null) kept.set(name, value);
  }
  return kept;
}
