import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { UsageError } from "../../cli/common/usage-error.ts";
import { readPolicy } from "../../cli/init/apim.ts";
import { writeTakenRoutes, writeWorker } from "../../cli/init/files.ts";
import { loadGateCode } from "../../cli/project/load-gate.ts";
import { clients } from "../../entra/directory/clients.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { readGuide } from "../support/docs/guides.ts";
import { entra, explainCredential } from "./support/explain-world.ts";

const root = path.resolve(import.meta.dirname, "../..");
const directory = mkdtempSync(path.join(tmpdir(), "apim-"));
afterAll(() => rmSync(directory, { recursive: true }));

const tenant = tenants.contoso.id;
const inbound = (policy: string, more = "") =>
  `<policies><inbound>${policy}${more}</inbound><backend><base /></backend><outbound><base /></outbound></policies>`;
const entraPolicy = (inner: string, attributes = "") =>
  inbound(`<validate-azure-ad-token tenant-id="${tenant}" ${attributes}>${inner}</validate-azure-ad-token>`);
const audience = `<audiences><audience>${api.clientId}</audience></audiences>`;
const claim = (name: string, match: string, ...values: readonly string[]) => {
  const separator = name === "scp" ? ' separator=" "' : "";
  return `<claim name="${name}" match="${match}"${separator}>${values.map((value) => `<value>${value}</value>`).join("")}</claim>`;
};
const claims = (...list: readonly string[]) => `<required-claims>${list.join("")}</required-claims>`;

