// Runtimes: workerd, deno
import { decodeJwt } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { api, downstreamApi } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { ask, countTokenRequests, secretText, withVars } from "../../../support/downstream.ts";
import { type Fleet, startFleetOf } from "../../../support/fleet.ts";
import { readHeader } from "../../../support/http.ts";

const inventory = `${downstreamApi.appIdUri}/inventory.read`;
const fleet: Fleet<string> = await startFleetOf({
  routes: withVars({ ENTRA_REQUIRED_ROLE: "Orders.Read.All" }),
  strip: withVars({ ORIGIN_AUTHORIZATION: "strip" }),
  everything: withVars({
    ENTRA_REQUIRED_ROLE: "Orders.Read.All",
    ORIGIN_AUTHORIZATION: "on-behalf-of",
    ORIGIN_SCOPE: inventory,
  }),
});
afterAll(() => fleet.stop());
const { issue } = await fleet.forge("routes");

/** The token of the origin's last request. */
async function tokenAtOrigin(): Promise<string | undefined> {
  const { origin } = await fleet.ledger();
  return origin.last?.headers.authorization?.replace(/^Bearer /, "");
}

describe("the origin", () => {
  it.each(["routes", "strip"])("gets a token meant for it instead of the caller's, by origin(): %s", async (gate) => {
    const token = await issue({ persona: "admin" });
    expect((await ask(fleet, gate, "/inventory", token)).status).toBe(200);
    const own = await tokenAtOrigin();
    expect(own).not.toBe(token);
    expect(decodeJwt(own!)).toMatchObject({
      aud: downstreamApi.clientId,
      azp: api.clientId,
      oid: personas.admin.oid,
      scp: "inventory.read",
    });
  });

  it("gets that token on every path with ORIGIN_AUTHORIZATION=on-behalf-of, and the identity headers too", async () => {
    expect((await ask(fleet, "everything", "/anything", await issue({ persona: "guest" }))).status).toBe(200);
    expect(decodeJwt((await tokenAtOrigin())!)).toMatchObject({ aud: downstreamApi.clientId, oid: personas.guest.oid });
    const { origin } = await fleet.ledger();
    expect(origin.last?.headers["x-ms-client-principal-id"]).toBe(personas.guest.oid);
  });

  it("gets the caller's own token by default", async () => {
    const token = await issue({});
    expect((await ask(fleet, "routes", "/elsewhere", token)).status).toBe(200);
    expect(await tokenAtOrigin()).toBe(token);
  });

  it("gets no token on a public route, because there is no user", async () => {
    const token = await issue({});
    expect((await ask(fleet, "everything", "/open", token)).status).toBe(200);
    expect(await tokenAtOrigin()).toBeUndefined();
  });

  it("gets no request on behalf of an application", async () => {
    const { count } = (await fleet.ledger()).origin;
    const answer = await ask(fleet, "everything", "/anything", await issue({ client: "daemon" }));
    expect([answer.status, JSON.parse(answer.body).detail]).toEqual([403, "This caller may not use this resource."]);
    expect((await fleet.ledger()).origin.count).toBe(count);
  });

  it("gets no request if the exchange is refused, and the caller gets the same answer as from a handler", async () => {
    const { count } = (await fleet.ledger()).origin;
    const answer = await ask(fleet, "everything", "/anything", await issue({ persona: "cautious", client: "cae-spa" }));
    expect(answer.status).toBe(401);
    expect(readHeader(answer, "www-authenticate")[0]).toContain('error="insufficient_claims"');
    expect((await fleet.ledger()).origin.count).toBe(count);
  });

  it("has its own challenge forwarded unchanged", async () => {
    const challenge = `Bearer realm="", authorization_uri="https://login.contoso.example/common/oauth2/authorize", error="insufficient_claims", claims="${btoa('{"access_token":{"polids":{"essential":true,"values":["p"]}}}')}"`;
    const answer = await fleet.send("everything", {
      headers: [
        ["Authorization", `Bearer ${await issue({})}`],
        ["X-Sample-Headers", `www-authenticate=${encodeURIComponent(challenge)}`],
      ],
    });
    expect(readHeader(answer, "www-authenticate")).toEqual([challenge]);
  });
});

describe("Graph, called by a handler", () => {
  it("gets a second request, with a token that has the claims of its challenge", async () => {
    // The user has satisfied the context, but a token has it only if the client asks for it.
    const token = await issue({ acrs: ["c2"] });
    const before = await countTokenRequests(fleet);
    const calls = (await fleet.ledger()).calls.length;
    expect((await ask(fleet, "routes", "/me/messages", token)).status).toBe(200);
    expect((await countTokenRequests(fleet)) - before).toBe(2);
    const made = (await fleet.ledger()).calls.slice(calls).filter(({ to }) => to !== "nowhere");
    expect(made.map(({ method, url }) => `${method} ${new URL(url).pathname.split("/").pop()}`)).toEqual([
      "POST token",
      "GET messages",
      "POST token",
      "GET messages",
    ]);
  });

  it("is called for the app itself, with the app's own token", async () => {
    const answer = await ask(fleet, "routes", "/organization", await issue({ client: "daemon" }));
    expect(JSON.parse(answer.body)).toEqual({ value: [{ id: decodeJwt(await issue({})).tid }] });
  });

  it.each([
    ["/v1.0/me", 200],
    ["https://graph.microsoft.com/v1.0/me", 200],
    ["https://origin.contoso.example/elsewhere", 302],
    ["http://graph.microsoft.com/v1.0/me", 302],
    ["https://graph.microsoft.com:444/v1.0/me", 302],
    ["https://user@graph.microsoft.com/v1.0/me", 302],
    ["//origin.contoso.example/elsewhere", 302],
  ])("cannot redirect the gate to another host: %s", async (to, status) => {
    const { count } = (await fleet.ledger()).origin;
    const answer = await ask(fleet, "routes", `/moved?to=${encodeURIComponent(to)}`, await issue({}));
    expect(answer.status).toBe(status);
    expect((await fleet.ledger()).origin.count).toBe(count);
    expect((await fleet.ledger()).calls.filter(({ url }) => url.startsWith("http://graph"))).toEqual([]);
  });

  it("no token is logged", () => {
    expect(JSON.stringify(fleet.lines)).not.toMatch(secretText);
  });
});
