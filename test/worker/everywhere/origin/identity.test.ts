import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import type { AccessTokenOptions } from "../../../../entra/tokens/issuer.ts";
import { type OriginServer, type SeenRequest, startOriginServer, valuesOf } from "../../../support/origin-server.ts";
import { type OriginStack, startOriginStack } from "../../../support/origin-stack.ts";
import { parseClientPrincipal } from "../../support/app-service.ts";

/** Chrome's headers for a request of a page's script, with cookies. */
const browserHeaders = {
  accept: "application/json, text/plain, */*",
  "accept-language": "pl-PL,pl;q=0.9,en-US;q=0.8,en;q=0.7,de;q=0.6",
  "cache-control": "no-cache",
  cookie: `session=${"s".repeat(120)}; _ga=GA1.1.1234567890.1750000000; _ga_ABCDEFGHIJ=GS2.1.s1750000000$o12$g1$t1750000000`,
  origin: "https://app.contoso.example",
  pragma: "no-cache",
  priority: "u=1, i",
  referer: "https://app.contoso.example/orders/1234567890?tab=history&sort=created&order=desc",
  "sec-ch-ua": '"Chromium";v="142", "Google Chrome";v="142", "Not_A Brand";v="99"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Windows"',
  "sec-fetch-dest": "empty",
  "sec-fetch-mode": "cors",
  "sec-fetch-site": "same-site",
  "user-agent":
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
};

const guid = (index: number) => `96000000-0000-4000-8001-${String(index).padStart(12, "0")}`;
const groups = Array.from({ length: 200 }, (_, index) => guid(index));
const manyScopes =
  "access_as_user customers.read customers.write invoices.read invoices.write orders.delete orders.read orders.write profile.read reports.read";
const manyRoles = ["Customers.Editor", "Invoices.Read.All", "Orders.Admin", "Orders.Read.All", "Reports.Viewer"];

/** With App Service's types, a typical v1.0 token is slightly too large, so claims about the token are omitted. */
const ofTheToken = ["aud", "iss", "iat", "nbf", "exp", "ver", "uti", "acr", "appidacr", "ipaddr"];

const microsoft = "http://schemas.microsoft.com/identity/claims";
const xmlSoap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";

