import { describe, expect, it } from "vitest";
import { showJson, showValue } from "../../cli/common/terminal.ts";
import { readRuleFile } from "../../cli/decisions/read-rules.ts";
import type { PolicyRule } from "../../cli/decisions/rule.ts";
import type { Explanation } from "../../cli/explain/facts/explanation.ts";
import { type Keys, takeKeysFromText } from "../../cli/explain/keys.ts";
import { describeExplanation, renderExplanation } from "../../cli/explain/render.ts";
import { createAppTable, tableOf } from "../../cli/project/gate-code.ts";
import { tenants } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";
import { App } from "../../src/app/app.ts";
import { findContents } from "../../src/app/app-contents.ts";
import { origin } from "../../src/app/build/origin.ts";
import type { GateOptions } from "../../src/app/gate-options.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { fail, succeed } from "../../src/base/common/result.ts";
import { frozenNowMs } from "../support/io.ts";
import { entra, explainCredential, type Situation } from "./support/explain-world.ts";

const good = `Bearer ${await entra.issueAccessToken()}`;
const stateOf = ({ checks }: Explanation, name: string) => checks.find((check) => check.name === name)?.state;
const render = (explanation: Explanation, keys = "the authority") =>
  renderExplanation(
    describeExplanation(explanation, { sources: ["wrangler.toml"], keys, problems: [] }),
    (_, text) => text,
  );

describe("rules of a file", () => {
  const text = `rules:
  - { name: admins, only: { who: { roles: [Admin] }, requests: "GET /admin/*" } }
  - { name: no users, never: { who: { kind: user }, requests: "GET /open/*" } }
  - { name: callers, always: { who: { scopes: [access_as_user] }, requests: ["GET /admin/:page", "GET /:area/1/*"] } }
  - { name: nothing public, public: [] }`;
  const rules = { file: "rules.yaml", all: readRuleFile(text) as readonly PolicyRule[] };
  const routes = new App();
  routes.get("/admin/:page", { hooks: requireAuth("admin.write") }, origin());
  routes.get("/open/:page", { hooks: requireAuth("access_as_user") }, origin());
  routes.get("/open/to-all", { public: true }, origin());
  const explainRules = (authorization: string | null, url: string) =>
    explainCredential(authorization, { options: { routes }, request: { method: "GET", url }, tools: { rules } });

  it.each([
    [
      good,
      "/admin/1",
      ["2  admins: would be broken if the gate admitted this request", "4  callers: broken by this request"],
    ],
    [good, "/open/1", ["3  no users: broken by this request"]],
    [
      null,
      "/open/1",
      [
        "3  no users: would be broken if the gate admitted this request",
        "5  nothing public: would be broken if the gate admitted this request",
      ],
    ],
    // A public route admits every caller, so the token does not matter.
    [null, "/open/to-all", ["3  no users: broken by this request", "5  nothing public: broken by this request"]],
    [good, "/open/to-all", ["3  no users: broken by this request", "5  nothing public: broken by this request"]],
    [good, "/other", []],
    // A rule of always counts no other spelling of a path.
    [good, "/ADMIN/1", []],
    [good, "/admin/1/", ["2  admins: would be broken if the gate admitted this request"]],
  ])("are named if a request breaks them, or would if the gate admitted it: %#", async (credential, url, expected) => {
    const lines = render(await explainRules(credential, url)).split("\n");
    expect(lines.filter((line) => line.startsWith("  rules.yaml:")).map((line) => line.slice(13))).toEqual(expected);
    expect(lines.some((line) => line.startsWith("Rules"))).toBe(true);
  });

  it("are not named for claims that anybody could have written", async () => {
    expect(await explainRules(`${good.slice(0, -4)}AAAA`, "/open/1")).not.toHaveProperty("rules");
  });
});