describe("a policy of API Management", () => {
  it("validate-azure-ad-token becomes variables and a requirement", () => {
    const clientIds =
      "<client-application-ids><application-id>33333333-4444-5555-6666-777777777777</application-id></client-application-ids>";
    const policy = entraPolicy(
      `${clientIds}${audience}${claims(claim("scp", "all", "orders.read"))}`,
      'header-name="Authorization"',
    );
    expect(readPolicy(policy)).toEqual({
      variables: {
        ENTRA_TENANT_ID: tenant,
        ENTRA_API_AUDIENCE: api.clientId,
        ENTRA_ALLOWED_CLIENTS: "33333333-4444-5555-6666-777777777777",
      },
      requirements: [{ scopes: ["orders.read"], kind: "user" }],
      gaps: [],
    });
  });

  it("validate-jwt becomes the same, with cloud, version and skew", () => {
    const config = `<openid-config url="https://login.microsoftonline.us/${tenant}/.well-known/openid-configuration" />`;
    const issuers = `<issuers><issuer>https://sts.windows.net/${tenant}/</issuer></issuers>`;
    const attributes =
      'header-name="Authorization" require-scheme="Bearer" require-expiration-time="true" clock-skew="00:02:00"';
    const policy = inbound(
      `<validate-jwt ${attributes}>${config}${audience}${issuers}${claims(claim("roles", "any", "A", "B"))}</validate-jwt>`,
    );
    expect(readPolicy(policy)).toEqual({
      variables: {
        ENTRA_TENANT_ID: tenant,
        ENTRA_API_AUDIENCE: api.clientId,
        ENTRA_CLOUD: "usgov",
        ENTRA_ACCEPT_V1: "true",
        ENTRA_CLOCK_SKEW_SECONDS: "120",
      },
      requirements: [
        { anyRole: ["A", "B"], kind: "app" },
        { anyRole: ["A", "B"], kind: "user" },
      ],
      gaps: [],
    });
  });

  it("becomes an allowlist for several tenants", () => {
    const issuer = (id: string) => `<issuer>https://login.microsoftonline.com/${id}/v2.0</issuer>`;
    const policy = inbound(
      `<validate-jwt header-name="Authorization"><issuers>${issuer(tenant)}${issuer(tenants.fabrikam.id)}</issuers>${audience}${claims(claim("scp", "all", "a"))}</validate-jwt>`,
    );
    expect(readPolicy(policy).variables).toMatchObject({
      ENTRA_TENANT_ID: "organizations",
      ENTRA_ALLOWED_TENANTS: `${tenant} ${tenants.fabrikam.id}`,
    });
  });

  it("lists every part without an equivalent once", () => {
    const policy = inbound(
      `<validate-jwt query-parameter-name="token" failed-validation-httpcode="403" failed-validation-error-message="No." output-token-variable-name="jwt" require-expiration-time="false" require-signed-tokens="false" clock-skew="600" invented="x" toString="1">
        <openid-config url="https://idp.example/.well-known/openid-configuration" />
        <openid-config url="https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration" />
        <issuer-signing-keys><key>c2VjcmV0</key></issuer-signing-keys>
        <decryption-keys><key>c2VjcmV0</key></decryption-keys>
        <audiences><audience>@(context.Request.OriginalUrl.Host)</audience><audience>{{audience}}</audience></audiences>
        ${claims(claim("ctry", "any", "US"), claim("groups", "all"), claim("scp", "any", "@(1)"))}
      </validate-jwt>`,
      `<cors><allowed-origins /></cors><constructor /><rate-limit calls="1" renewal-period="1" />
       <choose><when condition="true"><validate-jwt /></when></choose>
       <set-backend-service base-url="https://origin.example" sf-resolve-condition="x" />`,
    );
    const { gaps, variables } = readPolicy(policy);
    const expected = [
      ...[
        "query-parameter-name=",
        "failed-validation-httpcode=",
        "failed-validation-error-message=",
        "output-token-variable-name=",
      ],
      ...[
        "require-expiration-time=",
        "require-signed-tokens=",
        "clock-skew=",
        "invented=",
        'toString="1": unknown to entra-gate',
        "https://idp.example/",
        "tenant contoso.",
      ],
      ...["issuer-signing-keys", "decryption-keys", "audiences: @(context", "audiences: {{audience}}"],
      ...["required claim ctry", "required claim groups", "required claim scp", "neither a scope nor an app role"],
      ...[
        "inbound: cors",
        "inbound: constructor",
        "inbound: rate-limit",
        "inbound: choose: it contains validate-jwt",
        "set-backend-service sf-resolve-condition",
      ],
    ];
    for (const text of expected)
      expect(
        gaps.filter((gap) => gap.startsWith(text)),
        text,
      ).toHaveLength(1);
    expect(gaps).toHaveLength(expected.length);
    expect(variables).toEqual({ ORIGIN_URL: "https://origin.example" });
  });

  it("reports a difference for scopes that API Management compares as one text", () => {
    const whole = claims(claim("scp", "all", "orders.read").replace(' separator=" "', ""));
    expect(readPolicy(entraPolicy(audience + whole)).gaps).toEqual([
      'required claim scp (all of orders.read): without separator=" ", API Management compares scp as a whole; the gate compares each scope',
    ]);
  });

  it("combines required claims, all of which must hold, with each other and with the lists of the policy", () => {
    const [own, other] = [clients.spa.clientId, clients.daemon.clientId];
    const ids = (...list: readonly string[]) => list.map((id) => `<application-id>${id}</application-id>`).join("");
    const lists = `<client-application-ids>${ids(own, other)}</client-application-ids><audiences><audience>${api.clientId}</audience><audience>api://orders</audience></audiences>`;
    const policy = entraPolicy(
      lists +
        claims(
          claim("azp", "any", own.toUpperCase()),
          claim("aud", "any", api.clientId, "api://other"),
          claim("tid", "any", tenants.fabrikam.id, tenant),
          claim("scp", "all", "a"),
          claim("scp", "all", "b"),
          claim("roles", "any", "A", "B"),
          claim("roles", "any", "C", "D"),
          claim("acrs", "all", "c1"),
          claim("acrs", "all", "c2"),
        ),
    );
    expect(readPolicy(policy)).toEqual({
      variables: {
        ENTRA_TENANT_ID: tenant,
        ENTRA_API_AUDIENCE: api.clientId,
        ENTRA_ALLOWED_CLIENTS: own,
        ENTRA_ALLOWED_TENANTS: tenant,
      },
      requirements: [{ scopes: ["a", "b"], anyRole: ["A", "B"], acrs: ["c1", "c2"], kind: "user" }],
      gaps: [
        "required claim roles (any of C, D): the policy requires one of another list too; require this one in src/routes.ts yourself",
      ],
    });
  });

  it("reports that policies of outer scopes apply too", () => {
    const policy = entraPolicy(audience + claims(claim("scp", "all", "a"))).replace("<inbound>", "<inbound><base />");
    expect(readPolicy(policy).gaps).toEqual([
      expect.stringMatching(/^inbound: base: policies of outer scopes run here too/),
    ]);
  });

  it("does not take Azure AD B2C for Entra ID", () => {
    const url = `https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration?p=B2C_1_signin`;
    const policy = inbound(`<validate-jwt><openid-config url="${url}" />${audience}</validate-jwt>`);
    const { gaps, variables } = readPolicy(policy);
    expect(gaps).toContain(`${url}: not an authority of Microsoft Entra ID`);
    expect(variables).not.toHaveProperty("ENTRA_TENANT_ID");
  });

  it("does not split a value with several scopes into alternatives", () => {
    const required = (...values: readonly string[]) => entraPolicy(audience + claims(claim("scp", "any", ...values)));
    expect(readPolicy(required("orders.read orders.write"))).toMatchObject({
      requirements: [{ scopes: ["orders.read", "orders.write"], kind: "user" }],
    });
    expect(readPolicy(required("admin", "orders.read orders.write"))).toMatchObject({
      requirements: [],
      gaps: [
        "required claim scp (any of admin, orders.read orders.write): a value with several scopes is one alternative; require them in src/routes.ts yourself",
        expect.stringContaining("neither a scope nor an app role"),
      ],
    });
  });

  it.each([
    ["another tenant", claim("tid", "any", tenants.fabrikam.id)],
    ["two clients at once", claim("azp", "all", clients.spa.clientId, clients.daemon.clientId)],
  ])("is refused if no caller can meet it: %s", (_, required) => {
    expect(() => readPolicy(entraPolicy(audience + claims(required)))).toThrow("the policy admits no caller");
  });

  it.each([
    ["raw expressions", inbound('<set-header name="@(context.Variables["x"])" />'), "must be escaped"],
    ["another document", "<policy />", "its root element is not <policies>"],
    ["no policy for tokens", inbound(""), "has no validate-azure-ad-token or validate-jwt"],
    ["two policies for tokens", inbound("<validate-jwt /><validate-jwt />"), "convert them one by one"],
    ["an entity declaration", `<!DOCTYPE policies [<!ENTITY a "aaaa">]>${inbound("&a;")}`, "cannot be read"],
  ])("is refused with one message: %s", (_, text, message) => {
    expect(() => readPolicy(text)).toThrow(UsageError);
    expect(() => readPolicy(text)).toThrow(message);
  });
});

