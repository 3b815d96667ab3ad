// Which kind of token a grant issues: an app's own, or a user's. It depends on the grant alone, not on the kind of
// client.
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { personas } from "../../entra/testing.ts";
import { authority, createFlowWorld, createRedemption, type FlowWorld } from "./support/world.ts";

const secret = "secret of every confidential client";
const secrets = [secret];
const webUri = "https://web.example/callback";
const nativeUri = "http://localhost:33333";
const spaUri = "https://spa.example/";
const exchangeScope = "api://AzureADTokenExchange/.default";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const permissions = { orders: ["Orders.Read.All"] };

const directory = createDirectory({
  apps: {
    orders: { scopes: ["read"], appRoles: ["Orders.Read.All"] },
    legacy: { scopes: ["read"], appRoles: [], tokenVersion: 1 },
    page: { redirectUris: { spa: [spaUri] }, permissions },
    desktop: { redirectUris: { native: ["http://localhost"] }, permissions },
    daemon: { secrets, permissions },
    website: { secrets, redirectUris: { web: [webUri] }, permissions },
    mixed: { secrets, redirectUris: { web: [webUri], native: ["http://localhost"] }, permissions },
    middle: { secrets, redirectUris: { web: [webUri] }, scopes: ["act"], permissions },
    blueprint: { secrets, redirectUris: { web: [webUri] } },
  },
  agents: { agent: { blueprint: "blueprint", user: "clerk", permissions } },
  users: { clerk: {} },
});
const appOf = (name: string) => directory.findApp(name)!;
const apis = {
  orders: `api://${appOf("orders").clientId}/.default`,
  legacy: `api://${appOf("legacy").clientId}/.default`,
  graph: "https://graph.microsoft.com/.default",
};

let world: FlowWorld;
beforeAll(async () => {
  world = await createFlowWorld({ directory });
});

type Form = Record<string, string>;

/** What a confidential client sends in addition to its ID. An agent has a token of its blueprint. */
async function authenticate(name: string): Promise<Form> {
  const { clientId, secrets, blueprint } = appOf(name);
  if (blueprint === undefined) return { client_id: clientId, ...(secrets.length > 0 && { client_secret: secret }) };
  const form = { client_id: blueprint, client_secret: secret, scope: exchangeScope, fmi_path: clientId };
  const { body } = await world.post({ grant_type: "client_credentials", ...form });
  return { client_id: clientId, client_assertion_type: assertionType, client_assertion: String(body.access_token) };
}

/** Where the codes of a client go. A code of a page is redeemed by a page. */
const redirects: Readonly<Record<string, string>> = { page: spaUri, desktop: nativeUri };
const headersOf = (name: string) => (name === "page" ? { Origin: new URL(spaUri).origin } : {});

async function redeem(name: string, scope: string): Promise<Record<string, unknown>> {
  const { client_id = "", ...credential } = await authenticate(name);
  const place = { client_id, redirect_uri: redirects[name] ?? webUri };
  const callback = await world.signIn("member", { ...place, scope: `openid offline_access ${scope}` });
  return (await world.post({ ...createRedemption(callback, place), ...credential }, headersOf(name))).body;
}

const grants: Readonly<Record<string, (name: string, scope: string) => Promise<Record<string, unknown>>>> = {
  async client_credentials(name, scope) {
    const form = { grant_type: "client_credentials", ...(await authenticate(name)), scope };
    return (await world.post(form)).body;
  },
  authorization_code: redeem,
  async refresh_token(name, scope) {
    const { refresh_token } = await redeem(name, scope);
    const form = { grant_type: "refresh_token", ...(await authenticate(name)), refresh_token: String(refresh_token) };
    return (await world.post({ ...form, scope }, headersOf(name))).body;
  },
  async device_code(name, scope) {
    const client = await authenticate(name);
    const { body } = await world.post({ ...client, scope }, {}, "/oauth2/v2.0/devicecode");
    await world.browse(`${authority}/devicelogin`, { user_code: String(body.user_code), persona: "member" });
    return (await world.post({ grant_type: "device_code", ...client, device_code: String(body.device_code) })).body;
  },
  async on_behalf_of(name, scope) {
    const { clientId, blueprint } = appOf(name);
    const assertion = await world.entra.issueAccessToken({ authority, claims: { aud: blueprint ?? clientId } });
    const grant_type = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const form = { grant_type, ...(await authenticate(name)), assertion, scope, requested_token_use: "on_behalf_of" };
    return (await world.post(form)).body;
  },
  async user_fic(name, scope) {
    const client = await authenticate(name);
    const own = await world.post({ grant_type: "client_credentials", ...client, scope: exchangeScope });
    const credential = { user_federated_identity_credential: String(own.body.access_token) };
    const form = { grant_type: "user_fic", ...client, ...credential, username: "clerk@contoso.example", scope };
    return (await world.post(form)).body;
  },
};