describe("claims", () => {
  const forged = `Bearer ${good.slice(7, -4)}AAAA`;
  const scopes = ["orders.write", "another.scope"];

  it("are shown after the signature is verified", async () => {
    const explanation = await explainCredential(`Bearer ${await entra.issueAccessToken({ scopes })}`);
    expect(explanation.signature).toBe("held");
    expect(render(explanation)).toContain("found     orders.write another.scope");
  });

  it("are hidden if the signature is wrong, and so is everything that derives from them", async () => {
    const token = await entra.issueAccessToken({ scopes, claims: { aud: "https://secret.example" } });
    const explanation = await explainCredential(`Bearer ${token.slice(0, -4)}AAAA`);
    expect(explanation.signature).toBe("failed");
    expect(JSON.stringify(explanation)).not.toMatch(/another\.scope|secret\.example|Local Member/);
    expect(render(explanation)).toContain("found     (hidden)");
    expect(render(explanation)).toContain("--unsafe shows them");
  });

  it.each([
    ["if the signature was not checked", { keys: undefined }],
    ["if the keys are unavailable", { keys: unavailable() }],
  ])("are hidden %s", async (_, tools) => {
    const { checks } = await explainCredential(good, { tools });
    expect(checks.find(({ name }) => name === "scopes")).toMatchObject({ hidden: true });
    expect(JSON.stringify(checks)).not.toContain(personas.member.oid);
  });

  it("are hidden if the signing key must not sign for the tenant", async () => {
    const explanation = await explainCredential(`Bearer ${await entra.issueAccessToken({ key: "msa" })}`);
    expect(explanation.signature).toBe("failed");
    expect(explanation.checks.find(({ name }) => name === "scopes")).toMatchObject({ hidden: true });
  });

  it("are shown with --unsafe", async () => {
    const { checks } = await explainCredential(forged, { tools: { unsafe: true } });
    expect(checks.find(({ name }) => name === "scopes")).toMatchObject({ found: "access_as_user" });
  });

  it("cannot move the cursor or reverse text on the screen", () => {
    const hostile = "a\u001b[2J\u009b31m\u202eb\u2028c\u0000\ud800";
    expect(showValue(hostile)).toBe("a\\u{1b}[2J\\u{9b}31m\\u{202e}b\\u{2028}c\\u{0}\\u{d800}");
    expect(showValue({ a: hostile })).toMatch(/^[\x20-\x7e]+$/);
    expect(showValue("x".repeat(500))).toHaveLength(201);
    expect(showJson({ a: hostile })).toMatch(/^[\n\x20-\x7e]+$/);
    expect(JSON.parse(showJson({ a: hostile }))).toEqual({ a: hostile });
  });
});

