import { type RequestContext, readText } from "../../app/part.ts";
import { withDeadline } from "../../common/io.ts";
import { parseJson } from "../../common/json.ts";
import * as limits from "../../common/limits.ts";
import { readBounded } from "../../http/bounded-body.ts";
import { readMediaType } from "../../http/media-type.ts";
import { shareBody } from "../../http/shared-body.ts";
import type { FacadeContext } from "./clients.ts";
import type { ExchangeLimit } from "./exchange-limit.ts";
import { findEntra } from "./metadata.ts";
import { OAuthFault, privateHeaders } from "./oauth-fault.ts";
import { type Parameters, readParameters } from "./parameters.ts";
import { checkTarget, refreshScope, translateScope } from "./scope.ts";

const formType = "application/x-www-form-urlencoded";

/**
 * Forwards a token request to Entra, and Entra's response to the client. The facade reads only refusals, to count them.
 * The request is the client's own, without `resource` and with the scopes of this API. The facade adds no credential: a
 * caller that has the code and the verifier, or a refresh token, could send the same request to Entra.
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
  const received = await askEntra(body.toString(), context);
  if (received === undefined) {
    throw new OAuthFault("temporarily_unavailable", "The sign-in service did not respond. Retry later.", 503);
  }
  if (received.refusal !== undefined) limit.count(context, readError(received.refusal));
  const { response } = received;
  const init = { status: response.status, headers: listHeaders(response.headers) };
  return received.refusal === undefined ? shareBody(response, init) : new Response(received.refusal, init);
}

/** A response of Entra. */
interface TokenResponse {
  readonly response: Response;
  /** The text of the response if it refuses the request; `undefined` for a response whose body is streamed. */
  readonly refusal: string | undefined;
}

/** @returns `undefined` if Entra does not respond in time, or not as a token endpoint does */
async function askEntra(
  body: string,
  { request, setup, services: { io } }: RequestContext,
): Promise<TokenResponse | undefined> {
  const abort = new AbortController();
  const asked = io.fetch(findEntra(setup).tokenUrl, {
    method: "POST",
    headers: { "content-type": formType, accept: "application/json" },
    body,
    redirect: "manual",
    signal: AbortSignal.any([request.signal, abort.signal]),
  });
  const received = await withDeadline(io, limits.facadeMilliseconds, asked.then(readResponse)).catch(() => undefined);
  if (received === undefined) abort.abort();
  return received;
}

async function readResponse(response: Response): Promise<TokenResponse | undefined> {
  const { status, headers } = response;
  // A redirect would send the client elsewhere, and a page would belong to the gate's origin.
  if (readMediaType(headers.get("content-type"))?.essence !== "application/json" || (status >= 300 && status < 400)) {
    response.body?.cancel().catch(() => {});
    return undefined;
  }
  if (status !== 400 && status !== 401) return { response, refusal: undefined };
  const refusal = await readBounded(response.body, limits.authorityErrorBytes);
  return refusal === undefined ? undefined : { response, refusal };
}

/** @returns the member `error` of a refusal */
function readError(text: string): unknown {
  try {
    return (parseJson(text) as { readonly error?: unknown } | null)?.error;
  } catch {
    return undefined;
  }
}

async function chooseGrant(
  { clients, resources }: FacadeContext,
  parameters: Parameters,
  context: RequestContext,
): Promise<Record<string, string>> {
  const { setup } = context;
  const clientId = parameters.get("client_id");
  const scope = parameters.get("scope");
  const translated = scope === undefined ? undefined : translateScope(scope, resources, setup);
  switch (parameters.get("grant_type")) {
    case "authorization_code": {
      const own = await clients.check(clientId, parameters.get("redirect_uri"), parameters, context);
      const sent = requireAll(parameters, ["code", "redirect_uri", "code_verifier"]);
      return { grant_type: "authorization_code", ...sent, ...own, ...(translated && { scope: translated }) };
    }
    case "refresh_token":
      await clients.checkKnown(clientId, context);
      return {
        grant_type: "refresh_token",
        ...requireAll(parameters, ["refresh_token"]),
        scope: translated ?? refreshScope(setup),
      };
    default:
      throw new OAuthFault("unsupported_grant_type", "The grant_type must be authorization_code or refresh_token.");
  }
}

function requireAll(parameters: Parameters, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.map((name) => {
      const value = parameters.get(name);
      if (value === undefined) throw new OAuthFault("invalid_request", `The parameter ${name} is missing.`);
      return [name, value];
    }),
  );
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
