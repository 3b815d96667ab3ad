import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { renderFindings } from "../../cli/doctor/command.ts";
import type { Finding } from "../../cli/doctor/finding.ts";
import { examineNode } from "../../cli/doctor/node.ts";
import { describeAccess } from "../../cli/project/describe-access.ts";
import type { Settings } from "../../cli/project/settings.ts";
import { compatibilityDate } from "../../cli/project/wrangler-config.ts";
import { clients } from "../../entra/directory/clients.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import { createCertificate } from "../../entra/server/certificate.ts";
import { App } from "../../src/app/app.ts";
import { origin } from "../../src/app/build/origin.ts";
import type { GateOptions } from "../../src/app/gate-options.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { readPages, root } from "../support/docs/pages.ts";
import { frozenNowSeconds } from "../support/io.ts";
import { type Ailment, examineAilment, ids } from "./support/ailing-gate.ts";

const daySeconds = 24 * 3_600;
const { contoso } = ids;
const example = "11111111-2222-3333-4444-555555555555";
const personalAccounts = tenants.msa.id;
const credentials = { ENTRA_CLIENT_ID: ids.api };

/** PEM of a certificate that begins a year ago and ends after that many days. */
async function certificateFor(days: number): Promise<string> {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
    true,
    ["sign", "verify"],
  );
  const der = await createCertificate({
    commonName: "gate",
    publicKey,
    privateKey,
    notBeforeSeconds: frozenNowSeconds - 365 * daySeconds,
    notAfterSeconds: frozenNowSeconds + days * daySeconds + 60,
  });
  const key = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
  return [
    ...["-----BEGIN CERTIFICATE-----", Buffer.from(der).toString("base64"), "-----END CERTIFICATE-----"],
    ...["-----BEGIN PRIVATE KEY-----", key, "-----END PRIVATE KEY-----"],
  ].join("\n");
}

const isAuthority = ({ hostname }: URL) => hostname === "login.microsoftonline.com";
/** A gate with these routes. */
const routed = (...paths: readonly `/${string}`[]) => ({
  code: {
    options: {
      routes: paths.reduce((app, each) => app.get(each, { hooks: requireAuth("read") }, origin()), new App()),
    },
  },
});
const triedRoutes = () =>
  new App().get("/tried", { middleware: [requireAuth("orders.read")], mode: "report" }, origin());
const openRoutes = () => new App().get("/files/*", { public: true }, origin());