describe("the destination of a request", () => {
  const hooks = requireAuth("access_as_user");
  const routes = new App();
  routes.get("/orders", { hooks }, origin());
  routes.get("/invoices", { hooks }, origin({ to: "billing" }));
  routes.get("/history", { hooks }, origin({ to: "history" }));
  routes.get("/stock", { hooks }, origin({ to: "stock" }));
  routes.get("/assets", { hooks }, origin({ to: "zone" }));
  routes.get("/me", { hooks }, () => new Response("me"));
  const binding = { fetch: () => Promise.reject(new Error("not called")) };
  const environment: Readonly<Record<string, unknown>> = {
    ORIGIN_URL: "https://orders.contoso.example",
    ORIGIN_BILLING_URL: "https://billing.contoso.example/api",
    ORIGIN_HISTORY: binding,
    ORIGIN_HISTORY_COOKIES: "forward",
    ORIGIN_STOCK_URL: "https://stock.internal",
    ORIGIN_STOCK: binding,
  };
  const ask = (url: string | undefined, situation: Situation = {}) =>
    explainCredential(good, {
      options: { routes },
      environment,
      ...(url !== undefined && { request: { method: "GET", url } }),
      ...situation,
    });

  it.each([
    [
      "/orders",
      { origin: "ORIGIN", url: "https://orders.contoso.example/", cookies: "forward" },
      "https://orders.contoso.example/ (ORIGIN_URL)",
    ],
    [
      "/invoices",
      { origin: "billing", url: "https://billing.contoso.example/api", cookies: "strip" },
      "billing, https://billing.contoso.example/api (ORIGIN_BILLING_URL)",
    ],
    [
      "/history",
      { origin: "history", binding: "ORIGIN_HISTORY", cookies: "forward" },
      "history, the binding ORIGIN_HISTORY",
    ],
    [
      "/stock",
      { origin: "stock", url: "https://stock.internal/", binding: "ORIGIN_STOCK", cookies: "strip" },
      "stock, https://stock.internal/ (ORIGIN_STOCK_URL), through the binding ORIGIN_STOCK",
    ],
    ["/assets", { origin: "zone", cookies: "forward" }, "zone, the zone's own origin"],
    [
      "/unlisted",
      { origin: "ORIGIN", url: "https://orders.contoso.example/", cookies: "forward" },
      "https://orders.contoso.example/ (ORIGIN_URL)",
    ],
    [
      undefined,
      { origin: "ORIGIN", url: "https://orders.contoso.example/", cookies: "forward" },
      "https://orders.contoso.example/ (ORIGIN_URL)",
    ],
    ["/Orders", {}, "none: the gate answers 404"],
    ["/me", {}, "none: the code of the app answers. This command does not know to which servers it sends requests"],
  ])("of %s is known", async (url, members, text) => {
    const explanation = await ask(url);
    expect(explanation.destination).toEqual({ ...members, text });
    const head = explanation.verdict.outcome === "allowed" ? "Origin" : "Origin if admitted";
    expect(render(explanation).split("\n")).toContain(`${head}  ${text}`);
  });

  it.each([
    ["/orders", "forwarded both ways (ORIGIN_COOKIES)"],
    ["/assets", "forwarded both ways (ORIGIN_COOKIES)"],
    ["/history", "forwarded both ways (ORIGIN_HISTORY_COOKIES)"],
    ["/invoices", "dropped both ways (ORIGIN_BILLING_COOKIES)"],
  ])("of %s says what happens to cookies", async (url, said) => {
    expect(render(await ask(url)).split("\n")).toContain(`Cookies  ${said}`);
  });

  it("of a handler says nothing of cookies", async () => {
    expect(render(await ask("/me"))).not.toContain("Cookies");
  });

  it("is shown for a refused caller too", async () => {
    const explanation = await explainCredential(null, {
      options: { routes },
      environment,
      request: { method: "GET", url: "/invoices" },
    });
    expect(explanation.verdict.outcome).toBe("refused");
    expect(render(explanation)).toContain("\n\nOrigin if admitted  billing, https://billing.contoso.example/api");
  });

  it("is none for requests without a route if the gate rejects them, unless report mode admits them", async () => {
    const options = { routes, unlisted: "reject" } as const;
    const none = { text: "none: the gate answers 404" };
    expect((await ask("/unlisted", { options })).destination).toEqual(none);
    expect((await ask(undefined, { options })).destination).toEqual(none);
    const reported = await ask("/unlisted", { options, environment: { ...environment, GATE_MODE: "report" } });
    expect(reported.destination).toMatchObject({ origin: "ORIGIN", url: "https://orders.contoso.example/" });
  });

  it("is the zone without ORIGIN_URL, if no secret sets it", async () => {
    const own = { ...environment, ORIGIN_URL: undefined };
    expect((await ask("/orders", { environment: own })).destination).toEqual({
      origin: "ORIGIN",
      cookies: "forward",
      text: "the zone's own origin",
    });
    const unseen = "the zone's own origin, unless a secret sets ORIGIN_URL: this command does not see secrets";
    const deployed = { environment: own, deployed: true };
    expect((await ask("/orders", deployed)).destination?.text).toBe(unseen);
    expect((await ask("/assets", deployed)).destination?.text).toBe(`zone, ${unseen}`);
    expect((await ask("/assets", { deployed: true })).destination?.text).toBe("zone, the zone's own origin");
  });

  it("is a worker in the same script, or the gate or app itself", async () => {
    const worker = { fetch: () => new Response() };
    const inner = await explainCredential(good, { options: { worker }, request: { method: "GET", url: "/" } });
    expect(inner.destination).toEqual({
      origin: "ORIGIN",
      cookies: "forward",
      text: "the worker that createGate gets as an option",
    });
    const health = await ask("/healthz", {
      environment: { ...environment, GATE_HEALTH: "public", GATE_HEALTH_PATH: "/healthz" },
    });
    expect(health.destination).toEqual({ text: "none: the gate answers" });
    const contents = findContents(new App().get("/me", { hooks }, () => new Response("me")))!;
    const askApp = (isGuarded: boolean, url: string) =>
      explainCredential(good, {
        code: { options: {}, table: createAppTable(contents, {}, isGuarded) },
        request: { method: "GET", url },
      });
    expect((await askApp(true, "/x")).destination).toEqual({ text: "none: the app answers 404" });
    const refused = await askApp(false, "/me");
    expect(refused.destination).toEqual({ text: "none: the app refuses every caller" });
  });

  it("is unknown if the routes are, or the code does not show it", async () => {
    const unread = await explainCredential(good, { problem: "src/worker.ts is not there" });
    expect(unread.destination).toEqual({ text: "unknown, because the routes are unknown" });
    expect(render(unread)).toContain("Origin if admitted  unknown, because the routes are unknown");
    const rest = { name: "no route", access: undefined, note: "a middleware decides" };
    const table = { ...tableOf({ options: {} }), rest, find: () => rest };
    const hidden = await explainCredential(good, {
      code: { options: {}, table },
      request: { method: "GET", url: "/x" },
    });
    expect(hidden.destination).toEqual({ text: "unknown: a middleware decides" });
  });

  it("is absent if the gate refuses the request before it looks for a route, or is misconfigured", async () => {
    expect(await ask("/a//b")).not.toHaveProperty("destination");
    expect(await ask("/orders", { environment: { ...environment, ORIGIN_BILLING_URL: undefined } })).not.toHaveProperty(
      "destination",
    );
  });
});

