import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { startFleet } from "../../../support/fleet.ts";
import { gateRuntime } from "../../../support/gate-runtime.ts";
import { type HeaderField, type HttpAnswer, type HttpRequest, readHeader } from "../../../support/http.ts";
import { badToken, expectRefusal, expectRefused, forbidden, unauthenticated } from "../../../support/refusal.ts";

const fleet = await startFleet("delegated", "routes", "cors");
afterAll(() => fleet.stop());

const anonymous = unauthenticated("credential_missing");
const forge = await fleet.forge("delegated");

/** Sends a request with a member's token or another one, and returns the request at the origin. */
async function pass({ headers = [], ...request }: HttpRequest, token = forge.token) {
  const before = await fleet.ledger();
  const answer = await fleet.send("delegated", {
    ...request,
    headers: [["Authorization", `Bearer ${token}`], ...headers],
  });
  const { origin } = await fleet.ledger();
  return { answer, forwarded: origin.count - before.origin.count, seen: origin.last! };
}

const webSocket: readonly HeaderField[] = [
  ["Upgrade", "websocket"],
  ["Sec-WebSocket-Version", "13"],
  ["Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="],
];
const preflight: readonly HeaderField[] = [
  ["Origin", "https://evil.example"],
  ["Access-Control-Request-Method", "DELETE"],
];

describe("methods", () => {
  it("H12 HEAD on a protected path is authenticated like GET, and answered without a body", async () => {
    const before = await fleet.ledger();
    const answer = await fleet.send("delegated", { method: "HEAD" });
    expect([answer.status, answer.body]).toEqual([401, ""]);
    expect(readHeader(answer, "www-authenticate")).toHaveLength(1);
    expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
  });

  it("H12 HEAD must meet the requirement of the route for GET", async () => {
    const { token } = await fleet.forge("routes");
    const headers: readonly HeaderField[] = [["Authorization", `Bearer ${token}`]];
    const statusOf = async (path: string) => (await fleet.send("routes", { method: "HEAD", path, headers })).status;
    expect([await statusOf("/scope"), await statusOf("/app")]).toEqual([200, 403]);
  });

  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PURGE"]) {
    it(`H12 ${method} needs a token`, () => expectRefusal(fleet, "delegated", { method, body: "x" }, anonymous));
  }

  it("H15 a preflight with a body is not forwarded, and gets no permission", async () => {
    for (const gate of ["delegated", "cors"] as const) {
      const before = await fleet.ledger();
      const body = "GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
      const answer = await fleet.send(gate, { method: "OPTIONS", headers: preflight, body });
      expect(answer.status).toBe(204);
      expect(readHeader(answer, "access-control-allow-origin")).toEqual([]);
      expect((await fleet.ledger()).origin.count).toBe(before.origin.count);
    }
  });

  it.each([
    ["without the requested method", [["Origin", "https://evil.example"]]],
    ["without an origin", [["Access-Control-Request-Method", "DELETE"]]],
  ] as const)("H15 OPTIONS %s is not a preflight", (_, headers) =>
    expectRefusal(fleet, "delegated", { method: "OPTIONS", headers }, anonymous),
  );

  it("H15 the headers of a preflight do not make another method a preflight", () =>
    expectRefusal(fleet, "delegated", { method: "DELETE", headers: preflight }, anonymous));
});

describe("WebSockets", () => {
  it("H17 an upgrade without a token is refused", () =>
    expectRefusal(fleet, "delegated", { path: "/ws", headers: webSocket }, anonymous));

  it("H18 a token as a subprotocol is ignored", () => {
    const headers: readonly HeaderField[] = [...webSocket, ["Sec-WebSocket-Protocol", `bearer, ${forge.token}`]];
    return expectRefusal(fleet, "delegated", { path: "/ws", headers }, anonymous);
  });

  it("H18 a token in the query is ignored", () =>
    expectRefusal(fleet, "delegated", { path: `/ws?access_token=${forge.token}`, headers: webSocket }, anonymous));

  it("H17 an upgrade with a refused token is refused", async () => {
    const token = await forge.issue({ scopes: ["orders.read"] });
    const headers: readonly HeaderField[] = [...webSocket, ["Authorization", `Bearer ${token}`]];
    await expectRefusal(fleet, "delegated", { path: "/ws", headers }, forbidden("scope_missing", "access_as_user"));
  });

  it.runIf(gateRuntime !== "workerd")("an upgrade with an accepted token is refused outside Workers", async () => {
    const headers: readonly HeaderField[] = [...webSocket, ["Authorization", `Bearer ${forge.token}`]];
    const { status, body } = await fleet.send("delegated", { path: "/ws", headers });
    expect([status, body]).toEqual([501, expect.stringContaining("WebSockets are not supported.")]);
  });
});