/** One mistake each, with doctor's finding. */
const mistakes: readonly (readonly [name: string, ailment: Ailment, state: "fault" | "warning", says: RegExp])[] = [
  ["the tenant common", { vars: { ENTRA_TENANT_ID: "common" } }, "fault", /^ENTRA_TENANT_ID is "common"/],
  [
    "a misspelled allowlist",
    { vars: { ENTRA_ALLOWED_CLIENT: contoso } },
    "fault",
    /^ENTRA_ALLOWED_CLIENT is not a variable/,
  ],
  [
    "an API of the local Entra",
    { vars: { ENTRA_API_AUDIENCE: `api://orders ${api.clientId}` } },
    "fault",
    /^example IDs are left in ENTRA_API_AUDIENCE:/,
  ],
  ["no audience", { vars: { ENTRA_API_AUDIENCE: undefined } }, "fault", /^ENTRA_API_AUDIENCE is missing/],
  ["the App ID URI alone", { vars: { ENTRA_API_AUDIENCE: "api://orders" } }, "fault", /no v2\.0 token has/],
  [
    "the audience of Microsoft Graph",
    { vars: { ENTRA_API_AUDIENCE: `${ids.api} https://graph.microsoft.com` } },
    "fault",
    /Microsoft Graph/,
  ],
  [
    "the tenant's ID as audience",
    { vars: { ENTRA_API_AUDIENCE: contoso } },
    "fault",
    /ENTRA_API_AUDIENCE contains the tenant ID/,
  ],
  ["a scope by its long name", { vars: { ENTRA_REQUIRED_SCOPE: `api://${ids.api}/read` } }, "fault", /short name/],
  ["a scope of Graph", { vars: { ENTRA_REQUIRED_SCOPE: "User.Read" } }, "fault", /only tokens of Microsoft Graph/],
  [
    "one name as scope and role",
    { vars: { ENTRA_REQUIRED_ROLE: "access_as_user" } },
    "warning",
    /as a scope and as a role/,
  ],
  [
    "the tenant's ID as client",
    { vars: { ENTRA_ALLOWED_CLIENTS: contoso } },
    "fault",
    /ENTRA_ALLOWED_CLIENTS contains the tenant ID/,
  ],
  [
    "personal accounts",
    { vars: { ENTRA_ALLOWED_TENANTS: `${contoso} ${personalAccounts}` } },
    "warning",
    /personal Microsoft accounts/,
  ],
  [
    "an allowlist without the tenant",
    { vars: { ENTRA_ALLOWED_TENANTS: ids.fabrikam } },
    "warning",
    /does not contain ENTRA_TENANT_ID/,
  ],
  [
    "a clock skew above the limit",
    { vars: { ENTRA_CLOCK_SKEW_SECONDS: "3000" } },
    "fault",
    /^ENTRA_CLOCK_SKEW_SECONDS/,
  ],
  [
    "a mode that admits every caller",
    { vars: { GATE_MODE: "report" } },
    "warning",
    /^GATE_MODE=report admits every caller/,
  ],
  [
    "a route that admits every caller",
    { code: { options: { routes: triedRoutes() } } },
    "warning",
    /GET \/tried: a user with scope orders\.read, but report mode admits callers/,
  ],
  [
    "an unreachable discovery document",
    { answer: (url) => (url.pathname.endsWith("configuration") ? new Response("", { status: 400 }) : undefined) },
    "fault",
    /openid-configuration: status 400/,
  ],
  [
    "another issuer",
    {
      answer: (url) =>
        url.pathname.endsWith("configuration") ? Response.json({ issuer: "https://sts.windows.net/x/" }) : undefined,
    },
    "fault",
    /has an issuer of another tenant/,
  ],
  [
    "no usable key",
    { answer: (url) => (url.pathname.endsWith("/keys") ? Response.json({ keys: [] }) : undefined) },
    "fault",
    /no usable key/,
  ],
  ["a wrong clock", { aheadMs: 120_000 }, "warning", /^this clock is 120 s behind/],
  [
    "an unreachable origin",
    {
      answer(url) {
        if (url.hostname === "origin.contoso.example") throw new TypeError("connection refused");
        return undefined;
      },
    },
    "fault",
    /cannot be reached: connection refused/,
  ],
  [
    "an origin that fails",
    { answer: (url) => (isAuthority(url) ? undefined : new Response(null, { status: 502 })) },
    "warning",
    /answers 502/,
  ],
  [
    "an origin at the gate's own host",
    {
      vars: { ORIGIN_URL: "https://api.contoso.example" },
      answer: (url) => (isAuthority(url) ? undefined : new Response()),
    },
    "fault",
    /come back to it/,
  ],
  [
    "an origin at the gate's own host, with a trailing dot",
    {
      vars: { ORIGIN_URL: "https://api.contoso.example." },
      answer: (url) => (isAuthority(url) ? undefined : new Response()),
    },
    "fault",
    /come back to it/,
  ],
  [
    "an origin at another address of the gate",
    {
      vars: {
        ORIGIN_URL: "https://orders.contoso.example/v1",
        GATE_URL: "https://api.contoso.example https://orders.contoso.example",
      },
      answer: (url) => (isAuthority(url) ? undefined : new Response()),
    },
    "fault",
    /come back to it/,
  ],
  [
    "plain http to the origin",
    { vars: { ORIGIN_URL: "http://origin.contoso.example" } },
    "fault",
    /^ORIGIN_URL uses http/,
  ],
  [
    "a host that GATE_URL does not list",
    { vars: { GATE_URL: "https://other.contoso.example" } },
    "warning",
    /lists no address of api\.contoso\.example/,
  ],
  [
    "an address outside the zone, beside a route of it",
    { top: { workers_dev: "true" } },
    "warning",
    /workers_dev is on/,
  ],
  [
    "a runtime older than the supported ones",
    { top: { compatibility_date: '"2026-10-11"' } },
    "warning",
    /^compatibility_date 2026-10-11 is older than/,
  ],
  ["reachable old versions", { top: { preview_urls: "true" } }, "warning", /preview_urls is on/],
  [
    "reachable old versions, as without a setting beside workers.dev",
    { top: { workers_dev: "true", routes: undefined, preview_urls: undefined } },
    "warning",
    /preview_urls is on/,
  ],
  [
    "reachable old versions of a custom domain",
    {
      top: {
        routes: '[{ pattern = "api.contoso.example", custom_domain = true, enabled = true, previews_enabled = true }]',
      },
    },
    "warning",
    /preview_urls is on/,
  ],
  ["keep_vars", { top: { keep_vars: "true" } }, "fault", /keep_vars is on/],
  ["no route of a zone", { top: { routes: undefined } }, "warning", /no route of a zone/],
  [
    "a pattern with a path",
    { top: { routes: '["www.contoso.example/api/*"]' }, ...routed("/api/orders/*") },
    "warning",
    /^the pattern www\.contoso\.example\/api\/\* names a path, .* a request to \/API\/ bypasses the gate$/,
  ],
  [
    "a route outside the zone's patterns",
    { top: { routes: '["api.contoso.example/1/*"]' }, ...routed("/1/orders", "/2/orders") },
    "warning",
    /^no pattern of the zone covers the whole of GET \/2\/orders: requests that match no pattern bypass the gate$/,
  ],
  ["a pattern of one path", { top: { routes: '["api.contoso.example/"]' } }, "warning", /covers one path only/],
  [
    "a local authority in a deployment",
    { vars: { ENTRA_AUTHORITY: "http://127.0.0.1:8788" } },
    "warning",
    /is on loopback/,
  ],
  [
    "a secret in the configuration file",
    { vars: { ...credentials, ENTRA_CLIENT_SECRET: "s3cret" } },
    "fault",
    /where anyone with the file can read it/,
  ],
  ["a client ID without a credential", { vars: credentials }, "warning", /has neither/],
  ["a public wildcard", { code: { options: { routes: openRoutes() } } }, "warning", /GET \/files\/\*: public/],
  [
    "a worker that does not load",
    { code: { options: {}, problem: "src/worker.ts is not there", fix: "write it", broken: true } },
    "fault",
    /src\/worker\.ts is not there/,
  ],
];

