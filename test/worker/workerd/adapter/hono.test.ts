import { afterAll, describe, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";
import { readHeader } from "../../../support/http.ts";
import { expectMisconfigured } from "../../../support/misconfigured.ts";
import {
  badCredential,
  badToken,
  claimsWanted,
  expectRefusal,
  forbidden,
  notFound,
  unauthenticated,
} from "../../../support/refusal.ts";
import { itRefuses, present } from "../../../support/rows.ts";

const app = { entry: "test/gates/hono.ts", adapter: true } as const;
const fleet: Fleet<string> = await startFleetOf({
  hono: app,
  cold: app,
  counted: { ...app, perMinute: 5 },
  clients: { ...app, vars: { ENTRA_ALLOWED_CLIENTS: clients["cae-spa"].clientId } },
  faulty: { ...app, vars: { ENTRA_TENANT_ID: "common" } },
});
afterAll(() => fleet.stop());

describe("a Hono app behind entra(), in workerd", () => {
  it("allows a user, and a daemon if the route accepts one", async () => {
    const user = await fleet.send("hono", await present(fleet, "hono", { scopes: ["orders.read"] }, "/orders/7"));
    expect([user.status, JSON.parse(user.body)]).toEqual([200, { oid: personas.member.oid, id: "7" }]);
    expect(readHeader(user, "cache-control")).toEqual(["no-store"]);
    expect(readHeader(user, "vary")).toEqual(["Authorization"]);
    const daemon = await fleet.send("hono", await present(fleet, "hono", { client: "daemon" }, "/orders/7"));
    expect([daemon.status, JSON.parse(daemon.body).oid]).toEqual([200, clients.daemon.servicePrincipalId]);
    const head = await fleet.send("hono", { ...(await present(fleet, "hono", {}, "/default")), method: "HEAD" });
    expect([head.status, head.body]).toEqual([200, ""]);
  });

  itRefuses(
    fleet,
    "hono",
    [
      ["another scope", {}, forbidden("scope_missing", "orders.read")],
      ["another tenant", { tenant: "fabrikam" }, badToken("tenant_not_allowed")],
      [
        "no algorithm",
        ({ claims, header, sign }) => sign({ ...header, alg: "none" }, claims),
        badToken("algorithm_not_allowed"),
      ],
      ["an unpublished key", ({ claims, header, sign }) => sign(header, claims, "next"), badToken("signature_invalid")],
    ],
    "/orders/7",
  );
  itRefuses(
    fleet,
    "hono",
    [["an app where the default is a scope", { client: "daemon" }, forbidden("kind_not_allowed", "access_as_user")]],
    "/default",
  );
  itRefuses(
    fleet,
    "hono",
    [
      [
        "no context",
        { client: "cae-spa" },
        claimsWanted("authentication_context_missing", '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'),
      ],
    ],
    "/step-up",
  );
  itRefuses(fleet, "clients", [["a client that is not listed", {}, forbidden("client_not_allowed")]], "/default");

  it("refuses requests that no client library sends", async () => {
    const [, value = ""] = (await present(fleet, "hono", {})).headers?.[0] ?? [];
    const twice = {
      path: "/default",
      headers: [
        ["Authorization", value],
        ["Authorization", value],
      ],
    } as const;
    await expectRefusal(fleet, "hono", twice, badCredential("credential_repeated"));
    await expectRefusal(fleet, "hono", { path: "/default?access_token=x" }, unauthenticated("credential_missing"));
    const both = await present(fleet, "hono", {}, "/default?access_token=x");
    await expectRefusal(fleet, "hono", both, badCredential("credential_also_in_query"));
    const around = { ...(await present(fleet, "hono", {})), path: "/health/../default" };
    await expectRefusal(fleet, "hono", around, notFound("path_ambiguous"));
  });

  it("refuses an upload without reading it", async () => {
    const request = { ...(await present(fleet, "hono", {}, "/orders")), method: "POST", body: "never-read" };
    await expectRefusal(fleet, "hono", request, forbidden("scope_missing", "orders.write"));
  });

  it("is public only before the guard", async () => {
    expect((await fleet.send("hono", { path: "/health" })).status).toBe(200);
    await expectRefusal(fleet, "hono", { path: "/nothing" }, unauthenticated("credential_missing"));
  });

  it("serves forty requests at once from a cold isolate", async () => {
    const request = await present(fleet, "cold", {}, "/default");
    const answers = await Promise.all(Array.from({ length: 40 }, () => fleet.send("cold", request)));
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(200));
  });

  it("blocks an address that keeps sending invalid tokens, as the gate does", async () => {
    const send = async (address: string) => {
      const headers = [
        ["CF-Connecting-IP", address],
        ["Authorization", "Bearer abc.def.ghi"],
      ] as const;
      return (await fleet.send("counted", { path: "/default", headers })).status;
    };
    // The failure limit counts after the responses.
    let status = 401;
    for (let attempt = 0; attempt < 200 && status === 401; attempt += 1) status = await send("192.0.2.1");
    expect([status, await send("192.0.2.2")]).toEqual([429, 401]);
  });

  it("answers every caller with 500 if the configuration is faulty", async () => {
    await expectMisconfigured(fleet, "faulty", await present(fleet, "hono", {}, "/default"), ["ENTRA_TENANT_ID"]);
  });
});
