import { createRemoteJWKSet, customFetch, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { createEntra } from "../../../entra/entra.ts";
import type { AccessTokenOptions } from "../../../entra/tokens/issuer.ts";

const authority = "https://login.microsoftonline.com";
const nowSeconds = 1_800_000_000;
const entra = createEntra({ nowSeconds: () => nowSeconds });
const opaque = expect.stringMatching(/^[\w.-]+$/);

/** Verifies with the served key set, as an API does. */
async function verify(token: string) {
  const keySet = createRemoteJWKSet(new URL(`${authority}/${tenants.contoso.id}/discovery/v2.0/keys`), {
    [customFetch]: (url, init) => entra.fetch(new Request(url, init as RequestInit)),
  });
  return jwtVerify(token, keySet, { algorithms: ["RS256"], currentDate: new Date(nowSeconds * 1000) });
}

const common = {
  iat: nowSeconds,
  nbf: nowSeconds,
  exp: nowSeconds + 3900,
  aio: opaque,
  rh: opaque,
  uti: opaque,
  tid: tenants.contoso.id,
};
const commonV2 = { ...common, aud: api.clientId, iss: `${authority}/${tenants.contoso.id}/v2.0`, ver: "2.0" };
const commonV1 = { ...common, aud: api.appIdUri, iss: `https://sts.windows.net/${tenants.contoso.id}/`, ver: "1.0" };

describe("access token", () => {
  it("of a user, version 2.0", async () => {
    const { payload, protectedHeader } = await verify(await entra.issueAccessToken());
    expect(protectedHeader).toEqual({ typ: "JWT", alg: "RS256", kid: opaque });
    expect(payload).toEqual({
      ...commonV2,
      azp: clients.spa.clientId,
      azpacr: "0",
      name: personas.member.name,
      oid: personas.member.oid,
      preferred_username: personas.member.username,
      scp: "access_as_user",
      sub: opaque,
    });
  });

  it("of a user, version 1.0", async () => {
    const { payload, protectedHeader } = await verify(await entra.issueAccessToken({ version: 1 }));
    expect(protectedHeader).toEqual({ typ: "JWT", alg: "RS256", kid: opaque, x5t: protectedHeader.kid });
    expect(payload).toEqual({
      ...commonV1,
      acr: "1",
      amr: ["pwd"],
      appid: clients.spa.clientId,
      appidacr: "0",
      family_name: "Member",
      given_name: "Local",
      ipaddr: "192.0.2.1",
      name: personas.member.name,
      oid: personas.member.oid,
      scp: "access_as_user",
      sub: opaque,
      unique_name: personas.member.username,
      upn: personas.member.username,
    });
  });

  it("of an app, version 2.0", async () => {
    const { payload } = await verify(await entra.issueAccessToken({ client: "daemon" }));
    expect(payload).toEqual({
      ...commonV2,
      azp: clients.daemon.clientId,
      azpacr: "1",
      idtyp: "app",
      oid: clients.daemon.servicePrincipalId,
      roles: ["Orders.Read.All"],
      sub: clients.daemon.servicePrincipalId,
    });
  });

  it("of an app, version 1.0", async () => {
    const { payload } = await verify(await entra.issueAccessToken({ client: "daemon", version: 1 }));
    expect(payload).toEqual({
      ...commonV1,
      appid: clients.daemon.clientId,
      appidacr: "1",
      idp: `https://sts.windows.net/${tenants.contoso.id}/`,
      idtyp: "app",
      oid: clients.daemon.servicePrincipalId,
      roles: ["Orders.Read.All"],
      sub: clients.daemon.servicePrincipalId,
    });
  });

  const agentBlueprint = clients.agent.blueprint;
  const variants: readonly [string, AccessTokenOptions, Record<string, unknown>][] = [
    ["an app without permissions", { client: "daemon-without-roles" }, { roles: undefined }],
    ["several scopes", { scopes: ["access_as_user", "orders.read"] }, { scp: "access_as_user orders.read" }],
    ["an app role", { persona: "admin" }, { roles: ["Orders.Admin"], groups: personas.admin.groups }],
    ["a guest", { persona: "guest" }, { idp: `https://sts.windows.net/${tenants.fabrikam.id}/` }],
    ["too many groups", { persona: "many-groups" }, { groups: undefined, _claim_names: { groups: "src1" } }],
    [
      "an agent that acts as itself",
      { client: "agent" },
      { idtyp: "app", scp: undefined, xms_act_fct: "3 9 11", xms_sub_fct: "9 3 11", xms_par_app_azp: agentBlueprint },
    ],
    [
      "an agent that acts for a human",
      { client: "agent", persona: "member" },
      { idtyp: "user", oid: personas.member.oid, xms_act_fct: "3 9 11", xms_sub_fct: undefined },
    ],
    [
      "an agent with a user account of its own",
      { client: "agent", persona: "agent-user", version: 1 },
      { idtyp: "user", appid: clients.agent.clientId, xms_act_fct: "3 9 11", xms_sub_fct: "13 3" },
    ],
    ["a client that answers challenges", { client: "cae-spa" }, { xms_cc: ["cp1"] }],
    ["an authentication context", { acrs: ["c1"] }, { acrs: ["c1"] }],
    ["another tenant", { persona: "outsider" }, { tid: tenants.fabrikam.id }],
    ["a claim changed", { claims: { aud: [api.clientId] } }, { aud: [api.clientId] }],
    ["a claim removed", { claims: { exp: undefined } }, { exp: undefined }],
    ["claims removed by name", { without: ["exp", "tid"] }, { exp: undefined, tid: undefined }],
  ];
  it.each(variants)("with %s", async (_, options, expected) => {
    const claims = decodeJwt(await entra.issueAccessToken(options));
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, claims[name]]))).toEqual(expected);
  });

  it("of a personal account is signed with the key of personal accounts", async () => {
    const token = await entra.issueAccessToken({ persona: "consumer" });
    const keys = await entra.keys();
    expect(keys.find(({ kid }) => kid === decodeProtectedHeader(token).kid)?.kind).toBe("msa");
  });

  it.each([{ persona: "nobody" }, { client: "nothing" }, { tenant: "nowhere" }, { key: "none" }])(
    "is refused for an unknown name: %o",
    async (options) => {
      await expect(entra.issueAccessToken(options)).rejects.toThrow(RangeError);
    },
  );
});

