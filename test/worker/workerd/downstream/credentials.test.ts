import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { createTestCertificate } from "../../../support/client-certificate.ts";
import { ask, secretText, withVars } from "../../../support/downstream.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";

const nowSeconds = Math.floor(Date.now() / 1_000);
const good = await createTestCertificate();
const unknown = await createTestCertificate();
const expiredAtSeconds = nowSeconds - 60;
const expired = await createTestCertificate({
  notBeforeSeconds: nowSeconds - 7_200,
  notAfterSeconds: expiredAtSeconds,
});
const early = await createTestCertificate({
  notBeforeSeconds: nowSeconds + 3_600,
  notAfterSeconds: nowSeconds + 7_200,
});

const issuer = "https://token.actions.contoso.example";
const { publicKey, privateKey } = await generateKeyPair("RS256");
const sign = (subject: string) =>
  new SignJWT()
    .setProtectedHeader({ alg: "RS256", kid: "k" })
    .setIssuer(issuer)
    .setSubject(subject)
    .setAudience("api://AzureADTokenExchange")
    .setIssuedAt(nowSeconds)
    .setExpirationTime(nowSeconds + 3_600)
    .sign(privateKey);

const none = { ENTRA_CLIENT_SECRET: undefined };
const wrongSecret = "local-secret-that-is-wrong";
const fleet: Fleet<string> = await startFleetOf({
  secret: withVars({}),
  "stored secret": withVars(none, { stored: { ENTRA_CLIENT_SECRET: clients.api.secret } }),
  certificate: withVars({ ...none, ENTRA_CLIENT_CERTIFICATE: good.pem }),
  "certificate in one line": withVars({ ...none, ENTRA_CLIENT_CERTIFICATE: good.pem.replaceAll("\n", "\\n") }),
  "stored certificate": withVars(none, { stored: { ENTRA_CLIENT_CERTIFICATE: good.pem } }),
  federated: withVars(
    { ...none, ASSERTION: await sign("repo:contoso/gate") },
    { entry: "test/gates/downstream-federated.ts" },
  ),
  "rotated secret": withVars({ ENTRA_CLIENT_SECRET: wrongSecret, ENTRA_CLIENT_SECRET_PREVIOUS: clients.api.secret }),
  "rotated certificate": withVars({
    ...none,
    ENTRA_CLIENT_CERTIFICATE: unknown.pem,
    ENTRA_CLIENT_CERTIFICATE_PREVIOUS: good.pem,
  }),
  "expired certificate, then a secret": withVars({ ENTRA_CLIENT_CERTIFICATE: expired.pem }),
  "wrong secret": withVars({ ENTRA_CLIENT_SECRET: wrongSecret }),
  "unknown certificate": withVars({ ...none, ENTRA_CLIENT_CERTIFICATE: unknown.pem }),
  "expired certificate": withVars({ ...none, ENTRA_CLIENT_CERTIFICATE: expired.pem }),
  "early certificate": withVars({ ...none, ENTRA_CLIENT_CERTIFICATE: early.pem }),
  "stored nonsense": withVars(none, { stored: { ENTRA_CLIENT_CERTIFICATE: "local-secret-nonsense" } }),
  "assertion of another subject": withVars(
    { ...none, ASSERTION: await sign("repo:fabrikam/gate") },
    { entry: "test/gates/downstream-federated.ts" },
  ),
  "no assertion": withVars(none, { entry: "test/gates/downstream-federated.ts" }),
  "another client": withVars({ ENTRA_CLIENT_ID: "d00d0000-0000-4000-8000-000000000000" }),
});
afterAll(() => fleet.stop());
for (const { key } of [good, expired]) await fleet.tellEntra("/local/client-key", { client: "api", key });
const federatedKey = await exportJWK(publicKey);
await fleet.tellEntra("/local/issuer", { client: "api", issuer, subject: "repo:contoso/gate", key: federatedKey });
const { token } = await fleet.forge("secret");

describe("the gate authenticates", () => {
  it.each([
    "secret",
    "stored secret",
    "certificate",
    "certificate in one line",
    "stored certificate",
    "federated",
    "rotated secret",
    "rotated certificate",
    "expired certificate, then a secret",
  ])("with: %s", async (gate) => {
    const answer = await ask(fleet, gate, "/me/graph", token);
    expect([answer.status, JSON.parse(answer.body).displayName]).toEqual([200, "Local Member"]);
  });

  it("with the newer credential first, and logs which one failed", () => {
    expect(fleet.lines.filter(({ event }) => event === "credential_failed")).toMatchObject([
      {
        credential: "ENTRA_CLIENT_SECRET",
        problem: "was refused by Entra",
        entra: { status: 401, error: "invalid_client", codes: [7000215] },
      },
      {
        credential: "ENTRA_CLIENT_CERTIFICATE",
        problem: "was refused by Entra",
        expires: new Date(unknown.key.notAfterSeconds * 1_000).toISOString(),
        entra: { error: "invalid_client", codes: [700027] },
      },
      {
        credential: "ENTRA_CLIENT_CERTIFICATE",
        problem: "has expired",
        expires: new Date(expiredAtSeconds * 1_000).toISOString(),
      },
    ]);
  });

  it("only with the credential that works, after the other one failed", async () => {
    const { issue } = await fleet.forge("secret");
    const mark = fleet.lines.length;
    expect((await ask(fleet, "rotated secret", "/me/graph", await issue({ persona: "admin" }))).status).toBe(200);
    expect(fleet.lines.slice(mark).filter(({ event }) => event === "credential_failed")).toEqual([]);
  });
});

describe("the gate is misconfigured, which only the log shows,", () => {
  it.each([
    [
      "wrong secret",
      { credential: "ENTRA_CLIENT_SECRET", problem: "was refused by Entra", entra: { codes: [7000215] } },
    ],
    ["unknown certificate", { credential: "ENTRA_CLIENT_CERTIFICATE", problem: "was refused by Entra" }],
    [
      "expired certificate",
      { problem: "has expired", credentialExpires: new Date(expiredAtSeconds * 1_000).toISOString() },
    ],
    ["early certificate", { credential: "ENTRA_CLIENT_CERTIFICATE", problem: "is not valid yet" }],
    ["stored nonsense", { credential: "ENTRA_CLIENT_CERTIFICATE", problem: "has no PEM block CERTIFICATE" }],
    ["assertion of another subject", { credential: "assertion", entra: { error: "invalid_client", codes: [700213] } }],
    ["no assertion", { credential: "assertion", problem: "threw an exception" }],
    ["another client", { problem: "Entra refused the request: unauthorized_client", entra: { codes: [700016] } }],
  ])("with: %s", async (gate, said) => {
    const answer = await ask(fleet, gate, "/me/graph", token);
    expect(JSON.stringify(answer)).not.toMatch(secretText);
    const { instance, ...problem } = JSON.parse(answer.body);
    expect(problem).toEqual({
      type: "about:blank",
      title: "Internal Server Error",
      status: 500,
      detail: "The server is misconfigured. Contact the operator.",
    });
    expect(await fleet.lineOf(instance)).toMatchObject({
      reason: "downstream_misconfigured",
      status: 500,
      route: "GET /me/graph",
      ...said,
    });
  });

  it("and never shows a token, a secret or a key", () => {
    expect(JSON.stringify(fleet.lines)).not.toMatch(secretText);
    expect(JSON.stringify(fleet.lines)).not.toContain("eyJ");
  });
});
