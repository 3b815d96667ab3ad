import { describe, expect, it } from "vitest";
import {
  checkRequirement,
  combineRequirements,
  createRequirement,
  defaultRequirement,
  type Requirement,
  type RuleOptions,
} from "../../src/policy/requirement.ts";
import { client, tenant } from "../support/claims.ts";

/** Options of any type, as JavaScript code may pass. */
const create = (options: unknown) => () => createRequirement(options as RuleOptions);

describe("createRequirement", () => {
  it.each([
    [{ scopes: ["a"] }, "user"],
    [{ anyScope: ["a"] }, "user"],
    [{ roles: ["A"] }, "app"],
    [{ anyRole: ["A"] }, "app"],
    [{ roles: ["A"], acrs: ["c1"] }, "user"],
    [{ scopes: ["a"], roles: ["A"] }, "user"],
    [{ kind: "user", roles: ["A"] }, "user"],
    [{ kind: "app", roles: ["A"] }, "app"],
  ] as const)("determines the kind from %j", (options, kind) => {
    expect(createRequirement(options)).toEqual({ anyOf: [{ ...options, kind }] });
  });

  it("keeps every list", () => {
    const options = {
      kind: "user",
      scopes: ["a"],
      anyScope: ["b", "c"],
      roles: ["A"],
      anyRole: ["B", "C"],
      clients: [client],
      tenants: [tenant],
      acrs: ["c1", "c99"],
    } as const;
    expect(createRequirement(options)).toEqual({ anyOf: [options] });
  });

  it.each([
    {},
    { kind: "user" },
    { kind: "app" },
    { clients: [client] },
    { tenants: [tenant] },
    { acrs: ["c1"] },
    { kind: "user", clients: [client], tenants: [tenant], acrs: ["c1"] },
  ])("refuses %j, which every account of the tenant meets", (options) => {
    expect(create(options)).toThrow(new TypeError("a requirement must have scopes, anyScope, roles or anyRole"));
  });

  it.each(["scope", "Scopes", "role", "anyRoles", "audience", "issuer", "acr", "toString", "constructor", "0"])(
    "refuses the unknown member %s: it could be a guard",
    (name) => {
      expect(create({ scopes: ["a"], [name]: ["b"] })).toThrow(
        `unknown member "${name}" of a requirement. Use one of kind, scopes, anyScope, roles, anyRole, clients, tenants, acrs, agent`,
      );
    },
  );

  it.each([undefined, null, true, "", "Only", "always", ["only"]])("refuses %j for agent", (agent) => {
    expect(create({ scopes: ["a"], agent })).toThrow(new TypeError('agent of a requirement must be "only" or "never"'));
  });

  it.each(["only", "never"])("keeps agent: %j, which only restricts a rule", (agent) => {
    expect(create({ scopes: ["a"], agent })()).toEqual({ anyOf: [{ kind: "user", scopes: ["a"], agent }] });
    expect(create({ kind: "app", agent })).toThrow("must have scopes, anyScope, roles or anyRole");
  });

  it.each(["clients", "tenants", "acrs", "roles", "agent", "kind"])(
    "refuses %s unless it is an own enumerable property",
    (name) => {
      const inherited = Object.assign(Object.create({ [name]: ["c1"] }), { scopes: ["a"] });
      const hidden = Object.defineProperty({ scopes: ["a"] }, name, { value: ["c1"] });
      const complaint = new TypeError(`${name} of a requirement must be an own enumerable property`);
      for (const options of [inherited, hidden]) expect(create(options)).toThrow(complaint);
    },
  );

  describe.each(["scopes", "anyScope", "roles", "anyRole", "clients", "tenants", "acrs"])("%s", (name) => {
    it.each([
      [[]],
      [undefined],
      [null],
      ["a"],
      [1],
      [true],
      [{}],
      [{ 0: "a", length: 1 }],
      [[""]],
      [["a", ""]],
      [[null]],
      [[["a"]]],
      [new Set(["a"])],
    ])("must be a list of at least one text, not %j", (value) => {
      const other = name === "roles" ? { anyRole: ["A"] } : { roles: ["A"] };
      expect(create({ ...other, [name]: value })).toThrow(
        new TypeError(`${name} of a requirement must be a non-empty list of strings`),
      );
    });
  });

  it.each(["a b", " ", "a\tb", "a\nb", 'a"b', "a\\b", "a\0", "\u00e4", "a\u00a0b", "a\x7f"])(
    "refuses the scope %j, which would break out of a challenge",
    (scope) => {
      for (const name of ["scopes", "anyScope"]) {
        expect(create({ [name]: ["a", scope] })).toThrow(
          new TypeError(`${name} of a requirement must be scope names without spaces, quotes or backslashes`),
        );
      }
    },
  );

  it.each(["access_as_user", "orders.read", "api://orders/read", "!#[]~", "*", ".default"])(
    "accepts the scope %j",
    (scope) => {
      expect(createRequirement({ scopes: [scope] }).anyOf[0].scopes).toEqual([scope]);
    },
  );

  it("accepts roles, clients and tenants in any spelling: no challenge names them", () => {
    const options = { roles: ['B\u00fccher "lesen"'], clients: ["any client"], tenants: ["any tenant"] };
    expect(createRequirement(options).anyOf).toEqual([{ ...options, kind: "app" }]);
  });

  it.each(["c0", "c100", "c01", "C1", "c", "1", "c1 ", "c1,c2", "\u0441\u0031", "\u{1f600}"])(
    "refuses the authentication context %j, which Entra cannot have",
    (context) => {
      expect(create({ scopes: ["a"], acrs: [context] })).toThrow(TypeError);
    },
  );

  it.each(["User", "admin", "", 1, {}])("refuses the kind %j", (kind) => {
    expect(create({ kind, roles: ["A"] })).toThrow(new TypeError('kind of a requirement must be "user" or "app"'));
  });

  it.each([{ scopes: ["a"] }, { anyScope: ["a"] }, { roles: ["A"], acrs: ["c1"] }])(
    "refuses %j for an app, which has no such claim",
    (options) => {
      expect(create({ ...options, kind: "app" })).toThrow(
        new TypeError("a requirement of kind app must not have scopes, anyScope or acrs"),
      );
    },
  );

  it.each([null, undefined, "orders.read", ["orders.read"], 1])("refuses %j in place of an object", (options) => {
    expect(create(options)).toThrow(TypeError);
  });

  it("is frozen, and independent of the lists that it was made from", () => {
    const scopes = ["orders.read"];
    const requirement = createRequirement({ scopes });
    scopes.pop();
    expect(requirement.anyOf[0].scopes).toEqual(["orders.read"]);
    const parts = [requirement, requirement.anyOf, requirement.anyOf[0], requirement.anyOf[0].scopes];
    expect(parts.map((part) => Object.isFrozen(part))).toEqual([true, true, true, true]);
  });
});

