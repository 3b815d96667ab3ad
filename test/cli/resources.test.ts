import { describe, expect, it } from "vitest";
import { findSignInError, signInErrors } from "../../cli/explain/sign-in-errors.ts";
import { tableOf } from "../../cli/project/gate-code.ts";
import { clients } from "../../entra/directory/clients.ts";
import { App } from "../../src/app/app.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { facade, mcp, protectedResource } from "../../src/extensions/mcp/mcp.ts";
import { type Ailment, examineAilment, ids } from "./support/ailing-gate.ts";

const url = "https://api.contoso.example/mcp";
const vars = { GATE_URL: "https://api.contoso.example", ENTRA_APP_ID_URI: url };
const sessionKey = {
  secrets_store_secrets: '[{ binding = "GATE_SESSION_KEY", store_id = "s", secret_name = "GATE_SESSION_KEY" }]',
};
const hooks = requireAuth("tools.read");
const authorizationServer = facade({ clientId: clients.mcp.clientId, callback: "/oauth/callback" });

const withApp = (app: App) => ({ code: { options: { routes: app, unlisted: "reject" as const } } });
const origins = ["https://a.example", "vscode-webview:"];
const good = withApp(new App().register(mcp("/mcp", { hooks, origins })));

/** One mistake each, with doctor's finding. */
const mistakes: readonly (readonly [name: string, ailment: Ailment, state: "fault" | "warning", says: RegExp])[] = [
  [
    "a missing Application ID URI",
    { ...good, vars: { ...vars, ENTRA_APP_ID_URI: undefined } },
    "warning",
    /^ENTRA_APP_ID_URI is missing: without https:\/\/api\.contoso\.example\/mcp .* AADSTS9010010$/,
  ],
  [
    "another Application ID URI",
    { ...good, vars: { ...vars, ENTRA_APP_ID_URI: `api://${ids.api}` } },
    "fault",
    /^ENTRA_APP_ID_URI is not the resource .*\/mcp: Entra answers AADSTS9010010$/,
  ],
  [
    "an Application ID URI with a slash",
    { ...good, vars: { ...vars, ENTRA_APP_ID_URI: `${url}/` } },
    "fault",
    /, and has a slash at the end: Entra answers AADSTS9010010$/,
  ],
  [
    "a resource to which clients add a slash",
    {
      ...withApp(new App().register(mcp("/", { hooks }))),
      vars: { ...vars, ENTRA_APP_ID_URI: "https://api.contoso.example" },
    },
    "warning",
    /has no path: clients add a slash/,
  ],
  ["v1.0 tokens", { ...good, vars: { ...vars, ENTRA_ACCEPT_V1: "true" } }, "warning", /requires v2\.0 tokens/],
  [
    "a pattern that covers only the resource",
    { ...good, vars, top: { routes: '["api.contoso.example/mcp*"]' } },
    "fault",
    /^no route of the zone covers \/\.well-known\/oauth-protected-resource\/mcp: /,
  ],
  [
    "a resource without a scope",
    {
      ...withApp(new App().register(mcp("/mcp", { hooks: requireAuth({ kind: "app", roles: ["Tools.Call"] }) }))),
      vars,
    },
    "warning",
    /names no scope: .*AADSTS650053/,
  ],
  [
    "a facade without a rate limiter",
    { ...withApp(new App().register(mcp("/mcp", { hooks, authorizationServer }))), vars, top: sessionKey },
    "warning",
    /^the facade has no rate limiter/,
  ],
  [
    "requests that bypass the MCP route",
    { code: { options: { routes: new App().register(mcp("/mcp", { hooks })) } }, vars },
    "warning",
    /^requests without a route reach the MCP server: /,
  ],
  [
    "pages without an origin of their own",
    { ...withApp(new App().register(mcp("/mcp", { hooks, origins: ["https://a.example", "null"] }))), vars },
    "warning",
    /\/mcp accepts pages of the origin "null": sandboxed frames, which every page can create, and local files$/,
  ],
  [
    "a public MCP server",
    { ...withApp(new App().register(mcp("/mcp", { public: true }))), vars },
    "warning",
    /\/mcp is public: any caller may use its tools$/,
  ],
];