describe("a verdict", () => {
  it("is undecided without the signature, and says so", async () => {
    const explanation = await explainCredential(good, { tools: { keys: undefined } });
    expect(explanation).toMatchObject({ verdict: { outcome: "unknown" }, signature: "unchecked" });
    expect(render(explanation, "none")).toContain("NOT VERIFIED");
  });

  it("is a refusal even without the signature if another check fails", async () => {
    const token = await entra.issueAccessToken({ persona: "outsider" });
    const { verdict } = await explainCredential(`Bearer ${token}`, { tools: { keys: undefined } });
    expect(verdict).toEqual({ outcome: "refused", denial: { reason: "tenant_not_allowed" } });
  });

  it("is unknown if the keys are unavailable, and says what to try", async () => {
    const { verdict, causes } = await explainCredential(good, { tools: { keys: unavailable() } });
    expect(verdict).toMatchObject({ outcome: "unknown", denial: { reason: "keys_unavailable" } });
    expect(causes).toMatchObject([
      { id: "authority-unreachable", fix: expect.arrayContaining([expect.stringContaining("--keys FILE")]) },
    ]);
  });

  it("is undecided if the gate's code is unknown, unless the token itself is invalid", async () => {
    const problem = "src/worker.ts is not there";
    expect((await explainCredential(good, { problem })).verdict).toEqual({ outcome: "unknown", because: problem });
    const another = await entra.issueAccessToken({ scopes: ["orders.read"] });
    // An unknown route could require that scope.
    expect((await explainCredential(`Bearer ${another}`, { problem })).verdict.outcome).toBe("unknown");
    const token = await entra.issueAccessToken({ persona: "outsider" });
    expect((await explainCredential(`Bearer ${token}`, { problem })).verdict.outcome).toBe("refused");
  });

  it("for a faulty configuration lists the faults, and nothing else", async () => {
    const explanation = await explainCredential(good, { environment: { ENTRA_TENANT_ID: "common" } });
    expect(explanation.verdict).toEqual({ outcome: "refused", denial: { reason: "misconfigured" } });
    expect(explanation.checks).toHaveLength(1);
    expect(render(explanation)).toContain('ENTRA_TENANT_ID is "common"');
  });

  it("is unknown without a route if the gate rejects requests that match none, and names the routes", async () => {
    const routes = new App().get("/orders", { middleware: [requireAuth("orders.read")] }, origin());
    const options = { routes, unlisted: "reject" } as const;
    const environment = { ENTRA_REQUIRED_SCOPE: undefined };
    expect((await explainCredential(good, { options, environment })).verdict).toEqual({
      outcome: "unknown",
      because:
        'no route was given, and the worker answers 404 to a request that matches none. Add --route "METHOD /path". It declares GET /orders.',
    });
    const request = { method: "GET", url: "https://api.contoso.example/orders" };
    expect(await explainCredential(good, { options, environment, request })).toMatchObject({
      verdict: { outcome: "refused", denial: { reason: "scope_missing", scopes: ["orders.read"] } },
    });
  });

  it("explains a method without a route, if the path has routes for others", async () => {
    const routes = new App().get("/orders/*", { middleware: [requireAuth("orders.read")] }, origin());
    const around = new App().use(requireAuth("orders.read")).get("/orders/*", {}, origin());
    const request = { method: "POST", url: "https://api.contoso.example/orders/1" };
    const missing = "POST has no route at this path, which has routes for GET, HEAD";
    const ask = async (options: GateOptions, credential: string | null = good) => {
      const { verdict, checks } = await explainCredential(credential, { options, request });
      return { verdict, note: checks.find(({ name }) => name === "route")?.note };
    };
    const guarded = await ask({ routes });
    expect(guarded).toEqual({
      verdict: { outcome: "allowed" },
      note: `${missing}: the default requirement applies, then the request goes to the origin; unlisted: "reject" would answer 404`,
    });
    expect((await ask({ routes }, null)).note).toBe(guarded.note);
    expect(await ask({ routes, unlisted: "reject" })).toEqual({
      verdict: { outcome: "refused", denial: { reason: "route_unlisted" } },
      note: `${missing}: unlisted: "reject" answers 404 to authenticated callers`,
    });
    const ofApp = await ask({ routes: around });
    expect(ofApp.note).toContain("the whole app's requirement applies");
    expect(ofApp.verdict).toMatchObject({ outcome: "refused", denial: { reason: "scope_missing" } });
    const elsewhere = { ...request, url: "https://api.contoso.example/else" };
    const { checks } = await explainCredential(good, { options: { routes }, request: elsewhere });
    expect(checks.find(({ name }) => name === "route")?.note).toMatch(/^no route has this path: the default/);
  });

  it.each([
    ["GET", "/Me"],
    ["HEAD", "/me/"],
    ["GET", "/m%C3%A9"],
  ])("names the route that an origin could read %s %s as", async (method, url) => {
    const routes = new App().get("/me", { middleware: [requireAuth("access_as_user")] }, origin());
    const { checks } = await explainCredential(good, { options: { routes }, request: { method, url } });
    expect(checks.find(({ name }) => name === "route")).toMatchObject({
      state: "failed",
      note: "an origin could read it as a request to GET /me, so the answer is 404",
    });
  });

  it("has no other cause if the gate answers 404 to a request without a route", async () => {
    const routes = new App().get("/me", { middleware: [requireAuth("access_as_user")] }, origin());
    const options = { routes, unlisted: "reject" } as const;
    const environment = { ENTRA_REQUIRED_SCOPE: undefined };
    for (const url of ["/Me", "/else"]) {
      const explained = await explainCredential(good, { options, environment, request: { method: "GET", url } });
      expect(explained.verdict).toEqual({ outcome: "refused", denial: { reason: "route_unlisted" } });
      expect(explained.causes.map(({ id }) => id)).toEqual(["route_unlisted"]);
      expect(stateOf(explained, "scopes")).toBe("not-reached");
    }
  });

  it("requires no token on a public route", async () => {
    const routes = new App().get("/health", { public: true }, origin());
    const request = { method: "GET", url: "https://api.contoso.example/health" };
    const { verdict, checks } = await explainCredential(null, { options: { routes }, request });
    expect(verdict.outcome).toBe("allowed");
    expect(checks.map(({ name }) => name)).toEqual(["configuration", "request", "route"]);
  });
});