describe("ID token", () => {
  it("has the issuer and audience of an access token, but neither scp nor azp", async () => {
    const { payload } = await verify(await entra.issueIdToken({ persona: "admin", nonce: "n" }));
    expect(payload).toEqual({
      aio: opaque,
      aud: api.clientId,
      iss: `${authority}/${tenants.contoso.id}/v2.0`,
      iat: nowSeconds,
      nbf: nowSeconds,
      exp: nowSeconds + 3900,
      name: personas.admin.name,
      nonce: "n",
      oid: personas.admin.oid,
      preferred_username: personas.admin.username,
      rh: opaque,
      roles: ["Orders.Admin"],
      sub: opaque,
      tid: tenants.contoso.id,
      uti: opaque,
      ver: "2.0",
    });
  });
});

describe("sign", () => {
  it("signs strings unchanged", async () => {
    const token = await entra.sign({ header: '{"alg":"RS256" }', payload: '{"a":1,"a":2}', key: "current" });
    const [header, payload] = token.split(".").map((part) => Buffer.from(part, "base64url").toString());
    expect([header, payload]).toEqual(['{"alg":"RS256" }', '{"a":1,"a":2}']);
  });

  it("creates a valid signature", async () => {
    const [{ kid } = { kid: "" }] = await entra.keys();
    const token = await entra.sign({ header: { alg: "RS256", kid }, payload: { sub: "s" }, key: kid });
    expect((await verify(token)).payload).toEqual({ sub: "s" });
  });
});
