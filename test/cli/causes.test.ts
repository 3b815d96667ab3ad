import { describe, expect, it } from "vitest";
import { accessCauses } from "../../cli/explain/causes/access.ts";
import { audienceCauses } from "../../cli/explain/causes/audience.ts";
import { formCauses } from "../../cli/explain/causes/form.ts";
import { issuerCauses } from "../../cli/explain/causes/issuer.ts";
import { keyCauses } from "../../cli/explain/causes/keys.ts";
import { describeExplanation, renderExplanation } from "../../cli/explain/render.ts";
import { tableOf } from "../../cli/project/gate-code.ts";
import { clients } from "../../entra/directory/clients.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import type { Requirement } from "../../src/core/policy/rule.ts";
import { frozenNowSeconds } from "../support/io.ts";
import { entra, explainCredential, keyOfApp, type Situation } from "./support/explain-world.ts";

type Row = readonly [
  cause: string,
  token: AccessTokenOptions | (() => string | Promise<string>),
  situation?: Situation,
];

const { contoso } = tenants;
const good = await entra.issueAccessToken();
const guid = "0f0f0f0f-0000-4000-8000-00000000000f";
const issuedBy = (iss: string, claims = {}): AccessTokenOptions => ({ claims: { iss, ...claims } });
const audience = (aud: string, more: AccessTokenOptions = {}): AccessTokenOptions => ({ ...more, claims: { aud } });
const onlyApps: Situation = {
  environment: { ENTRA_REQUIRED_SCOPE: undefined, ENTRA_REQUIRED_ROLE: "Orders.Read.All" },
};
const daemon = { client: "daemon" } as const;
const stepUp: Situation = {
  options: {
    routes: new App().route({
      method: "GET",
      path: "/orders",
      middleware: [requireAuth({ scopes: ["access_as_user"], acrs: ["c1"] })],
      handler: origin(),
    }),
  },
  request: { method: "GET", url: "https://api.contoso.example/orders" },
};
const agents = (agent: "only" | "never"): Situation => ({
  options: {
    routes: new App().get("/orders", { hooks: requireAuth({ scopes: ["access_as_user"], agent }) }, origin()),
  },
  request: { method: "GET", url: "https://api.contoso.example/orders" },
});
const userRole: Situation = {
  options: {
    routes: new App().route({
      method: "GET",
      path: "/orders",
      middleware: [requireAuth({ scopes: ["access_as_user"], anyRole: ["Orders.Admin"] })],
      handler: origin(),
    }),
  },
  request: { method: "GET", url: "https://api.contoso.example/orders" },
};

const [group, otherGroup] = ["96000000-0000-4000-8044-0000000000e7", "96000000-0000-4000-8044-0000000000f8"] as const;
const inGroup: Situation = {
  options: {
    routes: new App().get("/orders", { hooks: requireAuth({ scopes: ["access_as_user"], groups: [group] }) }, origin()),
  },
  request: { method: "GET", url: "https://api.contoso.example/orders" },
};

const local = (port: number) => `http://127.0.0.1:${port}/${contoso.id}/v2.0`;
const locally: Situation = { environment: { ENTRA_AUTHORITY: "http://127.0.0.1:8788" } };
const external = "https://login.contoso.com";
const atExternal: Situation = { environment: { ENTRA_AUTHORITY: external } };