/** Whose token it is, by every claim that an API could read it from; the code of the error if there is none. */
function describeKind(name: string, { access_token, error_codes }: Record<string, unknown>): unknown {
  if (access_token === undefined) return (error_codes as number[])[0];
  const claims = decodeJwt(String(access_token));
  const user = { name: typeof claims.name, scp: typeof claims.scp, isOfService: false };
  const app = { name: "undefined", scp: "undefined", isOfService: true };
  const seen = {
    name: typeof claims.name,
    scp: typeof claims.scp,
    isOfService: claims.oid === appOf(name).servicePrincipalId,
  };
  const isOfUser = [personas.member.oid, directory.findUser("clerk")!.oid].includes(String(claims.oid));
  if (claims.idtyp === "app" && JSON.stringify(seen) === JSON.stringify(app)) return "app";
  return isOfUser && claims.idtyp !== "app" && JSON.stringify(seen) === JSON.stringify(user) ? "user" : claims;
}

const [secretNeeded, wrongGrantType, wrongRedirectUri] = [7000218, 70003, 900144];

describe.each(Object.entries(apis))("for %s", (api, scope) => {
  it.each<[string, Readonly<Record<string, "app" | "user" | number>>]>([
    [
      "client_credentials",
      {
        page: secretNeeded,
        desktop: secretNeeded,
        daemon: "app",
        website: "app",
        mixed: "app",
        middle: "app",
        blueprint: "app",
        agent: "app",
      },
    ],
    [
      "authorization_code",
      { page: "user", desktop: "user", daemon: wrongRedirectUri, website: "user", mixed: "user", middle: "user" },
    ],
    ["refresh_token", { page: "user", desktop: "user", website: "user", mixed: "user", middle: "user" }],
    ["device_code", { page: "user", desktop: "user", daemon: "user", website: "user", mixed: "user", middle: "user" }],
    [
      "on_behalf_of",
      {
        page: secretNeeded,
        desktop: secretNeeded,
        daemon: "user",
        website: "user",
        mixed: "user",
        middle: "user",
        blueprint: "user",
        agent: "user",
      },
    ],
    ["user_fic", { daemon: wrongGrantType, website: wrongGrantType, middle: wrongGrantType, agent: "user" }],
  ])("%s", async (grant, expected) => {
    const issued: Record<string, unknown> = {};
    for (const name of Object.keys(expected)) {
      world.forgetCookies();
      const body = await grants[grant]!(name, scope);
      issued[name] = describeKind(name, body);
      if (issued[name] !== "app" || api !== "orders") continue;
      // App roles are of the client, not of a user.
      expect(decodeJwt(String(body.access_token)).roles).toEqual(
        name === "blueprint" ? undefined : ["Orders.Read.All"],
      );
    }
    expect(issued).toEqual(expected);
  });
});

it("the token with which a client identifies itself to Entra is the client's", async () => {
  const form = { grant_type: "client_credentials", ...(await authenticate("blueprint")), scope: exchangeScope };
  const { body } = await world.post({ ...form, fmi_path: appOf("agent").clientId });
  const claims = decodeJwt(String(body.access_token));
  expect(claims).toMatchObject({ idtyp: "app", oid: appOf("blueprint").servicePrincipalId });
  expect([claims.name, claims.scp]).toEqual([undefined, undefined]);
});