describe("doctor, for protected resources", () => {
  it("finds nothing in a good configuration, and reports what it cannot see", async () => {
    const findings = (await examineAilment({ ...good, vars })).filter(({ area }) => area === "resources");
    expect(findings).toEqual([
      { area: "resources", state: "good", text: `${url}: clients request ${url}/tools.read` },
      {
        area: "resources",
        state: "skipped",
        text: expect.stringMatching(/Mobile and desktop.*AADSTS7000218.*AADSTS9002327/),
      },
    ]);
  });

  for (const [name, ailment, state, says] of mistakes) {
    it(`finds ${name}, and nothing else`, async () => {
      const wrong = (await examineAilment(ailment))
        .filter((finding) => !["good", "skipped"].includes(finding.state))
        // Each pattern with a path has a warning of its own.
        .filter(({ text }) => !text.startsWith("the pattern "));
      expect(wrong).toMatchObject([{ area: "resources", state, text: expect.stringMatching(says) }]);
      expect(wrong[0]?.fix).toEqual(expect.any(String));
    });
  }

  it.each([
    ['["*.contoso.example/*"]', []],
    ['[{ pattern = "api.contoso.example", custom_domain = true }]', []],
    [
      '["api.contoso.example/mcp*", "api.contoso.example/.well-known/*"]',
      ["/authorize", "/token", "/register", "/oauth/callback", "/oauth/callback/consent"],
    ],
  ])("looks for the endpoints of a facade in the patterns %s", async (routes, missing) => {
    const code = withApp(new App().register(mcp("/mcp", { hooks, authorizationServer })));
    const findings = await examineAilment({ ...code, vars, top: { ...sessionKey, routes } });
    const found = findings.filter(({ text }) => text.startsWith("no route of the zone covers"));
    expect(found.map(({ text }) => text.replace(/.* covers (.*):.*/, "$1"))).toEqual(
      missing.length === 0 ? [] : [missing.join(", ")],
    );
  });

  it("names the redirect URI of a facade", async () => {
    const code = withApp(new App().register(mcp("/mcp", { hooks, authorizationServer })));
    const findings = await examineAilment({ ...code, vars, top: sessionKey });
    expect(findings).toContainEqual({
      area: "resources",
      state: "skipped",
      text: expect.stringMatching(/^the redirect URI https:\/\/api\.contoso\.example\/oauth\/callback .* AADSTS50011$/),
    });
  });

  it("names the platform of a facade with the gate's credential, whose registration is not that of the API", async () => {
    const clientId = "5d2c6e0a-93d7-4f58-8a26-e1d07c35b9f3";
    const withCredential = facade({ clientId, callback: "/oauth/callback", credential: "gate" });
    const { code } = withApp(new App().register(mcp("/mcp", { hooks, authorizationServer: withCredential })));
    const findings = await examineAilment({
      code: { options: { ...code.options, downstream: downstream() } },
      vars: { ...vars, ENTRA_CLIENT_ID: clientId },
      top: {
        secrets_store_secrets:
          '[{ binding = "GATE_SESSION_KEY", store_id = "s", secret_name = "k" }, { binding = "ENTRA_CLIENT_SECRET", store_id = "s", secret_name = "c" }]',
      },
    });
    const texts = findings
      .filter(({ area, state }) => area !== "routes" && state === "skipped")
      .map(({ text }) => text);
    expect(texts).toContainEqual(
      expect.stringMatching(/must be Web\. Mobile and desktop .*AADSTS700025.*AADSTS9002327/),
    );
    expect(texts).toContainEqual(expect.stringMatching(/^ENTRA_CLIENT_ID is the registration of the MCP clients/));
    expect(findings.filter(({ text }) => /own registration|AADSTS7000218/.test(text))).toEqual([]);
  });

  it("says that GATE_URL is required", async () => {
    const code = withApp(
      new App().register(protectedResource("/reports")).get("/reports", { hooks }, () => new Response()),
    );
    expect(await examineAilment({ ...code, vars: { GATE_URL: undefined } })).toMatchObject([
      {
        area: "configuration",
        state: "fault",
        text: expect.stringMatching(/^GATE_URL is required, because a protected resource/),
      },
    ]);
  });
});

describe("explain, for sign-in errors", () => {
  it.each(Object.keys(signInErrors))("explains AADSTS%s", (number) => {
    expect(findSignInError(`AADSTS${number}: The text of Entra. Trace ID: 1`)).toEqual({
      code: `AADSTS${number}`,
      cause: expect.stringMatching(/^[A-Z].*\.$/),
      // The page adds the period.
      fix: expect.stringMatching(/^[a-z].*[^.]$/),
      isListed: true,
      source: expect.stringMatching(/^https:\/\/(?:learn\.microsoft\.com|github\.com\/[\w-]+\/[\w-]+\/issues\/\d+$)/),
    });
  });
});

describe("an OAuth document that does not exist", () => {
  it("gets 404 from any caller, as the gate answers", () => {
    const { find } = tableOf(good.code);
    for (const method of ["GET", "HEAD"]) {
      expect(find(method, "/.well-known/openid-configuration")).toMatchObject({
        name: "no-document",
        access: { kind: "absent" },
      });
    }
    expect(find("POST", "/.well-known/openid-configuration").name).toBe("unlisted");
    expect(find("GET", "/.well-known/oauth-protected-resource/mcp").access).toEqual({ kind: "public" });
  });
});
