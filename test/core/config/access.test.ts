import { describe, expect, it } from "vitest";
import { audience, client } from "../../support/claims.ts";
import { configWith, faultsWith, faultyVariables } from "../../support/environment.ts";

const both = { ENTRA_REQUIRED_SCOPE: undefined, ENTRA_REQUIRED_ROLE: undefined };
const unused = { defaultRequirementUnused: true };

describe("ENTRA_API_AUDIENCE", () => {
  it.each([
    [audience, [audience]],
    ["api://orders", ["api://orders"]],
    [
      `${audience}, api://orders https://orders.contoso.com/`,
      [audience, "api://orders", "https://orders.contoso.com/"],
    ],
    [`api://${audience}`, [`api://${audience}`]],
  ])("accepts exactly %s", (value, audiences) => {
    expect([...configWith({ ENTRA_API_AUDIENCE: value }).audiences]).toEqual(audiences);
  });

  it("is required", () => {
    expect(faultsWith({ ENTRA_API_AUDIENCE: undefined })).toMatchObject([
      { variable: "ENTRA_API_AUDIENCE", problem: "is missing" },
    ]);
  });

  it("has one fault if it is empty, not two", () => {
    expect(faultyVariables({ ENTRA_API_AUDIENCE: "" })).toEqual(["ENTRA_API_AUDIENCE"]);
  });

  it.each(["*", "orders", audience.toUpperCase(), `{${audience}}`, audience.slice(1)])(
    "rejects %j, which no token of this API has",
    (value) => {
      expect(faultsWith({ ENTRA_API_AUDIENCE: `api://orders,${value}` })).toMatchObject([
        {
          variable: "ENTRA_API_AUDIENCE",
          problem: `contains ${JSON.stringify(value)}, which is not a client ID (lower-case GUID) or an App ID URI`,
        },
      ]);
    },
  );
});

describe("the default requirement", () => {
  it("is made of scopes, of roles, or of both", () => {
    expect(configWith({ ...both, ENTRA_REQUIRED_SCOPE: "a b,c" })).toMatchObject({
      requiredScopes: ["a", "b", "c"],
      requiredRoles: [],
    });
    expect(configWith({ ...both, ENTRA_REQUIRED_ROLE: "A,B" })).toMatchObject({
      requiredScopes: [],
      requiredRoles: ["A", "B"],
    });
    expect(configWith({ ENTRA_REQUIRED_SCOPE: "a", ENTRA_REQUIRED_ROLE: "A" })).toMatchObject({
      requiredScopes: ["a"],
      requiredRoles: ["A"],
    });
  });

  it("is required if a request can meet it", () => {
    expect(faultsWith(both)).toMatchObject([
      { variable: "ENTRA_REQUIRED_SCOPE", problem: "or ENTRA_REQUIRED_ROLE is required" },
    ]);
    expect(faultsWith(both, unused)).toEqual([]);
  });

  it.each(["", " ", ",", ", ,"])("must not be empty: %j is a fault, even if no request needs it", (value) => {
    expect(faultyVariables({ ...both, ENTRA_REQUIRED_SCOPE: value }, unused)).toEqual(["ENTRA_REQUIRED_SCOPE"]);
    expect(faultyVariables({ ...both, ENTRA_REQUIRED_ROLE: value }, unused)).toEqual(["ENTRA_REQUIRED_ROLE"]);
    expect(faultyVariables({ ENTRA_REQUIRED_ROLE: value })).toEqual(["ENTRA_REQUIRED_ROLE"]);
    // There is no second fault that both are missing.
    expect(faultyVariables({ ENTRA_REQUIRED_SCOPE: value })).toEqual(["ENTRA_REQUIRED_SCOPE"]);
  });

  it.each([
    ["*", "but wildcards are not supported"],
    [".default", "which is only for requests to Entra. Name the scopes that a token must have"],
    ["api://orders/read", 'which is the full name, for requests to Entra. Tokens have the short name "read"'],
    [`${client}/read`, 'which is the full name, for requests to Entra. Tokens have the short name "read"'],
  ])("rejects the scope %j, which no token has", (value, mistake) => {
    expect(faultsWith({ ENTRA_REQUIRED_SCOPE: `access_as_user ${value}` })).toMatchObject([
      { variable: "ENTRA_REQUIRED_SCOPE", problem: `contains ${JSON.stringify(value)}, ${mistake}` },
    ]);
  });

  it.each(['a"b', "a\\b", "b\u00fccher", "\u0430ccess_as_user"])(
    "rejects the scope %j, which would break out of the challenge",
    (value) => {
      expect(faultyVariables({ ENTRA_REQUIRED_SCOPE: value })).toEqual(["ENTRA_REQUIRED_SCOPE"]);
    },
  );

  it.each(["*", "Orders.*"])("rejects the role %j, which no token has", (value) => {
    expect(faultsWith({ ENTRA_REQUIRED_ROLE: value })).toMatchObject([
      {
        variable: "ENTRA_REQUIRED_ROLE",
        problem: `contains ${JSON.stringify(value)}, but wildcards are not supported`,
      },
    ]);
  });
});

