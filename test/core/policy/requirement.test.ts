import { describe, expect, it } from "vitest";
import { listRequirements } from "../../../src/core/policy/decision.ts";
import {
  checkRequirement,
  combineRequirements,
  createRequirement,
  defaultRequirement,
  ofAnyProvider,
} from "../../../src/core/policy/requirement.ts";
import type { Requirement, RuleOptions } from "../../../src/core/policy/rule.ts";
import { client, tenant } from "../../support/claims.ts";

const [group, otherGroup] = ["96000000-0000-4000-8044-0000000000a1", "96000000-0000-4000-8044-0000000000b2"] as const;

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
    [{ roles: ["A"], groups: [group] }, "user"],
    [{ anyRole: ["A"], anyGroup: [group] }, "user"],
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
      groups: [group],
      anyGroup: [otherGroup, group],
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
    { from: ["customers"] },
    { clients: [client] },
    { tenants: [tenant] },
    { acrs: ["c1"] },
    { groups: [group] },
    { anyGroup: [group] },
    { kind: "user", clients: [client], tenants: [tenant], acrs: ["c1"] },
  ])("refuses %j, which every account of the tenant meets", { tags: "empty-requirement" }, (options) => {
    expect(create(options)).toThrow(new TypeError("a requirement must have scopes, anyScope, roles or anyRole"));
  });

  it.each(["scope", "Scopes", "role", "anyRoles", "audience", "issuer", "acr", "toString", "constructor", "0"])(
    "refuses the unknown member %s: it could be a guard",
    (name) => {
      expect(create({ scopes: ["a"], [name]: ["b"] })).toThrow(
        `unknown member "${name}" of a requirement. Use one of from, kind, tenants, clients, agent, scopes, anyScope, roles, anyRole, groups, anyGroup, acrs`,
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

  it.each(["from", "clients", "tenants", "acrs", "roles", "agent", "kind"])(
    "refuses %s unless it is an own enumerable property",
    (name) => {
      const inherited = Object.assign(Object.create({ [name]: ["c1"] }), { scopes: ["a"] });
      const hidden = Object.defineProperty({ scopes: ["a"] }, name, { value: ["c1"] });
      const complaint = new TypeError(`${name} of a requirement must be an own enumerable property`);
      for (const options of [inherited, hidden]) expect(create(options)).toThrow(complaint);
    },
  );

  describe.each(["from", "scopes", "anyScope", "roles", "anyRole", "groups", "anyGroup", "clients", "tenants", "acrs"])(
    "%s",
    (name) => {
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
          new TypeError(`${name} of a requirement must be a non-empty list of strings: { ${name}: ["…"] }`),
        );
      });
    },
  );

  /** Tests both lists of scopes, for tokens of Entra and of any provider. */
  const expectMistake = (scope: string, mistake: string, issuers = [undefined, ofAnyProvider]) => {
    for (const name of ["scopes", "anyScope"]) {
      const complaint = new TypeError(`${name} of a requirement has ${JSON.stringify(scope)}, ${mistake}`);
      for (const checks of issuers) {
        expect(() => createRequirement({ [name]: ["a", scope] }, checks)).toThrow(complaint);
      }
    }
  };

  it.each(["a b", " ", "a\tb", "a\nb", 'a"b', "a\\b", "a\0", "\u00e4", "a\u00a0b", "a\x7f"])(
    "refuses the scope %j, which would break out of a challenge",
    (scope) => {
      expectMistake(scope, "which is not one name: names have no spaces, quotes or backslashes");
    },
  );

  it.each([
    ["api://orders/orders.read", "orders.read"],
    ["API://orders/v1/orders.read", "orders.read"],
    [`api://${client}/read`, "read"],
    [`${client}/read`, "read"],
    [`${client.toUpperCase()}/read`, "read"],
  ])("refuses the full name %s of a scope, and names the short one", (scope, short) => {
    expectMistake(scope, `which is the full name, for requests to Entra. Tokens have the short name "${short}"`);
  });

  it.each(["api://orders", "api://orders/", `api://${client}`, `${client}/`])(
    "refuses %s, which is no scope",
    (uri) => {
      expectMistake(uri, "which is an Application ID URI and not a scope");
    },
  );

  it.each(["api://orders/.default", `${client}/.default`])("refuses %s, which no token has", (scope) => {
    expectMistake(scope, "which is only for requests to Entra. Name the scopes that a token must have");
  });

  it.each([
    [
      "https://orders.contoso.com/v1/read",
      'which is the full name, for requests to Entra. Tokens have the short name "read"',
    ],
    ["https://orders.contoso.com", "which is an Application ID URI and not a scope"],
    ["https://graph.microsoft.com/User.Read", "which only tokens for Microsoft Graph have"],
    [".default", "which is only for requests to Entra. Name the scopes that a token must have"],
    ["*", "but wildcards are not supported"],
    ["orders.*", "but wildcards are not supported"],
  ])("refuses the scope %s, unless another provider may have issued the token", (scope, mistake) => {
    expectMistake(scope, mistake, [undefined]);
    expect(createRequirement({ scopes: [scope] }, ofAnyProvider).anyOf[0].scopes).toEqual([scope]);
  });

  it.each(["access_as_user", "orders.read", "orders/read", "orders:read", "!#[]~", `x${client}/read`])(
    "accepts the scope %j",
    (scope) => {
      expect(createRequirement({ scopes: [scope] }).anyOf[0].scopes).toEqual([scope]);
    },
  );

  it("accepts roles in any spelling: no challenge names them", () => {
    const options = { roles: ['B\u00fccher "lesen"'] };
    expect(createRequirement(options).anyOf).toEqual([{ ...options, kind: "app" }]);
  });

  it.each(["roles", "anyRole"])("refuses a wildcard in %s", (name) => {
    const complaint = `${name} of a requirement has "Orders.*", but wildcards are not supported`;
    expect(create({ [name]: ["A", "Orders.*"] })).toThrow(new TypeError(complaint));
  });

  it.each(["clients", "tenants"])("refuses %s that are not GUIDs in lower case, as in tokens of Entra", (name) => {
    const complain = (id: string) => `${name} of a requirement has ${JSON.stringify(id)}, which`;
    const upper = client.toUpperCase();
    expect(create({ scopes: ["a"], [name]: [client, upper] })).toThrow(
      new TypeError(`${complain(upper)} must be in lower case: "${client}"`),
    );
    for (const id of ["my-app", `{${client}}`, `${client} `, "organizations"]) {
      expect(create({ scopes: ["a"], [name]: [id] })).toThrow(new TypeError(`${complain(id)} is not a GUID`));
      expect(() => createRequirement({ scopes: ["a"], [name]: [id] }, ofAnyProvider)).not.toThrow();
    }
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
        new TypeError("a requirement of kind app must not have scopes, anyScope, groups, anyGroup or acrs"),
      );
    },
  );

  it.each([null, undefined, "orders.read", ["orders.read"], 1])("refuses %j in place of an object", (options) => {
    const complaint = 'a requirement must be an object with lists: { scopes: ["…"] }';
    expect(create(options)).toThrow(new TypeError(complaint));
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
    const read = createRequirement({ scopes: ["read"] });
    const write = createRequirement({ scopes: ["write"] });
    const daemon = createRequirement({ roles: ["Read"] });
    const combined = combineRequirements([combineRequirements([read, write]), daemon]);
    expect(combined.anyOf).toEqual([...read.anyOf, ...write.anyOf, ...daemon.anyOf]);
    expect([combined, combined.anyOf, ...combined.anyOf].map((part) => Object.isFrozen(part))).not.toContain(false);
  });

  it("refuses an empty list of requirements", { tags: "empty-requirement" }, () => {
    expect(() => combineRequirements([])).toThrow(new TypeError("anyOf must have at least one requireAuth(…)"));
    expect(() => combineRequirements([{ anyOf: [] as never }])).toThrow(TypeError);
  });
});