describe("the origin's request", () => {
  it.each([
    ["H20 with an underscore", "X_Entra_Roles"],
    ["H20 with an underscore in one place", "X-Entra_Roles"],
    ["H20 in lower case", "x-entra-roles"],
    ["H20 in upper case", "X-ENTRA-ROLES"],
    ["H20 with a dot", "X.Entra.Roles"],
    ["H20 under a name that the gate does not use", "X-Entra-Admin"],
    ["H20 under the name of another proxy", "X-Auth-Request-Groups"],
  ])("%s does not have the client's value", { tags: "identity-headers" }, async (_, name) => {
    const { answer, seen } = await pass({
      headers: [
        [name, "forged"],
        [name, "forged twice"],
      ],
    });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(seen.headers)).not.toContain("forged");
    expect(seen.headers["x-entra-roles"]).toBe("");
  });

  it("H21 Connection does not remove the gate's headers", { tags: "identity-headers" }, async () => {
    const names = ["X-Entra-Tenant", "X-MS-CLIENT-PRINCIPAL", "X-MS-CLIENT-PRINCIPAL-ID", "Authorization"];
    const { seen } = await pass({ headers: [["Connection", names.join(", ")]] });
    expect(seen.headers["x-entra-tenant"]).toBe(tenants.contoso.id);
    expect(seen.headers["x-ms-client-principal-id"]).toBe(personas.member.oid);
    for (const name of names) expect(seen.headers).toHaveProperty(name.toLowerCase());
  });

  it.each([
    ["H22 line ends", "a\r\nX-Entra-Roles: Orders.Admin", "a%0D%0AX-Entra-Roles: Orders.Admin"],
    ["H22 a line feed alone", "a\nX-Entra-Roles: Orders.Admin", "a%0AX-Entra-Roles: Orders.Admin"],
    ["H22 a NUL", "a\u0000b", "a%00b"],
    ["H22 characters beyond Latin-1", "\u5f20\u4f1f", "%E5%BC%A0%E4%BC%9F"],
    ["H22 a percent sign", "100%", "100%25"],
    ["H22 spaces around it", " a ", "%20a%20"],
  ])("%s in a name are percent-encoded", async (_, preferred_username, encoded) => {
    const token = await forge.issue({ claims: { preferred_username } });
    const { answer, seen } = await pass({}, token);
    expect(answer.status).toBe(200);
    expect(seen.headers["x-ms-client-principal-name"]).toBe(encoded);
    expect(seen.headers["x-entra-roles"]).toBe("");
  });

  it("H22 a name of the maximum length is omitted, and listed as omitted", async () => {
    const token = await forge.issue({ claims: { name: "n".repeat(20_000) } });
    const { answer, seen } = await pass({}, token);
    expect(answer.status).toBe(200);
    const principal = JSON.parse(Buffer.from(seen.headers["x-ms-client-principal"]!, "base64").toString());
    expect(principal.claims.filter(({ typ }: { typ: string }) => typ === "name")).toEqual([]);
    expect(seen.headers["x-entra-omitted"]?.split(" ")).toContain("name");
  });

  it("H22 a name of the maximum length, if it is the caller's only one, refuses the request", async () => {
    const token = await forge.issue({ claims: { preferred_username: "n".repeat(20_000) } });
    const { answer, forwarded } = await pass({}, token);
    expect([answer.status, forwarded]).toEqual([500, 0]);
  });

  it("H24 a role that looks like two stays one", async () => {
    const token = await forge.issue({ claims: { roles: ["Users,Orders.Admin", "Users Orders.Admin"] } });
    const { seen } = await pass({}, token);
    expect(seen.headers["x-entra-roles"]).toBe("Users%2COrders.Admin Users%20Orders.Admin");
  });
});

describe("the client's response", () => {
  it("H23 a redirect of the origin is returned to the client, without the token", async () => {
    const headers: readonly HeaderField[] = [["X-Sample-Headers", "location=https://evil.example/"]];
    const { answer, forwarded } = await pass({ path: "/status/302", headers });
    expect([answer.status, forwarded]).toEqual([302, 1]);
    expect(readHeader(answer, "location")).toEqual(["https://evil.example/"]);
    expect((await fleet.ledger()).calls.filter(({ to }) => to === "nowhere")).toEqual([]);
  });

  it.each([
    ["in the path", { path: '/orders",error="none' }],
    ["in the query", { path: "/orders?%22,error=%22none" }],
    ["in another header", { headers: [["X-Scope", '", error="none']] }],
  ] as const)("H27 a quote %s does not reach the challenge", async (_, request) => {
    const answer = await fleet.send("delegated", request as HttpRequest);
    await expectRefused(fleet, "delegated", answer, anonymous);
  });

  it("H27 a quote in the kid, the issuer or a scope does not reach the challenge", async () => {
    const rows = [
      [forge.sign({ ...forge.header, kid: '", error="none' }, forge.claims), badToken("key_unknown")],
      [forge.issue({ claims: { iss: '", error="none' } }), badToken("issuer_mismatch")],
      [forge.issue({ scopes: ['",error="none'] }), forbidden("scope_missing", "access_as_user")],
    ] as const;
    for (const [token, refusal] of rows) {
      const headers: readonly HeaderField[] = [["Authorization", `Bearer ${await token}`]];
      await expectRefusal(fleet, "delegated", { headers }, refusal);
    }
  });

  it("H28 refusals and answers for one caller are not shared", { tags: "private-responses" }, async () => {
    const cacheOf = (answer: HttpAnswer) => readHeader(answer, "cache-control");
    expect(cacheOf(await fleet.send("delegated", {}))).toEqual(["no-store"]);
    const wanted: readonly HeaderField[] = [["X-Sample-Headers", "cache-control=public%2C%20s-maxage%3D600"]];
    const kept = await pass({ headers: wanted });
    expect(cacheOf(kept.answer)).toEqual(["private"]);
    expect(cacheOf((await pass({})).answer)).toEqual(["no-store"]);
  });
});
