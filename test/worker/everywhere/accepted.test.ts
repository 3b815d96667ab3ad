// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import { tenants } from "../../../entra/directory/directory.ts";
import { personas } from "../../../entra/directory/personas.ts";
import { startFleet } from "../../support/fleet.ts";
import { gateRuntime } from "../../support/gate-runtime.ts";
import { expectRefused, unauthenticated } from "../../support/refusal.ts";
import { type AcceptedRow, expectForwarded, itAccepts, present } from "../../support/rows.ts";

const fleet = await startFleet(
  "both",
  "version-1",
  "usgov",
  "china",
  "external",
  "single-key",
  "listed",
  "in-code",
  "zone",
);
afterAll(() => fleet.stop());

const daemon = { client: "daemon" } as const;

describe("Entra's own tokens", () => {
  itAccepts(fleet, "both", [
    ["a member", {}],
    ["a guest", { persona: "guest" }],
    ["an administrator, with roles and groups", { persona: "admin" }],
    ["a member of more groups than a token lists", { persona: "many-groups" }],
    ["a client that handles claims challenges", { client: "cae-spa" }],
    ["a client with a secret, for a user", { client: "api", persona: "member" }],
    ["several scopes", { scopes: ["access_as_user", "orders.read"] }],
    ["an authentication context", { acrs: ["c1"] }],
    ["an app", daemon],
    ["an app, where idtyp is not configured", { ...daemon, without: ["idtyp"] }],
    ["a user, where idtyp is configured for users too", { claims: { idtyp: "user" } }],
    ["a name that is not ASCII", { claims: { name: "Zoë 张伟 \u{1f511}" } }],
    ["a name that is not text", { claims: { name: 7, preferred_username: null } }],
    [
      "a lone surrogate in a name",
      ({ sign, header, claims }) => sign(header, JSON.stringify(claims).replace("Local", "\\ud83d")),
    ],
  ]);
});

describe("an agent that acts as itself", () => {
  const agent = { client: "agent" } as const;
  const rows: readonly AcceptedRow[] = [undefined, "", "/"].flatMap((scp): AcceptedRow[] => {
    const claims = scp === undefined ? {} : { scp };
    return [
      [`is an app, with scp ${JSON.stringify(scp)}`, { ...agent, claims }],
      [`is an app in version 1.0, with scp ${JSON.stringify(scp)}`, { ...agent, claims, version: 1 }],
    ];
  });
  itAccepts(fleet, "version-1", rows);
});

describe("clouds and authorities", () => {
  const asked = async (gate: string) =>
    (await fleet.ledger()).calls.filter((call) => call.gate === gate && call.to === "authority").map(({ url }) => url);
  const { id } = tenants.contoso;
  const documents: Readonly<Record<"usgov" | "china" | "external", readonly string[]>> = {
    usgov: [`https://login.microsoftonline.us/${id}/discovery/v2.0/keys`],
    china: [`https://login.partner.microsoftonline.cn/${id}/discovery/v2.0/keys`],
    external: [
      `https://contoso.ciamlogin.com/${id}/v2.0/.well-known/openid-configuration`,
      `https://${id}.ciamlogin.com/${id}/discovery/v2.0/keys`,
    ],
  };
  for (const [gate, urls] of Object.entries(documents)) {
    const name = gate as keyof typeof documents;
    itAccepts(fleet, name, [[`${name}: a member`, {}]]);
    it(`${name}: sends one request to its own authority`, async () => {
      expect(await asked(name)).toEqual(urls);
    });
  }

  itAccepts(fleet, "single-key", [
    ["an authority with one key", ({ own, ownHeader, claims }) => own.sign(ownHeader, claims)],
  ]);
  itAccepts(fleet, "version-1", [
    ["version 1.0: a member", { version: 1 }],
    ["version 1.0: an administrator", { version: 1, persona: "admin" }],
    ["version 2.0 too", {}],
  ]);
  it("requests the keys of each version", async () => {
    const url = `https://login.microsoftonline.com/${id}/discovery`;
    expect(await asked("version-1")).toContain(`${url}/keys`);
  });
});

describe("several tenants", () => {
  itAccepts(fleet, "listed", [
    ["by list: one", {}],
    ["by list: the other", { persona: "outsider" }],
  ]);
  itAccepts(fleet, "in-code", [["in code", {}]]);
});

describe.runIf(gateRuntime === "workerd")("the zone's own origin", () => {
  const url = "https://api.contoso.example/orders?page=2";

  it("is called under the zone's own name", async () => {
    const { token } = await fleet.forge("zone");
    const answer = await fleet.sendToZone("zone", url, { Authorization: `Bearer ${token}` });
    expect(answer.status).toBe(200);
    expect((await fleet.ledger()).origin.last).toMatchObject({ url });
  });

  it("is not called without a token", async () => {
    const before = await fleet.ledger();
    await expectRefused(fleet, "zone", await fleet.sendToZone("zone", url), unauthenticated("credential_missing"));
    expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
  });
});

describe("the origin gets the identity of", () => {
  const identity = async (recipe: object) => {
    await expectForwarded(fleet, "both", await present(fleet, "both", recipe));
    return (await fleet.ledger()).origin.last!.headers;
  };

  it("a user", async () => {
    expect(await identity({ persona: "admin" })).toMatchObject({
      "x-ms-client-principal-id": personas.admin.oid,
      "x-ms-client-principal-idp": "aad",
      "x-entra-tenant": tenants.contoso.id,
      "x-entra-client": clients.spa.clientId,
      "x-entra-scopes": "access_as_user",
      "x-entra-roles": "Orders.Admin",
    });
  });

  it("an agent, without scopes", async () => {
    expect(await identity({ client: "agent", claims: { scp: "/" } })).toMatchObject({
      "x-ms-client-principal-id": clients.agent.servicePrincipalId,
      "x-entra-client": clients.agent.clientId,
      "x-entra-scopes": "",
      "x-entra-roles": "Orders.Read.All",
    });
  });

  it("an app", async () => {
    expect(await identity(daemon)).toMatchObject({
      "x-ms-client-principal-id": clients.daemon.servicePrincipalId,
      "x-entra-client": clients.daemon.clientId,
      "x-entra-scopes": "",
      "x-entra-roles": "Orders.Read.All",
    });
  });
});