describe.each(["groups", "anyGroup"])("%s", (name) => {
  const many = Array.from({ length: 101 }, (_, index) => group.slice(0, -3) + String(index).padStart(3, "0"));

  it("has up to 100 object IDs", () => {
    const groups = many.slice(1);
    expect(create({ scopes: ["a"], [name]: groups })()).toEqual({
      anyOf: [{ kind: "user", scopes: ["a"], [name]: groups }],
    });
    expect(create({ scopes: ["a"], [name]: many })).toThrow(`${name} of a requirement has more than 100 groups`);
  });

  it("has no group twice", () => {
    expect(create({ scopes: ["a"], [name]: [group, otherGroup, group] })).toThrow(
      `${name} of a requirement has a group twice`,
    );
  });

  it("has IDs in lower case, as tokens have them", () => {
    expect(create({ scopes: ["a"], [name]: [group.toUpperCase()] })).toThrow(
      `${name} of a requirement has "${group.toUpperCase()}", which is not the object ID of a group in lower case`,
    );
  });

  it.each(["Admins", "*", `{${group}}`, `${group} `, group.slice(1)])("says where to find the ID of %j", (text) => {
    expect(create({ scopes: ["a"], [name]: [text] })).toThrow(
      `${name} of a requirement has "${text}", which is not the object ID of a group in lower case. Find it with az ad group show --group NAME --query id`,
    );
  });

  it("restricts users only", () => {
    expect(create({ kind: "app", roles: ["A"], [name]: [group] })).toThrow(
      "a requirement of kind app must not have scopes, anyScope, groups, anyGroup or acrs",
    );
  });
});

