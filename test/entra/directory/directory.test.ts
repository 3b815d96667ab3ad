import { describe, expect, it } from "vitest";
import { DirectoryError, type DirectoryFault } from "../../../entra/directory/checks.ts";
import type { DirectoryConfig } from "../../../entra/directory/config.ts";
import { createDirectory } from "../../../entra/directory/create-directory.ts";

const alone = (config: DirectoryConfig): DirectoryConfig => ({ defaults: false, tenants: { contoso: {} }, ...config });

/** Faults of a configuration, as `path: message`. */
function findFaults(config: DirectoryConfig): readonly string[] {
  try {
    createDirectory(config);
    return [];
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    return error.faults.map(({ path, message }: DirectoryFault) => `${path.join(".")}: ${message}`);
  }
}

describe("the default directory", () => {
  it("has no fault", () => {
    const { tenants, users, apps } = createDirectory();
    expect([tenants.length, users.length, apps.length]).toEqual([3, 10, 12]);
  });

  it("is added to, and its entries are replaced by name", () => {
    const directory = createDirectory({
      users: { member: { name: "Own Member" }, rosa: {} },
      apps: { shop: { redirectUris: { spa: ["http://localhost:5173/"] }, permissions: { api: ["Orders.Admin"] } } },
      consents: [{ user: "newcomer", app: "shop", given: true }],
    });
    expect(directory.findUser("member")).toMatchObject({ name: "Own Member", username: "member@contoso.example" });
    expect(directory.findUser("rosa")?.tenant.shortName).toBe("contoso");
    expect(directory.findApp("shop")?.permissions).toEqual({
      "a9100000-0000-4000-8000-000000000010": ["Orders.Admin"],
    });
    const consents = ["shop", "spa"].map((app) => directory.hasConsent({ user: "newcomer", app, api: "api" }, "x"));
    expect(consents).toEqual([true, false]);
  });

  it("is absent with `defaults: false`", () => {
    const { tenants, users, apps } = createDirectory(alone({}));
    expect([tenants.map(({ shortName }) => shortName), users, apps]).toEqual([["contoso"], [], []]);
  });
});

describe("an entry", () => {
  it("needs no ID: it is the same at each start", () => {
    const config = alone({ users: { rosa: {} }, apps: { shop: {}, store: {} } });
    const [one, other] = [createDirectory(config), createDirectory(config)];
    expect(one.findApp("shop")?.clientId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one.findApp("shop")).toEqual(other.findApp("shop"));
    expect(one.findUser("rosa")).toEqual(other.findUser("rosa"));
    expect(one.findApp("shop")?.clientId).not.toBe(one.findApp("store")?.clientId);
  });

  it("is found by its name and by its IDs", () => {
    const { findTenant, findApp, findUser } = createDirectory();
    const contoso = findTenant("contoso");
    expect(["C0C0C0C0-0000-4000-8000-000000000001", "Contoso.example"].map(findTenant)).toEqual([contoso, contoso]);
    expect(findTenant("consumers")?.kind).toBe("personal");
    expect(findApp("c11e0000-0000-4000-8000-000000000023")?.shortName).toBe("daemon");
    expect(findUser("0b1ec700-0000-4000-8000-000000000031")?.shortName).toBe("member");
    expect([findTenant("nobody"), findApp("nobody"), findUser("nobody")]).toEqual([undefined, undefined, undefined]);
  });

  it("is a public client without a credential and a redirect URI of the web, unless it says otherwise", () => {
    const apps = createDirectory(
      alone({
        apps: {
          bare: {},
          spa: { redirectUris: { spa: ["https://a.example/"] } },
          web: { redirectUris: { web: ["https://a.example/"] } },
          secret: { secrets: ["s"] },
          both: { secrets: ["s"], publicClient: true },
        },
      }),
    ).apps;
    expect(apps.map(({ shortName, isPublicClient }) => [shortName, isPublicClient])).toEqual([
      ["bare", true],
      ["spa", true],
      ["web", false],
      ["secret", false],
      ["both", true],
    ]);
  });

  it("can be an agent, which has the credentials of its blueprint", () => {
    const { findApp, findUser } = createDirectory();
    expect(findApp("agent")).toMatchObject({ blueprint: findApp("blueprint")?.clientId, agentUser: "agent-user" });
    expect(findApp("agent")?.secrets).toEqual(findApp("blueprint")?.secrets);
    expect([findUser("agent-user")?.isOfAgent, findUser("member")?.isOfAgent]).toEqual([true, false]);
  });
});

