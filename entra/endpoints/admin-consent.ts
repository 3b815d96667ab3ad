import type { Context, Hono } from "hono";
import { requireClient } from "../clients/client-authentication.ts";
import { findPlatform } from "../clients/redirect-uri.ts";
import { EntraRefusal, formatError, refuse } from "../common/error.ts";
import type { Directory, DirectoryTenant } from "../directory/model.ts";
import { isMultitenant } from "../grants/accounts.ts";
import type { Consents } from "../tokens/consent.ts";
import type { Destination } from "./authorize-request.ts";
import { readForm, readQuery } from "./form.ts";
import { renderAdminConsentPage, renderErrorPage } from "./pages.ts";
import { isOfOwnPage, promptHeaders, respond } from "./respond.ts";

/**
 * Serves the page on which an administrator consents for a whole tenant. For `common` and `organizations`, that is the
 * first tenant of the directory.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
 */
export function addAdminConsentEndpoint(app: Hono, directory: Directory, consents: Consents): void {
  for (const path of ["/:tenant/v2.0/adminconsent", "/:tenant/adminconsent"]) {
    app.get(path, (c) => serve(c, async () => readQuery(c.req.raw), directory, consents));
    app.post(path, (c) => serve(c, () => readForm(c.req.raw), directory, consents));
  }
}

async function serve(
  c: Context,
  read: () => Promise<URLSearchParams>,
  directory: Directory,
  consents: Consents,
): Promise<Response> {
  try {
    const parameters = await read();
    const tenant = requireTenant(directory, c.req.param("tenant")!);
    const client = requireClient(directory, parameters.get("client_id"), tenant.id);
    const redirectUri = parameters.get("redirect_uri") ?? "";
    if (findPlatform(client, redirectUri) === undefined) {
      throw refuse("wrongRedirectUri", { redirectUri, clientId: client.clientId });
    }
    const destination: Destination = { redirectUri, mode: "query", state: parameters.get("state") ?? undefined };
    const decision = c.req.method === "POST" && isOfOwnPage(c) ? parameters.get("decision") : null;
    parameters.delete("decision");
    if (decision === "cancel") {
      const error_description = formatError(refuse("consentDeclined").details);
      return respond(c, destination, {
        error: "consent_required",
        error_description,
        admin_consent: "True",
        tenant: tenant.id,
      });
    }
    if (decision !== "accept") {
      return c.html(renderAdminConsentPage(client.name, tenant.name, parameters), 200, promptHeaders);
    }
    consents.grantForTenant(tenant.id, client.clientId);
    const scope = parameters.get("scope");
    const granted = { admin_consent: "True", tenant: tenant.id, ...(scope !== null && { scope }) };
    return respond(c, destination, granted);
  } catch (error) {
    if (!(error instanceof EntraRefusal)) throw error;
    return c.html(renderErrorPage(formatError(error.details)), 400, promptHeaders);
  }
}

function requireTenant(directory: Directory, segment: string): DirectoryTenant {
  const tenant = isMultitenant(segment) ? directory.tenants[0] : directory.findTenant(segment);
  if (!tenant) throw refuse("unknownTenant", { tenant: segment });
  return tenant;
}
