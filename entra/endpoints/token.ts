import type { Hono } from "hono";
import type { AssertionContext } from "../clients/client-assertion.ts";
import { authenticateClient } from "../clients/client-authentication.ts";
import type { Counter } from "../common/counter.ts";
import { refusals } from "../common/error.ts";
import type { WeatherStation } from "../common/weather.ts";
import { findTenant } from "../directory/lookup.ts";
import type { Apis } from "../directory/scope.ts";
import { grantAuthorizationCode } from "../grants/authorization-code.ts";
import { grantClientCredentials } from "../grants/client-credentials.ts";
import type { GrantHandler } from "../grants/grant.ts";
import { grantOnBehalfOf } from "../grants/on-behalf-of.ts";
import { grantRefreshToken } from "../grants/refresh-token.ts";
import type { KeyRing } from "../keys/key-ring.ts";
import type { CodeStore } from "../tokens/authorization-code.ts";
import type { Issuer } from "../tokens/issuer.ts";
import type { RefreshTokenStore } from "../tokens/refresh-token.ts";

interface TokenContext extends AssertionContext {
  readonly refreshTokens: RefreshTokenStore;
  readonly apis: Apis;
  readonly lifetimeSeconds: () => number;
  readonly issuer: Issuer;
  readonly ring: KeyRing;
  readonly codes: CodeStore;
  readonly counter: Counter;
  readonly weather: WeatherStation;
}

const grants = new Map<string, GrantHandler>([
  ["authorization_code", grantAuthorizationCode],
  ["client_credentials", grantClientCredentials],
  ["refresh_token", grantRefreshToken],
  ["urn:ietf:params:oauth:grant-type:jwt-bearer", grantOnBehalfOf],
]);

/** The token endpoint. It has one handler for each grant type, and answers refusals with Entra's JSON. */
export function addTokenEndpoint(app: Hono, { counter, weather, ...parts }: TokenContext): void {
  app.post("/:tenant/oauth2/v2.0/token", async (c) => {
    const segment = c.req.param("tenant");
    const tenant = findTenant(segment);
    counter.add("token", tenant?.id ?? segment);
    if (segment === "common" || segment === "organizations") throw refusals.tenantNeeded();
    if (!tenant) throw refusals.unknownTenant(segment);

    const form = new URLSearchParams(await c.req.text());
    const grant = grants.get(form.get("grant_type") ?? "");
    if (!grant) throw refusals.wrongGrantType();
    const { origin: authority, pathname } = new URL(c.req.url);
    const client = await authenticateClient(form, c.req.header("Authorization"), authority + pathname, parts);
    const response = await weather.apply("token", c.req.raw, {
      ...(await grant({ form, authority, tenant, client, origin: c.req.header("Origin"), ...parts })),
    });
    response.headers.set("Cache-Control", "no-store");
    response.headers.set("Pragma", "no-cache");
    return response;
  });
}