describe("a fault", () => {
  const guid = "must be a GUID in lower case, such as c11e0000-0000-4000-8000-000000000021";
  const c0 = "c0c0c0c0-0000-4000-8000-00000000000";

  it.each<[string, DirectoryConfig, readonly string[]]>([
    ["no tenant", { defaults: false }, ["tenants: there must be at least one tenant"]],
    [
      "short names and IDs",
      { tenants: { "a b": {}, local: { id: "X" }, one: { domain: "One" } } },
      [
        "tenants.a b: the name must consist of letters, digits, dots, - and _",
        "tenants.a b.domain: must be a domain in lower case, such as contoso.example",
        "tenants.local: this name has a meaning in addresses: choose another",
        `tenants.local.id: ${guid}`,
        "tenants.one.domain: must be a domain in lower case, such as contoso.example",
      ],
    ],
    [
      "personal accounts elsewhere",
      alone({ tenants: { contoso: {}, msa: { kind: "personal", id: `${c0}9` } } }),
      [
        "tenants.msa.id: the tenant of personal accounts, and no other, has the ID 9188040d-6c67-4c5b-b112-36a304b66dad",
      ],
    ],
    [
      "unknown names",
      alone({
        users: { rosa: { tenant: "nowhere", groups: ["readers"], roles: { shop: ["Buyer"] } } },
        apps: { shop: { permissions: { other: ["Any"] } } },
        agents: { agent: { blueprint: "print", user: "nobody" } },
        consents: [{ user: "max", api: "shop", scopes: ["buy"], given: false }],
        conditionalAccess: [{ app: "other", control: "sms" }],
      }),
      [
        'apps.shop.permissions.other: there is no app "other": use one of shop',
        'agents.agent.blueprint: there is no app "print": use one of shop',
        'users.rosa.tenant: there is no tenant "nowhere": use one of contoso',
        'consents.0.user: there is no user "max": there is none',
        "consents.0.scopes.0: the app shop has no scope buy",
        'conditionalAccess.0.app: there is no app "other": use one of shop',
        "conditionalAccess.0.control: must be block, mfa, or an authentication context from c1 to c99",
      ],
    ],
    [
      "unknown groups and roles",
      alone({ users: { rosa: { groups: ["readers"], roles: { shop: ["Buyer"] } } }, apps: { shop: {} } }),
      [
        'users.rosa.groups.0: there is no group "readers": there is none',
        "users.rosa.roles.shop.0: the app shop defines no role Buyer: add it to its appRoles",
      ],
    ],
    [
      "an app's values",
      alone({
        apps: {
          shop: {
            clientId: "1",
            certificates: ["MII"],
            redirectUris: { spa: ["http://a.example/", "app://x"], native: ["app://x", "https://a.example/*"] },
            appIdUris: ["https://a.example/"],
            scopes: ["a b", { name: "ok", context: "c100" }],
          },
        },
      }),
      [
        `apps.shop.clientId: ${guid}`,
        "apps.shop.certificates.0: must be a certificate in PEM, which begins with -----BEGIN CERTIFICATE-----",
        "apps.shop.redirectUris.spa.0: must be https: http is allowed for localhost and 127.0.0.1 alone",
        "apps.shop.redirectUris.spa.1: must be https, or http://localhost: only mobile and desktop applications have schemes of their own",
        "apps.shop.redirectUris.native.1: must be a URL without a fragment or wildcard, such as https://app.example/callback",
        "apps.shop.appIdUris.0: must be a URI without a slash at the end, such as api://orders",
        "apps.shop.scopes.0: must be the short name of a scope, such as orders.read",
        "apps.shop.scopes.1.context: must be an authentication context from c1 to c99",
      ],
    ],
    [
      "values of another type",
      // As a file can have them.
      JSON.parse(`{
        "defaults": "no",
        "tenant": {},
        "tenants": { "contoso": { "kind": "own", "domain": "x" } },
        "users": { "rosa": null, "max": { "mfa": 1, "oid": "1" } },
        "apps": { "shop": { "secrets": "s", "scopes": [1, {}, "a b"], "federatedCredentials": [{ "keys": {} }] } },
        "consents": [{}],
        "conditionalAccess": {}
      }`),
      [
        "defaults: must be true or false",
        "tenant: there is no such member: use defaults, tenants, groups, users, apps, agents, consents, conditionalAccess",
        "tenants.contoso.kind: must be workforce or external or personal",
        "users.rosa: must be a mapping, such as {}",
        "users.max.mfa: must be true or false",
        "users.max.oid: there is no such member: use tenant, homeTenant, id, name, givenName, familyName, username, email, groups, roles, mfa",
        "apps.shop.secrets: must be a list, such as []",
        "apps.shop.scopes.0: must be a text or a mapping, such as {}",
        "apps.shop.scopes.1: must have name",
        "apps.shop.federatedCredentials.0: must have issuer and subject",
        "apps.shop.federatedCredentials.0.keys: must be a list, such as []",
        "consents.0: must have given",
        "conditionalAccess: must be a list, such as []",
        "tenants.contoso.domain: must be a domain in lower case, such as contoso.example",
        "apps.shop.scopes.2: must be the short name of a scope, such as orders.read",
      ],
    ],
    [
      "equal values",
      alone({
        tenants: { one: { id: `${c0}1`, domain: "a.example" }, two: { id: `${c0}1`, domain: "a.example" } },
        users: { rosa: { id: `${c0}2` }, max: { id: `${c0}2` } },
        apps: {
          shop: { clientId: `${c0}3`, appIdUris: ["api://x"] },
          store: { clientId: `${c0}3`, appIdUris: ["api://x"] },
        },
        agents: { shop: { blueprint: "store", servicePrincipalId: `${c0}4` } },
      }),
      [
        "agents.shop: there is an app shop, too",
        `tenants.two.id: the tenant one has the same value, ${c0}1`,
        "tenants.two.domain: the tenant one has the same value, a.example",
        `users.max.id: the user rosa has the same value, ${c0}2`,
        "apps.store.clientId: the app shop has the same value, c0c0c0c0-0000-4000-8000-000000000003",
        "apps.store.appIdUris.0: the app shop has the same value, api://x",
      ],
    ],
  ])("is reported with all others: %s", (_, config, faults) => {
    expect(findFaults(config)).toEqual(faults);
  });
});