it.each<[what: string, onWorkers: boolean, versions: Readonly<Record<string, string>>, isWarned: boolean]>([
  ["Node 26", false, { node: "26.12.1" }, true],
  ["Node 24", false, { node: "24.21.0" }, false],
  ["Deno", false, { node: "26.0.0", deno: "2.9.6" }, false],
  ["Bun", false, { node: "26.0.0", bun: "1.4.5" }, false],
  ["a worker of Cloudflare", true, { node: "26.10.0" }, false],
])("warns of the JSON parser only on Node 26: %s", (_, onWorkers, versions, isWarned) => {
  const findings = examineNode({ settings: { onWorkers } as Settings }, versions);
  expect(findings.map(({ state, fix }) => [state, fix?.slice(0, 30)])).toEqual(
    isWarned ? [["warning", "run the gate on Node 22 or 24,"]] : [],
  );
});

it("lists at least fifteen mistakes", () => {
  expect(mistakes.length).toBeGreaterThanOrEqual(15);
});

it.each([
  [undefined, []],
  [
    '{ directory = "public" }',
    ["static assets in public bypass the gate: Cloudflare serves them before the worker runs"],
  ],
  ['{ directory = "public", run_worker_first = true }', []],
  [
    '{ directory = "public", run_worker_first = ["/api/*", "!/api/docs/*"] }',
    [
      "static assets in public bypass the gate: Cloudflare serves them before the worker runs, unless run_worker_first decides otherwise: /api/*, !/api/docs/*",
    ],
  ],
  [
    '{ not_found_handling = "single-page-application" }',
    ["static assets bypass the gate: Cloudflare serves them before the worker runs"],
  ],
])("doctor warns of static assets that bypass the gate: %s", async (assets, texts) => {
  const findings = (await examineAilment({ top: { assets } })).filter(({ text }) => text.startsWith("static assets"));
  expect(findings.map(({ state, text }) => [state, text])).toEqual(texts.map((text) => ["warning", text]));
});

it("doctor has nothing against workers.dev if it is the only address", async () => {
  const top = { workers_dev: "true", route: undefined, routes: undefined };
  const texts = (await examineAilment({ top })).map(({ text }) => text);
  expect(texts.filter((text) => /workers_dev|no route of a zone/.test(text))).toEqual([]);
  expect(texts).toContain("workers.dev");
});

it.each([
  ["no address", { routes: undefined }, "fault"],
  ["only an address at workers.dev", { routes: undefined, workers_dev: "true" }, "fault"],
  ["a custom domain", { routes: '[{ pattern = "api.contoso.example", custom_domain = true }]' }, "good"],
  ["a route of a zone", {}, "good"],
])("doctor finds the zone's own origin, without ORIGIN_URL, for a worker with %s", async (_, top, state) => {
  const findings = await examineAilment({ top, vars: { ORIGIN_URL: undefined } });
  expect(findings.filter(({ area }) => area === "origin").map((each) => each.state)).toEqual([state]);
});