describe("checks", () => {
  it("after the last possible one are not reached", async () => {
    const explanation = await explainCredential("Bearer a.b");
    expect(stateOf(explanation, "form")).toBe("failed");
    for (const name of ["encoding", "algorithm", "tenant", "signature", "scopes"]) {
      expect(stateOf(explanation, name), name).toBe("not-reached");
    }
    expect(new Set(explanation.checks.map(({ name }) => name)).size).toBe(explanation.checks.length);
  });

  it("are the same for every failure", async () => {
    const names = async (credential: string | null) =>
      (await explainCredential(credential)).checks.map(({ name }) => name);
    expect(await names(null)).toEqual(await names(good));
    expect(await names("Bearer a.b")).toEqual(await names(good));
  });
});

describe("a requirement with both kinds of list", () => {
  const both = { scopes: ["access_as_user"], anyScope: ["B", "C"], roles: ["D"], anyRole: ["E"] };
  const options = { routes: new App().get("/orders", { hooks: requireAuth(both) }, origin()) };
  const request = { method: "GET", url: "https://api.contoso.example/orders" };

  it("is shown as a whole, with each failure once and the missing permissions", async () => {
    const token = await entra.issueAccessToken({ roles: ["D"] });
    const { verdict, checks } = await explainCredential(`Bearer ${token}`, { options, request });
    expect(verdict).toMatchObject({ denial: { reason: "scope_missing", scopes: ["B", "C"] } });
    expect(checks.filter(({ state }) => state === "failed")).toMatchObject([
      { name: "scopes", expected: "all of access_as_user and one of B C" },
      { name: "roles", expected: "all of D and one of E" },
    ]);
    const text = render(await explainCredential(`Bearer ${await issueBoth()}`, { options, request }));
    expect(text).toMatch(/^Refused {2}role_missing {2}scopes=\["access_as_user"\] {2}anyRole=\["E"\]\n/);
  });

  const issueBoth = () => entra.issueAccessToken({ scopes: ["access_as_user", "B"], roles: ["D"] });
});

describe("keys from a file", () => {
  it("verify signatures like the authority's", async () => {
    const { keys } = (await (
      await entra.fetch(new Request(`https://login.microsoftonline.com/${tenants.contoso.id}/discovery/v2.0/keys`))
    ).json()) as { keys: object[] };
    const fromFile = await takeKeysFromText(JSON.stringify({ keys }), frozenNowMs);
    expect(fromFile.ok).toBe(true);
    const explain = (file: Keys) => explainCredential(good, { tools: { keys: file } });
    if (fromFile.ok) expect(await explain(fromFile.value)).toMatchObject({ verdict: { outcome: "allowed" } });
    const others = await takeKeysFromText(JSON.stringify({ keys: keys.slice(0, 1) }), frozenNowMs);
    if (others.ok) expect((await explain(others.value)).causes[0]?.id).toBe("unknown-key");
    expect(await takeKeysFromText("{}", frozenNowMs)).toMatchObject({ ok: false });
  });
});

function unavailable(): Keys {
  const denial = { reason: "keys_unavailable", retryAfterSeconds: 1 } as const;
  return { find: async () => fail(denial), isKeyOfApp: async () => succeed(false).value };
}
