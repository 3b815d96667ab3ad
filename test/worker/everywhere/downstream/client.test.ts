// Runtimes: workerd, deno
import { CryptoProvider, type INetworkModule, PublicClientApplication } from "@azure/msal-node";
import { decodeJwt } from "jose";
import { afterAll, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { api, tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { ask, withSecret } from "../../../support/downstream.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";
import { readHeader } from "../../../support/http.ts";

const fleet: Fleet<string> = await startFleetOf({ gate: withSecret });
afterAll(() => fleet.stop());

const authority = `https://login.microsoftonline.com/${tenants.contoso.id}`;
const redirectUri = "http://localhost/callback";
const scopes = [`${api.appIdUri}/access_as_user`];

/** MSAL in Node calls the local Entra under Microsoft's host name. */
const network: INetworkModule = {
  sendGetRequestAsync: (url) => send(url),
  sendPostRequestAsync: (url, options) => send(url, options?.body),
};

async function send<T>(url: string, form?: string) {
  const { status, headers, body } = await fleet.askAuthority(url, form);
  return { status, headers: Object.fromEntries(headers), body: JSON.parse(body) as T };
}

const client = new PublicClientApplication({
  auth: { clientId: clients.mcp.clientId, authority, clientCapabilities: ["CP1"] },
  system: { networkClient: network },
});

/** Signs in a user with an authorization code, as a browser would. */
async function signIn(persona: string, claims?: string): Promise<string> {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes();
  const asked = { scopes, redirectUri, ...(claims !== undefined && { claims }) };
  const pkce = { codeChallenge: challenge, codeChallengeMethod: "S256" };
  const page = new URL(await client.getAuthCodeUrl({ ...asked, ...pkce }));
  const form = new URLSearchParams(page.searchParams);
  form.set("persona", persona);
  const answer = await fleet.askAuthority(`${page.origin}${page.pathname}`, form.toString());
  const code = new URL(readHeader(answer, "location")[0]!).searchParams.get("code")!;
  return (await client.acquireTokenByCode({ ...asked, code, codeVerifier: verifier })).accessToken;
}

it("allows MSAL's user to reach Graph after a claims challenge", async () => {
  const token = await signIn("cautious");
  expect(decodeJwt(token)).toMatchObject({ oid: personas.cautious.oid, xms_cc: ["CP1"] });

  const challenged = await ask(fleet, "gate", "/me/graph", token);
  expect(challenged.status).toBe(401);
  const [challenge = ""] = readHeader(challenged, "www-authenticate");
  expect(challenge).toContain('error="insufficient_claims"');
  const claims = Buffer.from(/claims="([^"]+)"/.exec(challenge)![1]!, "base64").toString();

  const answer = await ask(fleet, "gate", "/me/graph", await signIn("cautious", claims));
  expect([answer.status, JSON.parse(answer.body).displayName]).toEqual([200, personas.cautious.name]);
});

it("allows MSAL's user to reach Graph at once without a challenge", async () => {
  const answer = await ask(fleet, "gate", "/me/graph", await signIn("guest"));
  expect([answer.status, JSON.parse(answer.body).displayName]).toEqual([200, personas.guest.name]);
});
