// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { type Fleet, startFleetOf } from "../../support/fleet.ts";
import type { HttpRequest } from "../../support/http.ts";
import { expectMisconfigured } from "../../support/misconfigured.ts";

const contoso = tenants.contoso.id;
const fabrikam = tenants.fabrikam.id;

/** Values by variable, each of which is one fault. `undefined` is an absent variable. */
const faulty: Readonly<Record<string, readonly unknown[]>> = {
  ENTRA_TENANT_ID: [
    undefined,
    "",
    "*",
    "common",
    "contoso",
    tenants.contoso.domain,
    `{${contoso}}`,
    contoso.replaceAll("-", ""),
    contoso.slice(1),
    `${contoso},${fabrikam}`,
    1,
  ],
  ENTRA_ALLOWED_TENANTS: ["", ",", "*", "fabrikam", `${contoso}, ${contoso.slice(1)}`],
  ENTRA_API_AUDIENCE: [undefined, "", "*", "orders", api.clientId.toUpperCase(), `api://${api.clientId}, orders`, true],
  ENTRA_REQUIRED_SCOPE: [undefined, "", " , ", "*", ".default", `${api.appIdUri}/access_as_user`, ["access_as_user"]],
  ENTRA_REQUIRED_ROLE: ["", ",", "*"],
  ENTRA_REQUIRED_GROUP: ["", ",", "*", "Admins", contoso.toUpperCase(), `${contoso}, ${contoso.slice(1)}`],
  ENTRA_ALLOWED_CLIENTS: ["", ",", "*", "spa", `${api.clientId}, spa`],
  ENTRA_CLOUD: ["", "germany", "Public"],
  ENTRA_AUTHORITY: [
    "",
    "login.contoso.example",
    "ftp://contoso.ciamlogin.com",
    "http://contoso.ciamlogin.com",
    "http://127.0.0.1.contoso.example",
    "https://contoso.ciamlogin.com/tenant",
    "https://a:b@contoso.ciamlogin.com",
  ],
  ENTRA_ACCEPT_V1: ["", "yes", "TRUE", true],
  ENTRA_CLOCK_SKEW_SECONDS: ["", "301", "600", "-1", "60.5", "60s", "1e2", 60],
  ENTRA_CLIENT_ID: ["", "api"],
  ENTRA_CLIENT_SECRET: ["", "a-secret-without-its-client"],
  ENTRA_CLIENT_CERTIFICATE: ["a-certificate-without-its-client"],
  GATE_URL: [
    "",
    "api.contoso.example",
    "http://api.contoso.example",
    "https://api.contoso.example/orders",
    "https://*.contoso.example",
    "https://api.contoso.example, orders",
  ],
  ORIGIN_URL: [
    "",
    "origin",
    "//origin.contoso.example",
    "ftp://origin.contoso.example",
    "https://",
    "https://a:b@origin.contoso.example",
    "https://origin.contoso.example?key=1",
    "http://origin.contoso.example",
  ],
  ORIGIN_PLAINTEXT: ["", "yes", "TRUE"],
  ORIGIN_AUTHORIZATION: ["", "Forward", "none"],
  ORIGIN_COOKIES: ["", "Forward", "none"],
  ORIGIN_SCOPE: ["api://inventory/.default"],
  ENTRA_ALLOWED_TENANT: [contoso],
  ENTRA_REQUIRED_SCOPES: ["access_as_user"],
  ENTRA_TENANTID: [contoso],
  ORIGIN_URI: ["https://origin.contoso.example"],
};

/** The log has only the name of a secret. */
const secretText = /without-its-client/;

/** IDs of hostile input that are configurations: an empty requirement, and too much clock skew. */
function findRow(variable: string, value: unknown): string {
  if (/^ENTRA_REQUIRED_/.test(variable) && /^[ ,]*$/.test(String(value))) return "S15 ";
  return variable === "ENTRA_CLOCK_SKEW_SECONDS" && Number(value) > 300 ? "X11 " : "";
}

const cases = Object.entries(faulty).flatMap(([variable, values]) =>
  values.map((value) => ({
    variable,
    name: `${findRow(variable, value)}${variable} ${value === undefined ? "is missing" : `is ${JSON.stringify(value)}`}`,
    vars: { [variable]: value },
  })),
);
const gateOf = (index: number) => `gate-${index}`;
const fleet: Fleet<string> = await startFleetOf(
  Object.fromEntries(cases.map(({ vars }, index) => [gateOf(index), { vars, varied: true }])),
);
afterAll(() => fleet.stop());
const { token } = await fleet.forge(gateOf(0));
const request: HttpRequest = { headers: [["Authorization", `Bearer ${token}`]] };

describe("one faulty variable", () => {
  for (const [index, { name, variable }] of cases.entries()) {
    it(name, () => expectMisconfigured(fleet, gateOf(index), request, [variable]));
  }

  it("never puts a secret into the log", () => {
    expect(JSON.stringify(fleet.lines)).not.toMatch(secretText);
  });

  it("sends no request to the authority", async () => {
    expect((await fleet.ledger()).calls).toEqual([]);
  });
});
