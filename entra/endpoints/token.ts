import type { Context, Hono } from "hono";
import type { AssertionContext } from "../clients/client-assertion.ts";
import { authenticateClient } from "../clients/client-authentication.ts";
import type { Counter } from "../common/counter.ts";
import { formatError, refuse } from "../common/error.ts";
import type { Outages } from "../common/outage.ts";
import { requireSegment } from "../grants/accounts.ts";
import { grantAgentUser } from "../grants/agent-user.ts";
import { grantAuthorizationCode } from "../grants/authorization-code.ts";
import { grantClientCredentials } from "../grants/client-credentials.ts";
import { grantDeviceCode } from "../grants/device-code.ts";
import type { GrantHandler, GrantParts } from "../grants/grant.ts";
import { grantOnBehalfOf } from "../grants/on-behalf-of.ts";
import { grantRefreshToken } from "../grants/refresh-token.ts";
import { readForm } from "./form.ts";
import { renderErrorPage } from "./pages.ts";
import { promptHeaders } from "./respond.ts";

interface TokenContext extends AssertionContext, GrantParts {
  readonly counter: Counter;
  readonly outages: Outages;
}

const grants = new Map<string, GrantHandler>([
  ["authorization_code", grantAuthorizationCode],
  ["client_credentials", grantClientCredentials],
  ["refresh_token", grantRefreshToken],
  ["urn:ietf:params:oauth:grant-type:device_code", grantDeviceCode],
  // Its name at v1.0 endpoints.
  ["device_code", grantDeviceCode],
  ["urn:ietf:params:oauth:grant-type:jwt-bearer", grantOnBehalfOf],
  ["user_fic", grantAgentUser],
]);

/** Parameters of tokens that are bound to a key. Entra issues them only for some of its own APIs. */
const boundTokenNames = ["req_cnf", "key_id"];

/** The token endpoints. They have one handler for each grant type, and answer refusals with Entra's JSON. */
export function addTokenEndpoint(app: Hono, parts: TokenContext): void {
  for (const [path, version] of [
    ["/:tenant/oauth2/v2.0/token", 2],
    ["/:tenant/oauth2/token", 1],
  ] as const) {
    app.post(path, (c) => serve(c, version, parts));
    app.get(path, (c) => {
      const { details } = refuse("wrongMethod", { method: c.req.method });
      return c.html(renderErrorPage(formatError(details)), 400, promptHeaders);
    });
  }
}

async function serve(c: Context, version: 1 | 2, { counter, outages, ...parts }: TokenContext): Promise<Response> {
  const segment = c.req.param("tenant")!;
  counter.add("token", parts.directory.findTenant(segment)?.id ?? segment);
  requireSegment(parts.directory, segment);

  const form = await readForm(c.req.raw);
  const grantType = form.get("grant_type") ?? "";
  if (grantType === "") throw refuse("missingParameter", { name: "grant_type" });
  const grant = grants.get(grantType);
  if (!grant) throw refuse("wrongGrantType", { grantType });
  if (boundTokenNames.some((name) => form.has(name)) || /pop$/.test(form.get("token_type") ?? "")) {
    throw refuse("boundTokenUnsupported");
  }
  const { origin: authority, pathname } = new URL(c.req.url);
  const caller = await authenticateClient(form, c.req.header("Authorization"), authority + pathname, segment, parts);
  const origin = c.req.header("Origin");
  if (origin !== undefined && caller.method !== "0") throw refuse("crossOriginForbidden");
  const response = await outages.apply("token", c.req.raw, {
    ...(await grant({ form, authority, segment, version, origin, ...caller, ...parts })),
  });
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Pragma", "no-cache");
  return response;
}