describe("combineRequirements", () => {
  it("contains every alternative of each, in order", () => {
    const [read, write, daemon] = [{ scopes: ["read"] }, { scopes: ["write"] }, { roles: ["Read"] }].map(
      createRequirement,
    ) as [
      ReturnType<typeof createRequirement>,
      ReturnType<typeof createRequirement>,
      ReturnType<typeof createRequirement>,
    ];
    const combined = combineRequirements([combineRequirements([read, write]), daemon]);
    expect(combined.anyOf).toEqual([...read.anyOf, ...write.anyOf, ...daemon.anyOf]);
    expect([combined, combined.anyOf, ...combined.anyOf].map((part) => Object.isFrozen(part))).not.toContain(false);
  });

  it("refuses an empty list of requirements", () => {
    expect(() => combineRequirements([])).toThrow(new TypeError("a requirement needs at least one alternative"));
    expect(() => combineRequirements([{ anyOf: [] as never }])).toThrow(TypeError);
  });
});

describe("defaultRequirement", () => {
  it("requires all scopes of a user, or one of the roles of an app", () => {
    const user = { kind: "user", scopes: ["a", "b"] };
    const app = { kind: "app", anyRole: ["A", "B"] };
    expect(defaultRequirement(["a", "b"], [])).toEqual({ anyOf: [user] });
    expect(defaultRequirement([], ["A", "B"])).toEqual({ anyOf: [app] });
    expect(defaultRequirement(["a", "b"], ["A", "B"])).toEqual({ anyOf: [user, app] });
  });

  it("is undefined if nothing is configured", () => {
    expect(defaultRequirement([], [])).toBeUndefined();
  });
});

describe("checkRequirement", () => {
  it("accepts every requirement that was created here", () => {
    const requirement = combineRequirements([
      createRequirement({ scopes: ["a"] }),
      createRequirement({ roles: ["A"] }),
    ]);
    expect(checkRequirement(requirement)).toBe(requirement);
  });

  it.each([
    null,
    undefined,
    {},
    "orders.read",
    { anyOf: [] },
    { anyOf: [{ kind: "user" }] },
    { anyOf: [{ kind: "user", scopes: ["a"] }] },
    { ...createRequirement({ scopes: ["a"] }) },
    Object.create(createRequirement({ scopes: ["a"] })),
  ])("refuses a plain object, alone and among requirements: %j", (written) => {
    const requirement = written as Requirement;
    const complaint = new TypeError("a requirement must be the result of requireAuth(…) or anyOf(…)");
    expect(() => checkRequirement(requirement)).toThrow(complaint);
    expect(() => combineRequirements([createRequirement({ scopes: ["b"] }), requirement])).toThrow(complaint);
  });
});

it("lists the valid authentication contexts if one of several is invalid", () => {
  const problem = "acrs of a requirement must be authentication contexts from c1 to c99";
  expect(() => createRequirement({ scopes: ["a"], acrs: ["c1", "c100"] })).toThrow(problem);
});
