import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { faultRequests } from "../../entra/faults.ts";
import { createLocalEntra } from "../../entra/server/entra.ts";
import { clients, createTestEntra, personas, tenants } from "../../entra/testing.ts";
import { reuseKeyPairs } from "../support/key-pairs.ts";
import { authority, contoso, createFlowWorld, createParameters, type FlowWorld } from "./support/world.ts";

const origin = { Origin: "http://localhost:5173" };
const app = { grant_type: "client_credentials", scope: "api://a9100000-0000-4000-8000-000000000010/.default" };
const daemon = { ...app, client_id: clients.daemon.clientId, client_secret: clients.daemon.secret };

/** What the HTTP API answers. */
async function cause(world: FlowWorld, name: string, body: object = {}): Promise<unknown> {
  const response = await world.entra.fetch(
    new Request(`${authority}/local/faults/${name}`, { method: "POST", body: JSON.stringify(body) }),
  );
  const text = await response.text();
  return response.ok ? JSON.parse(text) : text;
}

let world: FlowWorld;
beforeEach(async () => {
  world = await createFlowWorld();
  const nowSeconds = () => world.nowSeconds;
  Object.assign(world, { entra: createLocalEntra({ nowSeconds, makeKeyPair: reuseKeyPairs() }) });
});

const readToken = async () => decodeJwt(String((await world.post(daemon)).body.access_token));