/** Wrong tokens, each with its actual cause. */
const rows: readonly Row[] = [
  ["v1-token", { version: 1 }],
  ["v1-token", { version: 1, ...daemon }],
  ["graph-token", { header: { nonce: "AQABAAEAAAD" }, claims: { aud: "https://graph.microsoft.com", ver: "1.0" } }],
  ["graph-audience", audience("00000003-0000-0000-c000-000000000000")],
  ["microsoft-api-audience", audience("https://management.azure.com/")],
  ["id-token", () => entra.issueIdToken({ nonce: "n" })],
  ["id-token", () => entra.issueIdToken({ persona: "admin" })],
  ["audience-uri-for-guid", { version: 1 }, { environment: { ENTRA_ACCEPT_V1: "true" } }],
  ["audience-guid-for-uri", {}, { environment: { ENTRA_API_AUDIENCE: "api://orders" } }],
  ["audience-spelling", audience(api.clientId.toUpperCase())],
  ["audience-is-client", audience(clients.spa.clientId)],
  ["other-api", audience(guid)],
  ["role-where-scope-is-wanted", { scopes: ["profile"], roles: ["access_as_user"] }],
  ["scope-where-role-is-wanted", { scopes: ["access_as_user", "Orders.Admin"] }, userRole],
  ["app-where-scope-is-wanted", daemon],
  ["user-where-role-is-wanted", {}, onlyApps],
  ["admin-consent-missing", { client: "daemon-without-roles" }, onlyApps],
  ["app-lacks-role", { ...daemon, roles: ["Orders.Audit"] }, onlyApps],
  ["user-not-assigned", {}, userRole],
  ["guest-not-assigned", { persona: "guest" }, userRole],
  ["groups-as-roles", { roles: [group, otherGroup] }, userRole],
  ["groups-as-roles", { roles: [group] }, inGroup],
  ["user-not-assigned", { roles: [group, "Orders.Read"] }, userRole],
  ["groups-not-emitted", { roles: ["Orders.Read"] }, inGroup],
  ["group-overage", { persona: "many-groups" }, userRole],
  ["groups-not-emitted", {}, inGroup],
  ["too-many-groups", { persona: "many-groups" }, inGroup],
  ["groups-as-names", { claims: { groups: [group, "Admins"] } }, inGroup],
  ["user-not-in-group", { claims: { groups: [otherGroup] } }, inGroup],
  ["scope-not-granted", { scopes: ["orders.read"] }],
  ["wrong-cloud", issuedBy(`https://login.microsoftonline.us/${contoso.id}/v2.0`)],
  ["wrong-cloud", issuedBy(`https://login.partner.microsoftonline.cn/${contoso.id}/v2.0`)],
  ["wrong-tenant", { persona: "outsider" }],
  ["personal-account", { persona: "consumer" }],
  ["guest-elsewhere", { tenant: "fabrikam", claims: { idp: `https://sts.windows.net/${contoso.id}/` } }],
  ["b2c-token", issuedBy(`https://contoso.b2clogin.com/${contoso.id}/v2.0/`)],
  ["external-id-token", issuedBy(`https://${contoso.id}.ciamlogin.com/${contoso.id}/v2.0`)],
  ["local-authority", issuedBy(local(8788)), { environment: { ENTRA_AUTHORITY: "http://127.0.0.1:9001" } }],
  ["local-authority", issuedBy(local(8788).replace("127.0.0.1", "localhost")), locally],
  ["local-authority", issuedBy(local(8788))],
  ["external-id-v1-token", issuedBy(`${external}/${contoso.id}/`), atExternal],
  ["external-id-v1-token", issuedBy(`https://sts.windows.net/${contoso.id}/`), atExternal],
  ["other-authority", issuedBy(`https://other.ciamlogin.com/${contoso.id}/v2.0`), atExternal],
  ["wrong-cloud", issuedBy(`https://login.microsoftonline.us/${contoso.id}/v2.0`), atExternal],
  ["authority-issuer", issuedBy(`https://login.microsoftonline.com/${contoso.id}/v2.0`), atExternal],
  ["authority-issuer", issuedBy(`https://${contoso.id}.ciamlogin.com/${contoso.id}/v2.0`), atExternal],
  ["other-authority", issuedBy(`https://other.ciamlogin.com/${contoso.id}/v2.0`), locally],
  ["wrong-cloud", issuedBy(`https://login.microsoftonline.com/${contoso.id}/v2.0`), locally],
  ["issuer_mismatch", issuedBy(`${local(8788)}/`), locally],
  ["per-app-key", () => keyOfApp.sign({ typ: "JWT", alg: "RS256", kid: keyOfApp.kid }, JSON.parse(claimsOf(good)))],
  ["unknown-key", { key: "next" }],
  ["foreign-key", { key: "msa" }],
  ["altered-token", () => alter(good)],
  ["clock-behind", { claims: { iat: frozenNowSeconds + 400, nbf: frozenNowSeconds + 400 } }],
  ["expired-token", { claims: { iat: 1_000, nbf: 1_000, exp: 2_000 } }],
  ["step-up-possible", { client: "cae-spa" }, stepUp],
  ["step-up-impossible", {}, stepUp],
  ["revoked", { client: "cae-spa" }, { options: { revokedAtSeconds: () => frozenNowSeconds + 1 } }],
  ["client-not-listed", {}, { environment: { ENTRA_ALLOWED_CLIENTS: clients["cae-spa"].clientId } }],
  ["agent-refused", { client: "agent", persona: "member" }, agents("never")],
  ["agent-not-marked", {}, agents("only")],
  ["bound-token", { claims: { cnf: { kid: "k" } } }],
  ["app-without-service-principal", { ...daemon, without: ["oid"] }],
  ["no-scope-no-app", { ...daemon, without: ["idtyp"], claims: { sub: "another" } }],
  ["agent-without-idtyp", { client: "agent", without: ["idtyp"] }],
  ["agent-without-idtyp", { client: "agent", without: ["idtyp", "xms_act_fct", "xms_sub_fct"] }],
  ["agent-without-idtyp", { client: "agent", without: ["idtyp", "xms_par_app_azp"] }],
  ["agent-without-idtyp", { ...daemon, without: ["idtyp"], claims: { scp: "/" } }],
  ["no-scope-no-app", { ...daemon, without: ["idtyp"], claims: { sub: "another", xms_act_fct: "9 3 113" } }],
  ["encrypted-token", () => "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d"],
  ["refresh-token", () => "1.AXoAwMDAwA.AgABAwEAAADW6jl31mB3T7ugrWTT8pFeAwDs"],
  ["truncated-token", () => good.slice(0, good.lastIndexOf("."))],
  ["opaque-token", () => "EwBwA8l6BAAUbDba3x2OMJElkF7gJ4z"],
  ["quoted-token", () => `"${good}"`],
  ["doubled-scheme", () => `Bearer ${good}`],
  ["algorithm_not_allowed", { header: { alg: "none" } }],
  ["header_not_allowed", { header: { jku: "https://keys.example" } }],
];