/** The decision about a caller, by Microsoft's reference of the policy and by the gate that was made from it. */
describe("a gate made from a policy accepts the same callers as the policy", () => {
  const cases: readonly (readonly [
    policy: string,
    callers: readonly (readonly [string, AccessTokenOptions, boolean])[],
  ])[] = [
    [
      claims(claim("scp", "any", "orders.read", "orders.write")),
      [
        ["a user with one of the scopes", { scopes: ["orders.write"] }, true],
        ["a user with another scope", { scopes: ["access_as_user"] }, false],
        ["an app", { client: "daemon", roles: ["Orders.Read.All"] }, false],
        ["a user of another tenant", { persona: "outsider", scopes: ["orders.read"] }, false],
      ],
    ],
    [
      claims(claim("roles", "all", "Orders.Read.All")),
      [
        ["an app with the role", { client: "daemon", roles: ["Orders.Read.All"] }, true],
        ["a user with the role", { persona: "member", roles: ["Orders.Read.All"] }, true],
        ["a user without it", { persona: "member", roles: [] }, false],
      ],
    ],
    [
      `<client-application-ids><application-id>${clients.daemon.clientId}</application-id></client-application-ids>${claims(claim("scp", "all", "access_as_user"))}`,
      [["a user of another client", { scopes: ["access_as_user"] }, false]],
    ],
  ];

  it.each(cases)("%s", async (inner, callers) => {
    const takeover = readPolicy(entraPolicy(`${audience}${inner}`));
    const own = (text: string) => text.replace('"entra-gate"', JSON.stringify(path.join(root, "src/index.ts")));
    const name = `gate-${cases.findIndex(([each]) => each === inner)}`;
    writeFileSync(path.join(directory, `${name}-routes.ts`), own(writeTakenRoutes(takeover)));
    writeFileSync(
      path.join(directory, `${name}.ts`),
      own(writeWorker(true)).replace("./routes.ts", `./${name}-routes.ts`),
    );
    const code = await loadGateCode(path.join(directory, `${name}.ts`));
    expect(code.problem).toBeUndefined();
    for (const [caller, options, allowed] of callers) {
      const token = await entra.issueAccessToken(options);
      const { verdict } = await explainCredential(`Bearer ${token}`, {
        code,
        environment: takeover.variables,
        request: { method: "POST", url: "/orders" },
      });
      expect([caller, verdict.outcome]).toEqual([caller, allowed ? "allowed" : "refused"]);
    }
  });
});

it("matches the output in the guide", () => {
  const before = readGuide("Azure API Management", "Before", "xml");
  const after = readGuide("Azure API Management", "After", "ts");
  expect(writeTakenRoutes(readPolicy(inbound(before)))).toBe(after);
});
