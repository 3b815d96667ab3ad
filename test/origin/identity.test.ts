import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clients, personas, tenants } from "../../dev/entra/directory.ts";
import { identityHeaders } from "../../src/origin/identity.ts";
import type { Principal } from "../../src/token/principal.ts";
import { principalOf } from "../support/claims.ts";

const read = (principal: Principal) => new Headers(identityHeaders(principal).map(([name, value]) => [name, value]));

function readClaims(principal: Principal): readonly { readonly typ: string; readonly val: string }[] {
  const value = read(principal).get("x-ms-client-principal")!;
  const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)).claims;
}

const valuesOf = (principal: Principal, type: string) =>
  readClaims(principal).flatMap(({ typ, val }) => (typ === type ? [val] : []));

describe("identity headers", () => {
  it("say who a user is", () => {
    const headers = Object.fromEntries(read(principalOf("user", { scp: "access_as_user orders.read" })));
    expect(headers).toEqual({
      "x-ms-client-principal": expect.stringMatching(/^[A-Za-z0-9+/]+={0,2}$/),
      "x-ms-client-principal-id": personas.member.oid,
      "x-ms-client-principal-name": personas.member.username,
      "x-ms-client-principal-idp": "aad",
      "x-entra-tenant": tenants.contoso.id,
      "x-entra-client": clients.spa.clientId,
      "x-entra-scopes": "access_as_user orders.read",
      "x-entra-roles": "",
    });
  });

  it("say who an app is, which has no name and no scopes", () => {
    const headers = read(principalOf("app"));
    expect(headers.get("x-ms-client-principal-id")).toBe(clients.daemon.servicePrincipalId);
    expect(headers.has("x-ms-client-principal-name")).toBe(false);
    expect(headers.get("x-entra-scopes")).toBe("");
    expect(headers.get("x-entra-roles")).toBe("Orders.Read.All");
  });

  it("are these and no others where nobody has a name", () => {
    expect(identityHeaders(principalOf("app")).map(([name]) => name)).toEqual([
      "x-ms-client-principal",
      "x-ms-client-principal-id",
      "x-ms-client-principal-idp",
      "x-entra-tenant",
      "x-entra-client",
      "x-entra-scopes",
      "x-entra-roles",
    ]);
  });

  it("keep every space around a name", () => {
    const headers = read(principalOf("user", { preferred_username: "  a b  " }));
    expect(headers.get("x-ms-client-principal-name")).toBe("%20%20a b%20%20");
  });

  it("have the claims in App Service's shape, one entry for each value", () => {
    const principal = principalOf("user", { roles: ["a", "b"], amr: [], xms_cc: null, acct: 0, deep: { a: [1] } });
    const text = atob(read(principal).get("x-ms-client-principal")!);
    expect(JSON.parse(text)).toMatchObject({ auth_typ: "aad", name_typ: "name", role_typ: "roles" });
    expect(valuesOf(principal, "tid")).toEqual([tenants.contoso.id]);
    expect(valuesOf(principal, "roles")).toEqual(["a", "b"]);
    expect(valuesOf(principal, "amr")).toEqual([]);
    expect(valuesOf(principal, "xms_cc")).toEqual(["null"]);
    expect(valuesOf(principal, "acct")).toEqual(["0"]);
    expect(valuesOf(principal, "deep")).toEqual(['{"a":[1]}']);
  });

  it("leave out what Microsoft keeps for itself", () => {
    const types = readClaims(principalOf("user", { aio: "x", rh: "y" })).map(({ typ }) => typ);
    expect(types).toContain("sub");
    expect(types.filter((typ) => typ === "aio" || typ === "rh")).toEqual([]);
  });

  it.each([
    [{ preferred_username: "a@b", upn: "c@d", name: "E" }, "a@b"],
    [{ preferred_username: undefined, upn: "c@d", name: "E" }, "c@d"],
    [{ preferred_username: undefined, name: "E" }, "E"],
    [{ preferred_username: 1, name: "E" }, "E"],
    [{ preferred_username: undefined, name: undefined }, null],
  ])("name the user by %j", (claims, name) => {
    expect(read(principalOf("user", claims)).get("x-ms-client-principal-name")).toBe(name);
  });

  it.each([
    ["Łukasz Żółć", "%C5%81ukasz %C5%BB%C3%B3%C5%82%C4%87"],
    ["naïve", "na%C3%AFve"],
    ["a\r\nX-Entra-Roles: Orders.Admin", "a%0D%0AX-Entra-Roles: Orders.Admin"],
    ["a\0b\tc\x7fd", "a%00b%09c%7Fd"],
    ["100%25", "100%2525"],
    [" a b ", "%20a b%20"],
    ["", ""],
    ["👩‍🚀", "%F0%9F%91%A9%E2%80%8D%F0%9F%9A%80"],
    ["a\ud800b", "a%EF%BF%BDb"],
    ["\udc00", "%EF%BF%BD"],
    ['"quoted", <b>', '"quoted", <b>'],
  ])("encode what no header can hold: %j", (name, encoded) => {
    const value = read(principalOf("user", { preferred_username: name })).get("x-ms-client-principal-name");
    expect(value).toBe(encoded);
    expect(decodeURIComponent(value!)).toBe(name.toWellFormed());
  });

  it("hold one item between two spaces, whatever is in a role", () => {
    const roles = ["a b", "a\tb", "a\u00a0b", "a,b", "a%20b", "Ä", "Orders.Read.All"];
    const value = read(principalOf("app", { roles })).get("x-entra-roles")!;
    expect(value).toBe("a%20b a%09b a%C2%A0b a%2Cb a%2520b %C3%84 Orders.Read.All");
  });

  it("hold names of any length", () => {
    const name = "ß".repeat(20_000);
    const value = read(principalOf("user", { preferred_username: name })).get("x-ms-client-principal-name")!;
    expect(decodeURIComponent(value)).toBe(name);
  });

  it("are made once for each principal, not once for each like it", () => {
    const principal = principalOf("user");
    expect(identityHeaders(principal)).toBe(identityHeaders(principal));
    expect(identityHeaders(principalOf("user"))).not.toBe(identityHeaders(principal));
  });
});

describe("any identity", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const item = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });

  it("is printable ASCII, and decodes to what the token says", () => {
    fc.assert(
      fc.property(text, fc.array(item, { maxLength: 4 }), text, (name, roles, oid) => {
        const headers = read({ ...principalOf("user", { preferred_username: name, roles }), oid });
        for (const [header, value] of headers) expect(value, header).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeURIComponent(headers.get("x-ms-client-principal-name")!)).toBe(name.toWellFormed());
        expect(decodeURIComponent(headers.get("x-ms-client-principal-id")!)).toBe(oid.toWellFormed());
        const decoded = headers.get("x-entra-roles")!.split(" ").map(decodeURIComponent);
        expect(decoded).toEqual(roles.length === 0 ? [""] : roles.map((role) => role.toWellFormed()));
      }),
    );
  });

  it("has every string claim as it is, in base64", () => {
    const names = fc.string({ unit: "binary", minLength: 1, maxLength: 8 }).filter((name) => name !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(names, text), (claims) => {
        const principal = { ...principalOf("user"), claims };
        const { aio: _aio, rh: _rh, ...shown } = claims;
        expect(readClaims(principal)).toEqual(Object.entries(shown).map(([typ, val]) => ({ typ, val })));
      }),
    );
  });
});