const issue = (token: Row[1]) => (typeof token === "function" ? token() : entra.issueAccessToken(token));

it("covers at least thirty causes", () => {
  expect(new Set(rows.map(([cause]) => cause)).size).toBeGreaterThanOrEqual(30);
});

describe("the cause of the verdict comes first", () => {
  for (const [index, [cause, token, situation]] of rows.entries()) {
    it(`${index + 1}: ${cause}`, async () => {
      const { verdict, causes } = await explainCredential(`Bearer ${await issue(token)}`, situation);
      expect(verdict.outcome).toBe("refused");
      expect(causes[0]?.id).toBe(cause);
      expect(causes[0]?.fix.length).toBeGreaterThan(0);
    });
  }
});

/** A step begins with a verb, perhaps after an alternative, a condition or a place in Entra's portal. */
const action =
  /^(?:Or, better, |Or |Then |(?:If|With|Without|For)\b[^:,]*[:,] |A user: |App registrations, .+?: |Enterprise applications, .+?: )*(?:add|ask|assign|check|choose|compare|copy|create|deactivate|declare|define|emit|find|get|give|grant|keep|let|look|open|pass|read|remove|request|run|send|set|sign|treat|use|write)\b/i;
const causeRules = [accessCauses, audienceCauses, formCauses, issuerCauses, keyCauses].flat();

describe("the steps of a cause", () => {
  it.each(causeRules)("are actions, and facts are a note: $id", ({ fix }) => {
    expect(fix.filter((step) => !action.test(step))).toEqual([]);
  });

  it("are numbered, and the note is not", async () => {
    const token = await entra.issueAccessToken({ claims: { iat: 1_000, nbf: 1_000, exp: 2_000 } });
    const explanation = await explainCredential(`Bearer ${token}`);
    const report = describeExplanation(explanation, { sources: [], keys: "", problems: [] });
    const lines = renderExplanation(report, (_style, text) => text).split("\n");
    expect(lines.filter((line) => /^ {2}\d\. /.test(line))).toHaveLength(1);
    expect(lines).toContain("  Tokens are valid for 60 to 90 minutes, and for clients with `cp1` up to 28 hours.");
  });

  it("name the variable that the issuer is compared with", async () => {
    const token = await entra.issueAccessToken(issuedBy(local(8788)));
    const { checks } = await explainCredential(`Bearer ${token}`, {
      environment: { ENTRA_AUTHORITY: "http://127.0.0.1:9001" },
    });
    const expected = "http://127.0.0.1:9001/<tid>/v2.0 (ENTRA_AUTHORITY)";
    expect(checks.find(({ name }) => name === "issuer")).toMatchObject({ state: "failed", expected });
  });
});

describe("other causes", () => {
  it("follow the first one", async () => {
    const token = await entra.issueAccessToken({
      persona: "outsider",
      scopes: ["orders.read"],
      claims: { aud: guid, exp: frozenNowSeconds - 100, iat: 1, nbf: 1 },
    });
    const { causes } = await explainCredential(`Bearer ${token}`);
    expect(causes.map(({ id }) => id)).toEqual(["wrong-tenant", "other-api", "lifetime_too_long", "scope-not-granted"]);
  });

  it("are absent for a valid token", async () => {
    expect(await explainCredential(`Bearer ${good}`)).toMatchObject({ verdict: { outcome: "allowed" }, causes: [] });
  });

  it("are absent for a user in a group of ENTRA_REQUIRED_GROUP", async () => {
    const required = "96000000-0000-4000-8044-000000000109";
    const token = await entra.issueAccessToken({ claims: { groups: [required] } });
    const situation = { environment: { ENTRA_REQUIRED_GROUP: required } };
    const explanation = await explainCredential(`Bearer ${token}`, situation);
    expect(explanation).toMatchObject({ verdict: { outcome: "allowed" }, causes: [] });
  });

  it("are absent for a user in a group that only another copy of the package has named", async () => {
    const required = "96000000-0000-4000-8044-00000000010a";
    const requirement: Requirement = { anyOf: [{ kind: "user", scopes: ["access_as_user"], groups: [required] }] };
    const route = { name: "GET /orders", access: { kind: "required", requirements: [requirement] } } as const;
    const code = { options: {}, table: { ...tableOf({ options: {} }), find: () => route } };
    const token = await entra.issueAccessToken({ claims: { groups: [required] } });
    const explanation = await explainCredential(`Bearer ${token}`, { code, request: inGroup.request });
    expect(explanation).toMatchObject({ verdict: { outcome: "allowed" }, causes: [] });
  });
});

function claimsOf(token: string): string {
  return Buffer.from(token.split(".")[1] ?? "", "base64url").toString();
}

/** The same token with another name in it. */
function alter(token: string): string {
  const [header, , signature] = token.split(".");
  const claims = claimsOf(token).replace("Local", "Other");
  return [header, Buffer.from(claims).toString("base64url"), signature].join(".");
}