describe("a fault over HTTP", () => {
  it("has the name that the test kit and the page have", async () => {
    const kit = createTestEntra();
    const page = await (await world.browse(`${authority}/`)).text();
    for (const name of Object.keys(faultRequests)) {
      expect(kit).toHaveProperty(name, expect.any(Function));
      expect(page).toContain(`${authority}/local/faults/${name}`);
    }
    expect(await cause(world, "startOutrage")).toContain("the fault must be one of rollOver, switchKey, removeKey");
    for (const name of Object.keys(faultRequests)) {
      expect(await cause(world, name, { unheardOf: 1 })).toContain('unknown member "unheardOf"');
    }
    expect(await cause(world, "switchKey", { kid: "KID" })).toBe('unknown member "kid". Send none\n');
  });

  it("rolls keys over", async () => {
    const { kid } = (await cause(world, "rollOver", { kind: "emergency" })) as { kid: string };
    const [header = ""] = String((await world.post(daemon)).body.access_token).split(".");
    expect(JSON.parse(atob(header)).kid).toBe(kid);
    expect(await cause(world, "removeKey", { kid })).toEqual({ removed: true });
    expect(await cause(world, "removeKey")).toContain("kid must be the kid of a key");
    expect(await cause(world, "switchKey")).toEqual({ kid: expect.any(String) });
    expect(await cause(world, "rollOver", { kind: "slow" })).toContain('kind must be "planned" or "emergency"');
  });

  it("starts and ends an outage", async () => {
    const ask = async () => (await world.browse(`${contoso}/discovery/v2.0/keys`)).status;
    await cause(world, "startOutage", { kind: "throttled" });
    expect(await ask()).toBe(429);
    await cause(world, "endOutage");
    expect(await ask()).toBe(200);
    expect(await cause(world, "startOutage", { kind: "ok" })).toContain("kind must be one of down, error, not-found");
    expect(await cause(world, "startOutage", { kind: "down", delay: 1 })).toContain('unknown member "delay"');
  });

  it("sends the issuer in authorization responses, and says so in the metadata", async () => {
    const discover = async (path: string) =>
      (await world.browse(`${authority}/${path}/.well-known/openid-configuration`)).json();
    const announced = "authorization_response_iss_parameter_supported";
    const ask = async (changes: Record<string, string>) => {
      const callback = await world.signIn("member", changes);
      return (callback.hash === "" ? callback.searchParams : new URLSearchParams(callback.hash.slice(1))).get("iss");
    };
    expect(await discover(`${tenants.contoso.id}/v2.0`)).not.toHaveProperty(announced);
    expect(await ask({})).toBeNull();
    await cause(world, "startOutage", { kind: "response-issuer" });
    const issuer = `${contoso}/v2.0`;
    expect(await discover(`${tenants.contoso.id}/v2.0`)).toMatchObject({ issuer, [announced]: true });
    expect(await ask({})).toBe(issuer);
    expect(await ask({ response_mode: "fragment" })).toBe(issuer);
    expect(await ask({ response_type: "nothing" })).toBe(issuer);
    const keys = await (await world.browse(`${contoso}/discovery/v2.0/keys`)).json();
    expect(keys).not.toHaveProperty(announced);
    const parameters = await createParameters();
    const common = await world.browse(`${authority}/common/oauth2/v2.0/authorize`, {
      ...parameters,
      persona: "member",
    });
    const { issuer: template } = (await discover("common/v2.0")) as { issuer: string };
    expect(new URL(common.headers.get("Location")!).searchParams.get("iss")).toBe(template);
    await cause(world, "endOutage");
    expect(await ask({})).toBeNull();
  });

  it("sets the clock ahead", async () => {
    await cause(world, "setClockOffset", { seconds: 600 });
    expect((await readToken()).iat).toBe(world.nowSeconds + 600);
    expect(await cause(world, "setClockOffset", { seconds: "600" })).toContain("seconds must be a whole number");
  });

  it("shortens access tokens", async () => {
    await cause(world, "setTokenLifetime", { seconds: 60 });
    const { exp, iat } = await readToken();
    expect(exp! - iat!).toBe(60);
    expect(await cause(world, "setTokenLifetime", { seconds: 1 })).toContain("seconds must be 2 or more");
  });

  it("sets Conditional Access", async () => {
    await cause(world, "setConditionalAccess", { policies: [{ user: "member", control: "block" }] });
    expect((await world.signIn("member")).href).toBe("about:400");
    await cause(world, "setConditionalAccess", { policies: [] });
    expect((await world.signIn("member")).searchParams.has("code")).toBe(true);
    const misspelled = { policies: [{ persona: "member", control: "block" }] };
    expect(await cause(world, "setConditionalAccess", misspelled)).toContain('unknown member "persona"');
    const set = (policy: object) => cause(world, "setConditionalAccess", { policies: [{ ...policy, control: "mfa" }] });
    expect(await set({ user: "nobody" })).toContain('no user "nobody" in the directory: use a short name');
    expect(await set({ user: personas.member.oid })).toContain("use a short name");
    expect(await set({ app: "nothing" })).toContain('no client "nothing"');
    expect(await set({ app: clients.spa.clientId })).toContain("use a short name");
    expect(await set({ app: "spa", api: "graph" })).toEqual({});
    expect(await set({ api: "nothing" })).toContain('no API "nothing"');
  });

  it("revokes", async () => {
    const { body } = await world.getTokens("member");
    const refresh = { grant_type: "refresh_token", client_id: clients.spa.clientId, scope: app.scope };
    await cause(world, "revoke", { persona: "member", client: "spa" });
    const refused = await world.post({ ...refresh, refresh_token: String(body.refresh_token) }, origin);
    expect(refused.body.error_codes).toEqual([50173]);
    expect(await cause(world, "revoke", { client: "nothing" })).toContain('no client "nothing"');
    expect(await cause(world, "revoke", { persona: "nobody" })).toContain('no user "nobody"');
  });
});

it("the test kit has the same faults", async () => {
  const kit = createTestEntra({ nowSeconds: () => 1_700_000_000 });
  kit.setClockOffset(-10);
  expect(decodeJwt(await kit.token()).iat).toBe(1_699_999_990);
  kit.setTokenLifetime(30);
  const body = new URLSearchParams(daemon);
  const url = `${kit.variables.ENTRA_AUTHORITY}/${tenants.contoso.id}/oauth2/v2.0/token`;
  const response = await kit.fetch(new Request(url, { method: "POST", body }));
  expect(await response.json()).toMatchObject({ expires_in: 29 });
  expect(() => kit.setConditionalAccess([{ control: "sometimes" }])).toThrow(RangeError);
  kit.revoke({ client: "spa" });
});