describe("ENTRA_REQUIRED_GROUP", () => {
  const [group, other] = ["96000000-0000-4000-8044-0000000000a1", "96000000-0000-4000-8044-0000000000b2"];

  it("is a list of object IDs beside ENTRA_REQUIRED_SCOPE", () => {
    expect(configWith({}).requiredGroups).toEqual([]);
    expect(configWith({ ENTRA_REQUIRED_GROUP: `${group}, ${other}` }).requiredGroups).toEqual([group, other]);
  });

  it("restricts users, so that it requires scopes", () => {
    const fault = { variable: "ENTRA_REQUIRED_GROUP", problem: "restricts users, and requires ENTRA_REQUIRED_SCOPE" };
    expect(faultsWith({ ...both, ENTRA_REQUIRED_ROLE: "A", ENTRA_REQUIRED_GROUP: group })).toMatchObject([fault]);
    expect(faultsWith({ ...both, ENTRA_REQUIRED_GROUP: group }, unused)).toMatchObject([fault]);
  });

  it.each([
    [
      "Admins",
      "which is not the object ID of a group in lower case. Find it with az ad group show --group NAME --query id",
    ],
    ["*", "which is not the object ID of a group"],
    [group.toUpperCase(), "which is not the object ID of a group in lower case"],
  ])("rejects %j, which no token has", (value, mistake) => {
    expect(faultsWith({ ENTRA_REQUIRED_GROUP: `${other} ${value}` })).toMatchObject([
      {
        variable: "ENTRA_REQUIRED_GROUP",
        problem: expect.stringContaining(`contains ${JSON.stringify(value)}, ${mistake}`),
      },
    ]);
  });

  it("has at most 100 groups", () => {
    const many = Array.from({ length: 101 }, (_, index) => group.slice(0, -3) + String(index).padStart(3, "0"));
    expect(configWith({ ENTRA_REQUIRED_GROUP: many.slice(1).join() }).requiredGroups).toHaveLength(100);
    expect(faultsWith({ ENTRA_REQUIRED_GROUP: many.join() })).toMatchObject([
      { variable: "ENTRA_REQUIRED_GROUP", problem: "has more than 100 groups" },
    ]);
  });

  it.each(["", " ", ","])("must not be empty: %j", (value) => {
    expect(faultyVariables({ ENTRA_REQUIRED_GROUP: value })).toEqual(["ENTRA_REQUIRED_GROUP"]);
  });
});

describe("ENTRA_ALLOWED_CLIENTS", () => {
  it("allows any client if it is absent", () => {
    expect(configWith({}).allowedClients).toBeUndefined();
  });

  it("accepts any spelling of a GUID and compares its lower-case form", () => {
    expect([...(configWith({ ENTRA_ALLOWED_CLIENTS: client.toUpperCase() }).allowedClients ?? [])]).toEqual([client]);
  });

  it.each(["*", "any", "spa", `${client} *`, `{${client}}`, ",", "", " "])("rejects %j", (value) => {
    expect(faultyVariables({ ENTRA_ALLOWED_CLIENTS: value })).toEqual(["ENTRA_ALLOWED_CLIENTS"]);
  });

  it("names the item that is not a client", () => {
    expect(faultsWith({ ENTRA_ALLOWED_CLIENTS: `${client},spa` })).toMatchObject([
      { variable: "ENTRA_ALLOWED_CLIENTS", problem: 'contains "spa", which is not a client ID (GUID)' },
    ]);
  });
});
