import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createEntra } from "../../../entra/entra.ts";
import { type Caller, replaceIdentity, TokenOwner } from "../../../src/core/token/caller.ts";
import type { JsonObject } from "../../../src/core/token/decode.ts";
import type { VerifiedToken } from "../../../src/core/token/verified-tokens.ts";
import { identityOf } from "../../support/claims.ts";

const groups = ["a", "b"];
const token = await createEntra().issueAccessToken({ claims: { groups, deep: { list: [{ text: "\u5f20" }] } } });
/** With all that requests share: lists, and the description of an agent. */
const known = {
  ...identityOf("user", { roles: ["a"], xms_act_fct: "11" }),
  credential: `bearer  ${token}`,
} as VerifiedToken;

/** Everything that code could do to an object. */
const changes: readonly ((object: Record<string, unknown>, name: string) => void)[] = [
  (object, name) => {
    object[name] = "changed";
  },
  (object) => delete object[Object.keys(object)[0] ?? 0],
  (object) => Object.assign(object, { added: true }),
  (object, name) => Object.defineProperty(object, name, { value: "changed" }),
  (object) => Object.setPrototypeOf(object, { added: true }),
];

function everyObjectIn(value: unknown): object[] {
  return typeof value === "object" && value !== null ? [value, ...Object.values(value).flatMap(everyObjectIn)] : [];
}

describe("the principal of a request", () => {
  it("has the claims of the verified text, once for all code of the request", () => {
    const owner = new TokenOwner(known, "hit");
    const { principal } = owner;
    expect(owner.principal).toBe(principal);
    expect(principal.claims).toMatchObject({ groups, deep: { list: [{ text: "\u5f20" }] } });
    expect(principal.sub).toBe(principal.claims.sub);
    expect(principal.claims).toBe(principal.claims);
    expect({ ...principal }.claims).toBe(principal.claims);
    expect(JSON.parse(JSON.stringify(principal))).toMatchObject({ kind: "user", claims: { groups } });
    expect(new Proxy(principal, {}).claims).toBe(principal.claims);
  });

  it("has the members of a principal in their order", () => {
    const ofToken = ["kind", "sub", "oid", "tid", "authority", "azp", "agent", "scopes", "roles", "groups"];
    const members = [...ofToken, "expiresAtSeconds", "claims"];
    expect(Object.keys(new TokenOwner(known, "hit").principal)).toEqual(members);
  });

  it("shares its getters with every other principal", () => {
    const owner = new TokenOwner(known, "hit");
    const others = [new TokenOwner(known, "hit", { sub: "s" }), replaceIdentity(owner, known)];
    const getters = ({ principal }: Caller) =>
      ["sub", "claims"].map((name) => Object.getOwnPropertyDescriptor(principal, name)?.get);
    expect(getters(owner).every((getter) => typeof getter === "function")).toBe(true);
    for (const other of others) expect(getters(other)).toEqual(getters(owner));
  });

  it("has nothing else in a copy or in a log", () => {
    const { principal } = new TokenOwner(known, "hit");
    const { sub, claims, ...others } = principal;
    for (const copy of [{ ...principal }, structuredClone(principal), Object.assign({}, principal)]) {
      expect(Reflect.ownKeys(copy)).toEqual(Object.keys(principal));
      expect(copy).toEqual({ ...others, sub: claims.sub, claims });
    }
    expect(Object.getPrototypeOf(principal)).toBe(Object.prototype);
    expect(inspect(principal)).toMatch(/^\{\n {2}kind: 'user',\n {2}sub: \[Getter\],[\s\S]* claims: \[Getter\]\n\}$/);
  });

  it("keeps its claims if its identity is replaced", () => {
    const owner = new TokenOwner(known, "hit");
    const { principal } = replaceIdentity(owner, { ...known, groups: ["c"] });
    expect(principal.groups).toEqual(["c"]);
    expect(principal.claims).toBe(owner.principal.claims);
    expect(principal.sub).toBe(owner.principal.sub);
    expect(Object.isFrozen(principal)).toBe(true);
  });

  it.each([
    ["whose claims this request parsed", () => ({ sub: "s", groups: [...groups], deep: { list: [{}] } }) as JsonObject],
    ["whose claims are parsed when they are read", () => undefined],
  ])("cannot be changed, for a token %s", (_, parsed) => {
    const { principal } = new TokenOwner(known, "hit", parsed());
    const before = JSON.stringify(principal);
    const objects = everyObjectIn(principal).filter((object) => Object.keys(object).length > 0);
    expect(objects.length).toBeGreaterThan(4);
    for (const object of objects) {
      for (const change of changes) {
        for (const name of [...Object.keys(object), "added"]) {
          expect(() => change(object as Record<string, unknown>, name)).toThrow(TypeError);
        }
      }
    }
    for (const name of Reflect.ownKeys(principal)) {
      const value: unknown = principal[name as keyof typeof principal];
      expect(Object.isFrozen(value), String(name)).toBe(true);
    }
    expect(JSON.stringify(principal)).toBe(before);
    expect(JSON.stringify(new TokenOwner(known, "hit", parsed()).principal)).toBe(before);
  });
});
