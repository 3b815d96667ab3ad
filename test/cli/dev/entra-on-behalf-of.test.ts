import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api, downstreamApi } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { authority, createOAuthWorld, type OAuthWorld, tokenEndpoint } from "./support/oauth-world.ts";

let world: OAuthWorld;

beforeEach(() => {
  world = createOAuthWorld();
});

describe("on behalf of a user", () => {
  async function exchange(assertion: string, scope = `${downstreamApi.appIdUri}/inventory.read`) {
    return world.postToken({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      client_id: clients.api.clientId,
      client_secret: clients.api.secret,
      assertion,
      scope,
      requested_token_use: "on_behalf_of",
    });
  }

  it("issues a token for the same user for the downstream API", async () => {
    const { body } = await exchange(await world.entra.issueAccessToken({ authority, persona: "admin" }));
    expect(body).toMatchObject({ token_type: "Bearer", expires_in: 3899 });
    const claims = decodeJwt(body.access_token as string);
    expect(claims).toMatchObject({
      aud: downstreamApi.clientId,
      azp: api.clientId,
      azpacr: "1",
      oid: personas.admin.oid,
      scp: "inventory.read",
    });
    expect(claims.roles).toBeUndefined();
  });

  it("requires step-up authentication with a claims challenge", async () => {
    const scope = `${downstreamApi.appIdUri}/inventory.approve`;
    const { status, body } = await exchange(await world.entra.issueAccessToken({ authority }), scope);
    expect([status, body.error, body.error_codes]).toEqual([400, "interaction_required", [50076]]);
    expect(body.claims).toBe('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}');
    expect((await exchange(await world.entra.issueAccessToken({ authority, acrs: ["c1"] }), scope)).status).toBe(200);
  });

  it("refuses scopes without consent", async () => {
    const scope = `${downstreamApi.appIdUri}/inventory.audit`;
    const { body } = await exchange(await world.entra.issueAccessToken({ authority }), scope);
    expect([body.error_codes, body.suberror]).toEqual([[65001], "consent_required"]);
  });

  it.each([
    ["who has consented to nothing", "newcomer", ["invalid_grant", "consent_required", 65001]],
    ["blocked by a policy", "blocked", ["interaction_required", "message_only", 53003]],
    ["who needs multifactor authentication", "cautious", ["interaction_required", "basic_action", 50076]],
  ])("refuses a user %s", async (_, persona, said) => {
    const { body } = await exchange(await world.entra.issueAccessToken({ authority, persona }));
    expect([body.error, body.suberror, ...(body.error_codes as number[])]).toEqual(said);
  });

  it("accepts any numbered member as a different user", async () => {
    const oids = await Promise.all(
      ["contoso-1", "contoso-2", "fabrikam-1"].map(async (persona) => {
        const claims = decodeJwt(await world.entra.issueAccessToken({ authority, persona }));
        return `${claims.tid} ${claims.oid}`;
      }),
    );
    expect(new Set(oids).size).toBe(3);
    const { body } = await exchange(await world.entra.issueAccessToken({ authority, persona: "contoso-2" }));
    expect(decodeJwt(body.access_token as string)).toMatchObject({ name: "Local Member 2 of contoso" });
  });

  it("answers 429 in a throttled outage, only at its endpoint", async () => {
    world.entra.setOutage({ kind: "throttled", endpoint: "token", retryAfterSeconds: 7 });
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clients.daemon.clientId,
      client_secret: clients.daemon.secret,
      scope: `${api.appIdUri}/.default`,
    });
    const response = await world.entra.fetch(new Request(tokenEndpoint, { method: "POST", body: form }));
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, "7"]);
    expect(world.entra.outages()).toMatchObject({ discovery: { kind: "ok" }, keys: { kind: "ok" } });
  });

  it.each([
    ["an expired token", () => world.entra.issueAccessToken({ claims: { exp: world.nowSeconds - 1 } }), 500133],
    ["a token by an unpublished key", () => world.entra.issueAccessToken({ key: "next" }), 50013],
    ["another tenant's token", () => world.entra.issueAccessToken({ persona: "outsider" }), 50013],
    [
      "a token for another API",
      () => world.entra.issueAccessToken({ claims: { aud: downstreamApi.clientId } }),
      500131,
    ],
    ["an app-only token", () => world.entra.issueAccessToken({ client: "daemon" }), 7000114],
    ["an ID token", () => world.entra.issueIdToken(), 240002],
  ])("refuses %s", async (_, issue, code) => {
    expect((await exchange(await issue())).body.error_codes).toEqual([code]);
  });
});
