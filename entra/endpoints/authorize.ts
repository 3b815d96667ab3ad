import type { Context, Hono } from "hono";
import type { Counter } from "../common/counter.ts";
import { EntraRefusal, formatError, refusals } from "../common/error.ts";
import type { Client } from "../directory/clients.ts";
import { type Tenant, tenants } from "../directory/directory.ts";
import { findClient, findPersona, findTenant } from "../directory/lookup.ts";
import type { Apis } from "../directory/scope.ts";
import type { CodeStore } from "../tokens/authorization-code.ts";
import { parseClaimsRequest } from "../tokens/claims-request.ts";
import { renderErrorPage, renderSignInPage } from "./pages.ts";

interface AuthorizeContext {
  readonly codes: CodeStore;
  readonly apis: Apis;
  readonly counter: Counter;
}

interface Caller {
  readonly client: Client;
  readonly redirectUri: string;
}

const loopbackPort = /^(http:\/\/(?:localhost|127\.0\.0\.1)):\d+(?=\/|$)/;

/**
 * Serves the sign-in page, and sends the code to the client. Before the redirect URI is trusted, the user sees an error page.
 * After that, the error goes to the client (RFC 6749 section 4.1.2.1).
 */
export function addAuthorizeEndpoint(app: Hono, { codes, counter, apis }: AuthorizeContext): void {
  app.get("/:tenant/oauth2/v2.0/authorize", (c) => {
    const segment = c.req.param("tenant");
    counter.add("authorize", findTenant(segment)?.id ?? segment);
    return serve(c, apis, new URL(c.req.url).searchParams, () => {
      if (c.req.query("prompt") === "none") throw refusals.signInNeeded();
      return c.html(renderSignInPage(requireTenant(segment), new URL(c.req.url).searchParams));
    });
  });

  app.post("/:tenant/oauth2/v2.0/authorize", async (c) => {
    const form = new URLSearchParams(await c.req.text());
    const tenant = requireTenant(c.req.param("tenant"));
    return serve(c, apis, form, ({ client, redirectUri }) => {
      const persona = form.get("persona") ?? "";
      if (findPersona(persona)?.tenant !== findTenantName(tenant)) throw refusals.unknownPersona();
      const code = codes.add({
        tenant,
        clientId: client.clientId,
        redirectUri,
        codeChallenge: form.get("code_challenge")!,
        persona,
        scope: form.get("scope") ?? "",
        nonce: form.get("nonce") ?? undefined,
        claims: form.get("claims") ?? undefined,
      });
      return c.redirect(formatRedirect(redirectUri, form, { code }), 302);
    });
  });
}

async function serve(
  c: Context,
  apis: Apis,
  parameters: URLSearchParams,
  respond: (caller: Caller) => Response | Promise<Response>,
): Promise<Response> {
  let redirectUri: string | undefined;
  try {
    const caller = requireCaller(c.req.param("tenant")!, parameters);
    redirectUri = caller.redirectUri;
    checkParameters(parameters, apis);
    return await respond(caller);
  } catch (error) {
    if (!(error instanceof EntraRefusal)) throw error;
    const description = formatError(error.details);
    if (redirectUri === undefined) return c.html(renderErrorPage(description), 400);
    const sent = { error: error.details.error, error_description: description };
    return c.redirect(formatRedirect(redirectUri, parameters, sent), 302);
  }
}

function requireCaller(segment: string, parameters: URLSearchParams): Caller {
  requireTenant(segment);
  const clientId = parameters.get("client_id");
  if (!clientId) throw refusals.missingParameter("client_id");
  const client = findClient(clientId);
  if (!client) throw refusals.unknownClient(clientId);
  const redirectUri = parameters.get("redirect_uri") ?? "";
  if (!isRegisteredRedirect(client, redirectUri)) throw refusals.wrongRedirectUri(redirectUri);
  return { client, redirectUri };
}

function checkParameters(parameters: URLSearchParams, apis: Apis): void {
  if (parameters.get("response_type") !== "code") throw refusals.wrongResponseType();
  if (parameters.get("code_challenge_method") !== "S256") throw refusals.missingChallenge();
  if (!/^[\w-]{43}$/.test(parameters.get("code_challenge") ?? "")) throw refusals.missingChallenge();
  if (!parameters.get("scope")) throw refusals.missingParameter("scope");
  apis.parseDelegatedScope(parameters.get("scope")!, parameters.get("resource") ?? undefined);
  parseClaimsRequest(parameters.get("claims") ?? undefined);
}

/**
 * A sign-in here requires one tenant, because the personas of `common` and `organizations` belong to no tenant in
 * particular.
 */
function requireTenant(segment: string): Tenant {
  const tenant = findTenant(segment);
  if (!tenant) throw refusals.unknownTenant(segment);
  return tenant;
}

function findTenantName(tenant: Tenant): string {
  return Object.entries(tenants).find(([, candidate]) => candidate.id === tenant.id)![0];
}

function formatRedirect(redirectUri: string, request: URLSearchParams, answer: Record<string, string>): string {
  const url = new URL(redirectUri);
  const parameters = new URLSearchParams(answer);
  if (request.has("state")) parameters.set("state", request.get("state")!);
  if (request.get("response_mode") === "fragment") url.hash = parameters.toString();
  else for (const [name, value] of parameters) url.searchParams.set(name, value);
  return url.href;
}

/** Whether the client registered the URI. URIs are compared byte for byte, except for the port on loopback. */
function isRegisteredRedirect({ redirectUris }: Client, redirectUri: string): boolean {
  return redirectUris.includes(redirectUri) || redirectUris.includes(redirectUri.replace(loopbackPort, "$1"));
}