it("doctor prints the advice of findings below each other once", () => {
  const finding = (text: string, fix?: string): Finding => ({
    area: "deployment",
    state: "warning",
    text,
    ...(fix && { fix }),
  });
  const findings = [finding("one", "do a"), finding("two", "do a"), finding("three", "do b"), finding("four", "do a")];
  const lines = renderFindings(findings, (_style, text) => text).split("\n");
  expect(lines.filter((line) => line.startsWith("    "))).toEqual(["    fix: do a", "    fix: do b", "    fix: do a"]);
});

describe("doctor", () => {
  it("finds nothing in a good configuration", async () => {
    const findings = await examineAilment({ top: { compatibility_date: `"${compatibilityDate}"` } });
    expect(findings.filter(({ state }) => state !== "good")).toEqual([
      { area: "deployment", state: "skipped", text: expect.stringContaining("unless it is set to fail closed") },
    ]);
    expect(new Set(findings.map(({ area }) => area)).size).toBe(6);
  });

  for (const [name, ailment, state, says] of mistakes) {
    it(`finds ${name}, and nothing else`, async () => {
      const wrong = (await examineAilment(ailment)).filter((finding) => !["good", "skipped"].includes(finding.state));
      expect(wrong).toMatchObject([{ state, text: expect.stringMatching(says) }]);
      expect(wrong[0]?.fix ?? /Did you mean \w+\?$/.exec(wrong[0]?.text ?? "")?.[0]).toEqual(expect.any(String));
    });
  }

  it.each([
    ["a whole host", ["api.contoso.example/*"], []],
    ["a custom domain", [{ pattern: "api.contoso.example", custom_domain: true }], []],
    ["a path with a trailing wildcard", ["https://*.contoso.example/orders*"], ["/me", "/users/:id"]],
    ["paths below a prefix", ["api.contoso.example/orders/*", "api.contoso.example/users/*"], ["/orders/*", "/me"]],
    ["one value of a parameter", ["api.contoso.example/*", "api.contoso.example/users/7"], []],
    [
      "another letter case",
      ["api.contoso.example/Orders*", "api.contoso.example/me", "api.contoso.example/u*"],
      ["/orders/*"],
    ],
  ] as const)("finds routes that the patterns do not cover: %s", async (_, patterns, missing) => {
    const routes = JSON.stringify(patterns).replaceAll('":', '"=');
    const findings = await examineAilment({ top: { routes }, ...routed("/orders/*", "/me", "/users/:id") });
    const found = findings.flatMap(({ text }) => /covers the whole of (.*): /.exec(text)?.[1] ?? []);
    expect(found).toEqual(missing.length === 0 ? [] : [missing.map((each) => `GET ${each}`).join(", ")]);
  });

  it.each([
    ["the documentation's tenant", { ENTRA_TENANT_ID: example }, ["fault"]],
    ["the documentation's clients", { ENTRA_ALLOWED_CLIENTS: "33333333-4444-5555-6666-777777777777" }, ["fault"]],
    ["clients of the local Entra", { ENTRA_ALLOWED_CLIENTS: `${ids.api} ${clients.spa.clientId}` }, ["fault"]],
    ["zeros", { ENTRA_ALLOWED_TENANTS: `${contoso} 00000000-0000-0000-0000-000000000000` }, ["fault"]],
    [
      "an authority of one's own",
      { ENTRA_TENANT_ID: example, ENTRA_AUTHORITY: "https://login.contoso.example" },
      ["warning"],
    ],
    ["Microsoft's own", { ENTRA_ALLOWED_CLIENTS: "00000003-0000-0000-c000-000000000000" }, []],
    ["no example", { ENTRA_ALLOWED_CLIENTS: ids.fabrikam }, []],
  ])("recognizes example IDs: %s", async (_, vars, states) => {
    const found = (await examineAilment({ vars })).filter(({ text }) => text.startsWith("example IDs"));
    expect(found.map(({ state }) => state)).toEqual(states);
  });

  it("recognizes every ID that the documentation, the examples and wrangler.toml give a variable", async () => {
    const files = ["wrangler.toml", ".dev.vars.example", "examples/gate/wrangler.toml", "examples/hono/wrangler.toml"];
    const texts = files.map((file) => readFileSync(path.join(root, file), "utf8"));
    const all = [...texts, ...readPages().map(({ text }) => text)].join("\n");
    // The tenant of an authority with a name stands beside its address, which is a fault of a deployed gate if it is
    // local.
    const shown = new Set(
      [...all.matchAll(/ENTRA_(?!CUSTOMERS_)\w+"?\s*[=:]\s*"?([\da-f-]{36})\b/g)].map(([, id = ""]) => id),
    );
    expect(shown.size).toBeGreaterThan(3);
    for (const id of shown) {
      const findings = await examineAilment({ vars: { ENTRA_ALLOWED_CLIENTS: id } });
      expect(
        findings.filter(({ text }) => text.startsWith("example IDs")),
        id,
      ).toHaveLength(1);
    }
  });

  it("accepts the IDs of the local Entra with the local Entra", async () => {
    const findings = await examineAilment({
      vars: { ENTRA_TENANT_ID: tenants.contoso.id, ENTRA_AUTHORITY: "http://127.0.0.1:8788" },
    });
    expect(findings.filter(({ text }) => text.startsWith("example IDs"))).toEqual([]);
  });

  it.each([
    [-1, "fault", /has expired/],
    [10, "warning", /expires in 10 days/],
    [200, "good", /valid for 200 days/],
  ] as const)("checks a certificate that ends in %i days", async (days, state, says) => {
    const certificate = await certificateFor(days);
    const findings = await examineAilment({ vars: { ...credentials, ENTRA_CLIENT_CERTIFICATE: certificate } });
    const found = findings.filter(({ area }) => area === "credentials");
    expect(found).toMatchObject([{ state, text: expect.stringMatching(says) }]);
    expect(JSON.stringify(findings)).not.toContain("BEGIN");
  });

  it("suggests the network or --offline if the authority does not answer, and variables if it refuses", async () => {
    const fixes = async (status: number | undefined) => {
      const answer = (url: URL) => {
        if (!isAuthority(url)) return undefined;
        if (status === undefined) throw new TypeError("fetch failed");
        return new Response(null, { status });
      };
      return (await examineAilment({ answer })).flatMap(({ area, fix = "" }) => (area === "tenants" ? [fix] : []));
    };
    const [discovery, keys] = await fixes(undefined);
    expect(discovery).toContain("--offline");
    expect(keys).toBe(discovery);
    expect(await fixes(400)).toEqual([
      expect.stringContaining("compare ENTRA_TENANT_ID"),
      "npx entra-gate docs explanation/keys",
    ]);
  });

  it("asks no origin whose requests go through originFetch", async () => {
    const findings = await examineAilment({ code: { options: { originFetch: async () => new Response() } } });
    expect(findings.filter(({ area }) => area === "origin")).toMatchObject([
      { state: "skipped", text: "this command cannot ask https://origin.contoso.example/ through originFetch" },
    ]);
  });

  it("lists the requirement of each route", async () => {
    const routes = new App()
      .get("/health", { public: true }, origin())
      .get("/orders/:id", { middleware: [requireAuth({ scopes: ["orders.read"], acrs: ["c1"] })] }, origin())
      .get("/bare", {}, origin());
    const findings = await examineAilment({ code: { options: { routes, unlisted: "reject" } } });
    expect(findings.filter(({ area }) => area === "routes").map(({ text }) => text)).toEqual([
      "GET /health: public",
      "GET /orders/:id: a user with scope orders.read, authentication context c1",
      "GET /bare: a user with scope access_as_user (the default)",
      "all other methods and paths: 404",
    ]);
    expect(describeAccess({ kind: "default" }, undefined)).toBe("no caller (the default)");
  });

  it("lists the requirement of requests without a route", async () => {
    const routes = new App().get("/orders", { middleware: [requireAuth("orders.read")] }, origin());
    const around = new App().use(requireAuth("orders.read")).get("/orders", {}, origin());
    const last = async (options: GateOptions) =>
      (await examineAilment({ code: { options } })).filter(({ area }) => area === "routes").at(-1)?.text;
    expect(await last({ routes })).toBe("all other methods and paths: a user with scope access_as_user (the default)");
    expect(await last({ routes: around })).toBe("all other methods and paths: a user with scope orders.read");
  });

  it("never prints the value of a secret", async () => {
    const findings = await examineAilment({ vars: { ...credentials, ENTRA_CLIENT_SECRET: "s3cret-value" } });
    expect(JSON.stringify(findings)).not.toContain("s3cret-value");
  });
});