describe("defaultRequirement", () => {
  const nothing = { requiredScopes: [], requiredRoles: [], requiredGroups: [] };

  it("requires all scopes of a user, or one of the roles of an app", () => {
    const user = { kind: "user", scopes: ["a", "b"] };
    const app = { kind: "app", anyRole: ["A", "B"] };
    const [requiredScopes, requiredRoles] = [user.scopes, app.anyRole];
    expect(defaultRequirement({ ...nothing, requiredScopes })).toEqual({ anyOf: [user] });
    expect(defaultRequirement({ ...nothing, requiredRoles })).toEqual({ anyOf: [app] });
    expect(defaultRequirement({ ...nothing, requiredScopes, requiredRoles })).toEqual({ anyOf: [user, app] });
  });

  it("requires one of the groups of a user, and not of an app", () => {
    const lists = { requiredScopes: ["a"], requiredRoles: ["A"], requiredGroups: [group, otherGroup] };
    expect(defaultRequirement(lists)).toEqual({
      anyOf: [
        { kind: "user", scopes: ["a"], anyGroup: [group, otherGroup] },
        { kind: "app", anyRole: ["A"] },
      ],
    });
  });

  it("is undefined if nothing is configured, or only groups", () => {
    expect(defaultRequirement(nothing)).toBeUndefined();
    expect(defaultRequirement({ ...nothing, requiredGroups: [group] })).toBeUndefined();
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

it("names the invalid one of several authentication contexts", () => {
  const problem = 'acrs of a requirement has "c100", which is not an authentication context from c1 to c99';
  expect(() => createRequirement({ scopes: ["a"], acrs: ["c1", "c100"] })).toThrow(problem);
});

describe("listRequirements", () => {
  const [own, standard] = [createRequirement({ scopes: ["a"] }), createRequirement({ scopes: ["b"] })];

  it("lists those of a route, and the default where a route has none", () => {
    expect(listRequirements({ kind: "required", requirements: [own, standard] }, undefined)).toEqual([own, standard]);
    expect(listRequirements({ kind: "default" }, standard)).toEqual([standard]);
  });

  it("lists none without a default requirement, or if access does not depend on one", () => {
    expect(listRequirements({ kind: "default" }, undefined)).toEqual([]);
    expect(listRequirements({ kind: "authenticated" }, standard)).toEqual([]);
  });
});
