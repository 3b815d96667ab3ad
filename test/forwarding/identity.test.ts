import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clients } from "../../entra/directory/clients.ts";
import { tenants } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";
import type { Principal } from "../../src/core/token/principal.ts";
import { isShownClaim, typeOfClaim } from "../../src/forwarding/claim-types.ts";
import { writeIdentity } from "../../src/forwarding/identity.ts";
import { countBytes } from "../../src/forwarding/request-headers.ts";
import { principalOf } from "../support/claims.ts";

const xmlSoap = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";
const roomBytes = 2_048;
const endless = 1_000_000;

const read = (principal: Principal, room = endless) =>
  new Headers(writeIdentity(principal, room)?.map(([name, value]) => [name, value]));

interface ClientPrincipal {
  readonly auth_typ: string;
  readonly name_typ: string;
  readonly role_typ: string;
  readonly claims: readonly { readonly typ: string; readonly val: string }[];
}

function readPrincipal(principal: Principal, room = endless): ClientPrincipal {
  const value = read(principal, room).get("x-ms-client-principal")!;
  const bytes = Uint8Array.from(atob(value), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

const readClaims = (principal: Principal, room = endless) => readPrincipal(principal, room).claims;

const valuesOf = (principal: Principal, type: string) =>
  readClaims(principal).flatMap(({ typ, val }) => (typ === type ? [val] : []));

describe("identity headers", () => {
  it("describe how an agent acts, and nothing for other callers", () => {
    const agent = { acts: "for-user" } as const;
    expect(read({ ...principalOf("user"), agent }).get("x-entra-agent")).toBe("for-user");
    expect(read(principalOf("user")).has("x-entra-agent")).toBe(false);
  });

  it("identify a user", () => {
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

  it("identify an app, which has no name and no scopes", () => {
    const headers = read(principalOf("app"));
    expect(headers.get("x-ms-client-principal-id")).toBe(clients.daemon.servicePrincipalId);
    expect(headers.has("x-ms-client-principal-name")).toBe(false);
    expect(headers.get("x-entra-scopes")).toBe("");
    expect(headers.get("x-entra-roles")).toBe("Orders.Read.All");
  });

  it("are exactly these for a caller without a name", () => {
    expect(writeIdentity(principalOf("app"), roomBytes)?.map(([name]) => name)).toEqual([
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

  it("contain the claims in App Service's format, one entry for each value", () => {
    const principal = principalOf("user", { roles: ["a", "b"], amr: [], xms_cc: null, acct: 0, deep: { a: [1] } });
    expect(readPrincipal(principal)).toMatchObject({
      auth_typ: "aad",
      name_typ: "preferred_username",
      role_typ: "roles",
    });
    expect(valuesOf(principal, "http://schemas.microsoft.com/identity/claims/tenantid")).toEqual([tenants.contoso.id]);
    expect(valuesOf(principal, "roles")).toEqual(["a", "b"]);
    expect(valuesOf(principal, "http://schemas.microsoft.com/claims/authnmethodsreferences")).toEqual([]);
    expect(valuesOf(principal, "xms_cc")).toEqual(["null"]);
    expect(valuesOf(principal, "acct")).toEqual(["0"]);
    expect(valuesOf(principal, "deep")).toEqual(['{"a":[1]}']);
  });

  it("omit claims that Microsoft reserves", () => {
    const types = readClaims(principalOf("user", { aio: "x", rh: "y" })).map(({ typ }) => typ);
    expect(types).toContain("uti");
    expect(types.filter((typ) => typ === "aio" || typ === "rh")).toEqual([]);
  });

  it.each([
    [{ preferred_username: "a@b", upn: "c@d", name: "E" }, "preferred_username", "a@b"],
    [{ preferred_username: undefined, upn: "c@d", unique_name: "e@f", name: "E" }, `${xmlSoap}/upn`, "c@d"],
    [{ preferred_username: undefined, unique_name: "e@f", name: "E" }, `${xmlSoap}/name`, "e@f"],
    [{ preferred_username: undefined, name: "E" }, "name", "E"],
    [{ preferred_username: 1, name: "E" }, "name", "E"],
  ])("name the user by %j, with the type in name_typ", (claims, type, name) => {
    const principal = principalOf("user", claims);
    expect(read(principal).get("x-ms-client-principal-name")).toBe(name);
    expect(readPrincipal(principal).name_typ).toBe(type);
    expect(valuesOf(principal, type)).toEqual([name]);
  });

  it("contain no name for a user without one, and the object ID in name_typ", () => {
    const principal = principalOf("user", { preferred_username: undefined, name: undefined });
    expect(read(principal).has("x-ms-client-principal-name")).toBe(false);
    const { name_typ } = readPrincipal(principal);
    expect(name_typ).toBe("http://schemas.microsoft.com/identity/claims/objectidentifier");
    expect(valuesOf(principal, name_typ)).toEqual([personas.member.oid]);
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
  ])("encode what a header cannot contain: %j", (name, encoded) => {
    const value = read(principalOf("user", { preferred_username: name })).get("x-ms-client-principal-name");
    expect(value).toBe(encoded);
    expect(decodeURIComponent(value!)).toBe(name.toWellFormed());
  });

  it("separate items with spaces, and encode separators in a role", () => {
    const roles = ["a b", "a\tb", "a\u00a0b", "a,b", "a%20b", "Ä", "Orders.Read.All"];
    const value = read(principalOf("app", { roles })).get("x-entra-roles")!;
    expect(value).toBe("a%20b a%09b a%C2%A0b a%2Cb a%2520b %C3%84 Orders.Read.All");
  });
});

describe("the header X-Entra-Groups", () => {
  const principalIn = (groups: readonly string[]): Principal => ({ ...principalOf("user"), groups });
  const groups = Array.from(
    { length: 100 },
    (_, index) => `96000000-0000-4000-8044-${String(index).padStart(12, "0")}`,
  );

  it("has the named groups of the caller, and is absent if there are none", () => {
    expect(read(principalIn(groups.slice(0, 2))).get("x-entra-groups")).toBe(`${groups[0]} ${groups[1]}`);
    expect(read(principalIn([])).has("x-entra-groups")).toBe(false);
  });

  it("is left out as a whole, and said to be, if it does not fit", () => {
    const principal = principalIn(groups);
    const bytes = countBytes(writeIdentity(principal, endless) ?? []);
    expect(read(principal, bytes).get("x-entra-groups")).toBe(groups.join(" "));
    const headers = read(principal, roomBytes);
    expect([headers.has("x-entra-groups"), headers.get("x-entra-omitted")]).toEqual([false, "x-entra-groups"]);
    expect(countBytes(writeIdentity(principal, roomBytes) ?? [])).toBeLessThanOrEqual(roomBytes);
  });

  it("stays if claims that may be left out make room", () => {
    const principal = { ...principalOf("user", { groups }), groups: groups.slice(0, 5) };
    const headers = read(principal, roomBytes);
    expect(headers.get("x-entra-groups")).toBe(groups.slice(0, 5).join(" "));
    expect(headers.get("x-entra-omitted")).toBe("groups");
  });
});

describe("identity headers with a size limit", () => {
  const groups = Array.from(
    { length: 200 },
    (_, index) => `96000000-0000-4000-8055-${String(index).padStart(12, "0")}`,
  );
  const omittedOf = (principal: Principal, room: number) => read(principal, room).get("x-entra-omitted")?.split(" ");
  const bytesOf = (principal: Principal, room: number) => countBytes(writeIdentity(principal, room) ?? []);

  it("are complete if they fit exactly; with one byte less, they omit only groups", () => {
    const principal = principalOf("user", { groups: groups.slice(0, 1), wids: groups.slice(1, 2) });
    const bytes = bytesOf(principal, endless);
    expect(omittedOf(principal, bytes)).toBeUndefined();
    expect(omittedOf(principal, bytes - 1)).toEqual(["groups"]);
    const types = readClaims(principal, bytes - 1).map(({ typ }) => typ);
    expect([types.includes("groups"), types.includes("wids")]).toEqual([false, true]);
  });

  it("omit claims in this order: groups, wids, those of the token, those of the tenant, those of the caller", () => {
    const principal = principalOf("user", {
      groups,
      wids: groups.slice(0, 2),
      tenant_ctry: "PL",
      email: "a@b.example",
    });
    let room = bytesOf(principal, endless);
    let order: readonly string[] = [];
    for (; writeIdentity(principal, room) !== undefined; room -= 10) order = omittedOf(principal, room) ?? order;
    expect(order.join(" ")).toMatch(
      /^groups wids (?:(?:iss|aud|uti|iat|nbf|exp|azpacr|ver) ){8}tenant_ctry (?:(?:azp|name|email) ?){3}$/,
    );
    const left = readClaims(principal, room + 10).map(({ typ }) => typ);
    expect(left.map((type) => type.slice(type.lastIndexOf("/") + 1)).sort()).toEqual([
      "nameidentifier",
      "objectidentifier",
      "preferred_username",
      "scope",
      "tenantid",
    ]);
  });

  it("omit no claim that fits", () => {
    const own = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`own_${index}`, "x".repeat(20 + index)]));
    const principal = principalOf("user", own);
    /** Unused bytes at the smallest size for each number of omitted claims. */
    const unused: number[] = [];
    for (let room = bytesOf(principal, endless); writeIdentity(principal, room) !== undefined; room -= 1) {
      unused[omittedOf(principal, room)?.length ?? 0] = room - bytesOf(principal, room);
    }
    expect(unused.length).toBeGreaterThan(15);
    expect(unused[0]).toBe(0);
    expect(unused.at(-1)).toBe(0);
    // The size of base64 is estimated.
    expect(Math.max(...unused)).toBeLessThanOrEqual(8);
  });

  it("never omit a scope, a role or the name: if those do not fit, there are no headers", () => {
    for (const claims of [
      { roles: Array.from({ length: 60 }, (_, index) => `Orders.ReadWrite.${index}`) },
      { scp: Array.from({ length: 60 }, (_, index) => `orders.readwrite.${index}`).join(" ") },
      { preferred_username: "ß".repeat(1_000) },
    ]) {
      expect(writeIdentity(principalOf("user", claims), roomBytes)).toBeUndefined();
    }
  });

  it("fit or are absent, for any claims, and name omitted claims", () => {
    const claim = fc.oneof(fc.string({ maxLength: 60 }), fc.array(fc.uuid(), { maxLength: 20 }), fc.integer());
    const names = fc.oneof(
      fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
      fc.constantFrom("groups", "amr"),
    );
    fc.assert(
      fc.property(
        fc.dictionary(names, claim, { maxKeys: 20 }),
        fc.integer({ min: 900, max: 3_000 }),
        (claims, room) => {
          const principal = principalOf("user", claims);
          const headers = writeIdentity(principal, room);
          if (headers === undefined) return;
          expect(countBytes(headers)).toBeLessThanOrEqual(room);
          const whole = new Set(readClaims(principalOf("user", claims)).map(({ typ }) => typ));
          const there = new Set(readClaims(principal, room).map(({ typ }) => typ));
          const omitted = omittedOf(principal, room)?.map((name) => typeOfClaim(decodeURIComponent(name))) ?? [];
          const absent = [...whole].filter((type) => !there.has(type)).map((type) => type.toWellFormed());
          expect(absent.sort()).toEqual([...new Set(omitted)].sort());
        },
      ),
    );
  });
});

it("is the same in Node 22 and 24, which have no built-in base64", () => {
  const expected = [...read(principalOf("user", { name: "\u00c5se" }))];
  const builtIn = Object.getOwnPropertyDescriptor(Uint8Array.prototype, "toBase64")!;
  Reflect.deleteProperty(Uint8Array.prototype, "toBase64");
  try {
    expect([...read(principalOf("user", { name: "\u00c5se" }))]).toEqual(expected);
  } finally {
    Object.defineProperty(Uint8Array.prototype, "toBase64", builtIn);
  }
});

describe("any identity", () => {
  const text = fc.string({ unit: "binary", maxLength: 20 });
  const item = fc.string({ unit: "binary", minLength: 1, maxLength: 20 });

  it("is printable ASCII, and decodes to the claims of the token", () => {
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

  it("has every string claim unchanged, in base64", () => {
    const names = fc.string({ unit: "binary", minLength: 1, maxLength: 8 }).filter((name) => name !== "__proto__");
    fc.assert(
      fc.property(fc.dictionary(names, text), (claims) => {
        const principal = { ...principalOf("user"), claims };
        const shown = Object.entries(claims).filter(([name]) => isShownClaim(name));
        expect(readClaims(principal)).toEqual(shown.map(([name, val]) => ({ typ: typeOfClaim(name), val })));
      }),
    );
  });
});
