// Runtimes: workerd, deno
import { importJWK, type JWK, SignJWT } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { api, tenants } from "../../../../entra/directory/directory.ts";
import { ask, secretText, withVars } from "../../../support/downstream.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import { addressesElsewhere } from "../../../support/gates.ts";
import { describeClient, type IssuerKey, makeIssuerKey } from "../../../support/issuer-keys.ts";

const key = await makeIssuerKey("RS256");
const nextKey = await makeIssuerKey("RS256");
const foreignKey = await makeIssuerKey("RS256");
const entry = "test/gates/downstream-issuer.ts";
const addressOf = (name: string) => `https://${name}.contoso.example`;
const issuerOf = (name: string) => `${addressOf(name)}/.well-known/entra-gate/client`;

/** A gate whose only credential is its own issuer. */
const withIssuer = (name: string, vars: Readonly<Record<string, unknown>> = {}) =>
  withVars(
    {
      ENTRA_CLIENT_SECRET: undefined,
      ENTRA_CLIENT_KEY: key.pem,
      ENTRA_CLIENT_FEDERATION: "gate",
      GATE_ISSUER: addressOf(name),
      // Elsewhere, a gate must know its addresses.
      ...(gateRuntime !== "workerd" && { GATE_URL: `${addressOf(name)} ${addressesElsewhere}` }),
      ...vars,
    },
    { entry },
  );

const fleet: Fleet<string> = await startFleetOf({
  good: withIssuer("good"),
  "own subject": withIssuer("own-subject", { ENTRA_CLIENT_SUBJECT: "gate-of-orders" }),
  "key as a JWK, next key published": withIssuer("rotating", {
    ENTRA_CLIENT_KEY: key.jwk,
    ENTRA_CLIENT_KEY_OTHER: nextKey.publicJwk,
  }),
  "unknown issuer": withIssuer("unknown"),
  "unknown subject": withIssuer("subject", { ENTRA_CLIENT_SUBJECT: "another" }),
  "registered late": withIssuer("late"),
  "unknown issuer, then a secret": withIssuer("with-secret", { ENTRA_CLIENT_SECRET: clients.api.secret }),
});
afterAll(() => fleet.stop());

const trust = (name: string, subject: string = api.clientId) =>
  fleet.tellEntra("/local/issuer", { client: "api", issuer: issuerOf(name), subject });
for (const name of ["good", "rotating", "subject"]) await trust(name);
await trust("own-subject", "gate-of-orders");
await fleet.tellEntra("/local/issuer", {
  client: "api",
  issuer: "https://nowhere.contoso.example/.well-known/entra-gate/client",
  subject: api.clientId,
});
const { token } = await fleet.forge("good");

describe("a gate without a secret, with federation alone,", () => {
  it.each(["good", "own subject", "key as a JWK, next key published"])(
    "gets tokens on behalf of users and as itself: %s",
    async (gate) => {
      const asUser = await ask(fleet, gate, "/me/graph", token);
      expect([asUser.status, JSON.parse(asUser.body).displayName]).toEqual([200, "Local Member"]);
      const asApp = await ask(fleet, gate, "/app", token);
      expect([asApp.status, Object.keys(JSON.parse(asApp.body))]).toEqual([200, ["expiresAtSeconds"]]);
      expect((await ask(fleet, gate, "/inventory", token)).status).toBe(200);
    },
  );

  it("falls back on a secret, and the log names the credential and Entra's code", async () => {
    const mark = fleet.lines.length;
    expect((await ask(fleet, "unknown issuer, then a secret", "/me/graph", token)).status).toBe(200);
    expect(fleet.lines.slice(mark).filter(({ event }) => event === "credential_failed")).toMatchObject([
      { credential: "ENTRA_CLIENT_KEY", problem: "was refused by Entra", entra: { codes: [700211] } },
    ]);
  });

  it.each([
    ["unknown issuer", 700211],
    ["unknown subject", 700213],
  ])("is misconfigured with: %s, and the log has Entra's code", async (gate, code) => {
    const answer = await ask(fleet, gate, "/me/graph", token);
    expect(answer.status).toBe(500);
    const line = await fleet.lineOf(JSON.parse(answer.body).instance);
    expect(line).toMatchObject({
      reason: "downstream_misconfigured",
      credential: "ENTRA_CLIENT_KEY",
      entra: { codes: [code] },
    });
    expect(JSON.stringify(fleet.lines)).not.toMatch(secretText);
  });

  it("asks Entra once more if the credential has just been registered", async () => {
    const early = ask(fleet, "registered late", "/me/graph", token);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await trust("late");
    expect((await early).status).toBe(200);
  });
});

describe("the local Entra", () => {
  const claims = () => describeClient(issuerOf("good"));
  const send = async (changes: object = {}, header: object = {}, by: IssuerKey = key) => {
    const assertion = await new SignJWT({ ...claims(), ...changes })
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid: key.kid, ...header })
      .sign(await importJWK(by.members as JWK, "RS256"));
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: api.clientId,
      scope: "https://graph.microsoft.com/.default",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: assertion,
    });
    const url = `https://login.microsoftonline.com/${tenants.contoso.id}/oauth2/v2.0/token`;
    const answers = [await fleet.askAuthority(url, `${form}`), await fleet.askAuthority(url, `${form}`)];
    return answers.map(({ status, body }) => (status === 200 ? 200 : JSON.parse(body).error_codes[0]));
  };
  const nowSeconds = Math.floor(Date.now() / 1_000);

  it("accepts an assertion of the gate, and again within its life, as Entra does", async () => {
    expect(await send()).toEqual([200, 200]);
  });

  it.each<[string, number, object, object?, IssuerKey?]>([
    ["another issuer", 700211, { iss: issuerOf("evil") }],
    ["the origin's issuer", 700211, { iss: issuerOf("good").replace(/client$/, "origin") }],
    ["another spelling of the issuer", 700211, { iss: `${issuerOf("good")}/` }],
    ["another subject", 700213, { sub: api.clientId.toUpperCase() }],
    ["another audience", 700212, { aud: "https://origin.contoso.example" }],
    ["a list of audiences", 700212, { aud: ["api://AzureADTokenExchange", "x"] }],
    ["the type of assertions for an origin", 5002727, {}, { typ: "entra-gate+jwt" }],
    ["an expired assertion", 700024, { exp: nowSeconds - 400 }],
    ["a future assertion", 700024, { nbf: nowSeconds + 400 }],
    ["no expiry", 700024, { exp: undefined }],
    ["no time of issue", 70023, { iat: undefined }],
    ["a foreign key", 700027, {}, {}, foreignKey],
    ["a kid that is not published", 700027, {}, { kid: nextKey.kid }, nextKey],
    [
      "an issuer that is not reachable",
      501661,
      { iss: "https://nowhere.contoso.example/.well-known/entra-gate/client" },
    ],
  ])("refuses %s with Entra's code %i", async (_, code, changes, header, by) => {
    expect(await send(changes, header, by)).toEqual([code, code]);
  });
});