describe("the origin of a gate", () => {
  let origin: OriginServer;
  let stack: OriginStack;

  beforeAll(async () => {
    // With Node's own limits: 16 KiB of headers.
    origin = await startOriginServer((_request, response) => response.end("ok"));
    const vars = {
      ORIGIN_URL: origin.url,
      ENTRA_ACCEPT_V1: "true",
      ENTRA_API_AUDIENCE: "a9100000-0000-4000-8000-000000000010 api://a9100000-0000-4000-8000-000000000010",
      ENTRA_REQUIRED_ROLE: "Orders.Read.All",
    };
    stack = await startOriginStack({ vars });
  });
  afterAll(() => Promise.all([stack?.stop(), origin?.stop()]));

  async function ask(options: AccessTokenOptions): Promise<{ status: number; seen: SeenRequest | undefined }> {
    const body = JSON.stringify({ authority: stack.entraUrl, ...options });
    const token = await (await fetch(`${stack.entraUrl}/local/access-token`, { method: "POST", body })).text();
    const before = origin.requests.length;
    const response = await stack.send("/orders", { headers: { ...browserHeaders, authorization: `Bearer ${token}` } });
    await response.text();
    return { status: response.status, seen: origin.requests[before] };
  }

  /** Sends a request that must reach the origin. */
  async function reach(options: AccessTokenOptions): Promise<SeenRequest> {
    const { status, seen } = await ask(options);
    expect(status).toBe(200);
    return seen!;
  }

  /** Bytes of the names and values that the gate added. */
  const addedBytes = (seen: SeenRequest) =>
    seen.headers
      .filter(([name]) => /^x-(?:ms-|entra-|forwarded-(?:host|proto))/i.test(name))
      .reduce((sum, [name, value]) => sum + name.length + value.length, 0);

  const principalOf = (seen: SeenRequest) => parseClientPrincipal(valuesOf(seen, "x-ms-client-principal")[0]!);

  it("accepts the request of a user with 200 groups, from a browser, with its token", async () => {
    const seen = await reach({ persona: "admin", claims: { groups } });
    expect(valuesOf(seen, "authorization")[0]!.length).toBeGreaterThan(11_000);
    expect(addedBytes(seen)).toBeLessThanOrEqual(2_048);
    expect(valuesOf(seen, "x-entra-omitted")).toEqual(["groups"]);
    expect(principalOf(seen).findAll("groups")).toEqual([]);
    expect(principalOf(seen).isInRole("Orders.Admin")).toBe(true);
  });

  it.each([1, 2] as const)("gets the claims of a typical v%i.0 token, with App Service's types", async (version) => {
    const seen = await reach({ persona: "member", roles: ["Orders.Admin"], version });
    const omitted = valuesOf(seen, "x-entra-omitted").flatMap((names) => names.split(" "));
    expect(omitted.filter((name) => !ofTheToken.includes(name))).toEqual([]);
    const principal = principalOf(seen);
    expect(principal.isAuthenticated).toBe(true);
    expect(principal.name).toBe(personas.member.username);
    expect([principal.isInRole("Orders.Admin"), principal.isInRole("orders.admin")]).toEqual([true, false]);
    expect(principal.findAll("roles")).toEqual(["Orders.Admin"]);
    expect(principal.findAll(`${microsoft}/objectidentifier`)).toEqual([personas.member.oid]);
    expect(principal.findAll(`${microsoft}/tenantid`)).toEqual([tenants.contoso.id]);
    expect(principal.findAll(`${microsoft}/scope`)).toEqual(["access_as_user"]);
    expect(principal.findAll(`${xmlSoap}/nameidentifier`)).toHaveLength(1);
    expect(principal.findAll("name")).toEqual([personas.member.name]);
    for (const name of ["oid", "tid", "sub", "scp"]) expect(principal.findAll(name), name).toEqual([]);
  });

  it("gets groups that fit", async () => {
    for (const count of [personas.admin.groups.length, 15]) {
      const own = Array.from({ length: count }, (_, index) => guid(index));
      const few = await reach({ persona: "admin", claims: { groups: own } });
      expect(principalOf(few).findAll("groups")).toEqual(own);
      expect(valuesOf(few, "x-entra-omitted")).toEqual([]);
      expect(addedBytes(few)).toBeLessThanOrEqual(4_096);
    }
  });

  it("gets ten scopes, five roles and the identity of the caller", async () => {
    const claims = { scp: manyScopes, roles: manyRoles, groups, wids: [guid(1)], email: "admin@contoso.example" };
    const seen = await reach({ persona: "admin", claims });
    // Node's limit, less 2 KiB for the client's own headers.
    expect(addedBytes(seen) + valuesOf(seen, "authorization")[0]!.length).toBeLessThanOrEqual(14 * 1024);
    expect(valuesOf(seen, "x-entra-omitted")[0]).toMatch(/^groups wids\b/);
    expect(valuesOf(seen, "x-entra-scopes")).toEqual([manyScopes]);
    const principal = principalOf(seen);
    expect(principal.findAll(`${microsoft}/scope`)).toEqual([manyScopes]);
    expect(manyRoles.filter((role) => !principal.isInRole(role))).toEqual([]);
    expect(principal.name).toBe(personas.admin.username);
    expect(principal.findAll(`${microsoft}/objectidentifier`)).toEqual([personas.admin.oid]);
    expect(principal.findAll(`${xmlSoap}/nameidentifier`)).toHaveLength(1);
  });

  it("gets the object ID as the name of an app", async () => {
    const principal = principalOf(await reach({ client: "daemon" }));
    expect(principal.name).toBe(clients.daemon.servicePrincipalId);
    expect(principal.isInRole("Orders.Read.All")).toBe(true);
  });

  it("gets no request if scopes and roles alone are too large, and the caller gets 500", {
    tags: "identity-fits",
  }, async () => {
    const roles = Array.from({ length: 40 }, (_, index) => `Orders.ReadWrite.Region${index}`);
    const before = origin.requests.length;
    const { status } = await ask({ persona: "admin", claims: { roles } });
    expect(status).toBe(500);
    expect(origin.requests.length).toBe(before);
    // The next caller is not affected.
    await reach({ persona: "admin" });
  });

  it("finds only the verified claims", { tags: "dotnet-claims" }, async () => {
    const claims = {
      Roles: ["Orders.Owner"],
      OID: "forged",
      [`${microsoft}/objectidentifier`]: "forged",
      Region: "EU",
    };
    const principal = principalOf(await reach({ persona: "admin", claims }));
    expect(principal.isInRole("Orders.Owner")).toBe(false);
    expect(principal.findAll(`${microsoft}/objectidentifier`)).toEqual([personas.admin.oid]);
    expect(principal.findAll("oid")).toEqual([]);
    expect(principal.findAll("Region")).toEqual(["EU"]);
  });
});

describe("the parser of these tests", () => {
  const encode = (principal: object) => Buffer.from(JSON.stringify(principal)).toString("base64");
  const claims = [
    { typ: "roles", val: "Orders.Admin" },
    { typ: "NAME", val: "Łucja" },
  ];

  it("finds neither a name nor a role if the types name absent claims (azure-functions-host issue 3898)", () => {
    const role_typ = "http://schemas.microsoft.com/ws/2008/06/identity/claims/role";
    for (const types of [{}, { name_typ: "", role_typ: "" }, { name_typ: "upn", role_typ }]) {
      const principal = parseClientPrincipal(encode({ auth_typ: "aad", ...types, claims }));
      expect([principal.name, principal.isInRole("Orders.Admin")]).toEqual([null, false]);
    }
  });

  it("finds both if the types name present claims, in any letter case", () => {
    const principal = parseClientPrincipal(encode({ AUTH_TYP: "aad", name_typ: "name", role_typ: "Roles", claims }));
    expect([principal.name, principal.isInRole("Orders.Admin")]).toEqual(["Łucja", true]);
  });
});
