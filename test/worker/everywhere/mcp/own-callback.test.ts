import { afterAll, describe, expect, it } from "vitest";
import { mcpApi } from "../../../../entra/directory/directory.ts";
import { startFleetOf } from "../../../support/fleet.ts";
import { type HttpAnswer, readHeader } from "../../../support/http.ts";
import { chatGpt, keyOnly, rootClient, uselessMetadata, workingMethods } from "../../../support/mcp/client-metadata.ts";
import {
  type Browser,
  type CallbackWorld,
  challenge,
  createBrowser,
  type Parameters,
  readTarget,
  requestOf,
  signInAtEntra,
  targetOf,
  verifier,
} from "../../../support/mcp/own-callback.ts";

const gateUrl = "http://127.0.0.1";
const entry = "test/gates/mcp-own-callback.ts";
const key = (name: string, letter: string) => `${name}:${letter.repeat(43)}`;
const vars = { GATE_URL: `${gateUrl}, http://localhost`, GATE_SESSION_KEY: key("k1", "A") };
// A facade limits the requests of an address, so each group of rows has its own.
const fleet = await startFleetOf({
  "sign-in": { entry, vars },
  consent: { entry, vars },
  seals: { entry, vars },
  token: { entry, vars },
  registration: { entry, vars },
  tabs: { entry, vars },
  documents: { entry: "test/gates/mcp-any-host.ts", vars: { ...vars, ENTRA_API_AUDIENCE: mcpApi.clientId } },
  /** Another gate with the same key. */
  other: { entry, vars: { ...vars, GATE_URL: "http://localhost" } },
  /** The same gate after its key was withdrawn. */
  withdrawn: { entry, vars: { ...vars, GATE_SESSION_KEY: key("k2", "B") } },
  keyless: { entry, vars: { GATE_URL: gateUrl } },
  zone: { entry, vars: { ...vars, GATE_URL: "https://mcp.contoso.example" } },
});
afterAll(() => fleet.stop());

type Gate = "sign-in" | "consent" | "seals" | "token" | "registration" | "tabs" | "documents" | "other" | "withdrawn";

const clientState = "state & of=the client";
const listedUri = "http://localhost:5555/listed";
const ownUri = "http://127.0.0.1:7777/callback";
const sharedId = "c11e0000-0000-4000-8000-000000000026";

const worldOf = (gate: Gate): CallbackWorld => ({
  gateUrl,
  ask: (request) => fleet.send(gate, { host: "127.0.0.1", ...request }),
  askEntra: (url, form) => fleet.askAuthority(url, form),
});
const openBrowser = (gate: Gate) => createBrowser(worldOf(gate));
const parse = ({ body }: HttpAnswer) => JSON.parse(body);

async function register(gate: Gate, metadata: object): Promise<HttpAnswer> {
  const headers = [["Content-Type", "application/json"]] as const;
  return fleet.send(gate, {
    method: "POST",
    path: "/register",
    host: "127.0.0.1",
    headers,
    body: JSON.stringify(metadata).replace(
      /[^ -~]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
    ),
  });
}

const registered = new Map<Gate, Promise<string>>();
/** ID of a client that nobody listed. */
function clientOf(gate: Gate): Promise<string> {
  const known =
    registered.get(gate) ??
    register(gate, { client_name: "App", redirect_uris: [ownUri] }).then((answer) => parse(answer).client_id);
  registered.set(gate, known);
  return known;
}

const pathOf = (parameters: Parameters) =>
  `/authorize?${new URLSearchParams({ response_type: "code", state: clientState, code_challenge: challenge, code_challenge_method: "S256", ...parameters })}`;

/** A sign-in of a listed client, which needs no consent. */
const listed = (changes: Parameters = {}) => pathOf({ client_id: sharedId, redirect_uri: listedUri, ...changes });
const unlisted = async (gate: Gate, changes: Parameters = {}) =>
  pathOf({ client_id: await clientOf(gate), redirect_uri: ownUri, ...changes });

async function exchange(gate: Gate, form: Parameters): Promise<HttpAnswer> {
  const headers = [["Content-Type", "application/x-www-form-urlencoded"]] as const;
  const body = new URLSearchParams({ code_verifier: verifier, ...form }).toString();
  return fleet.send(gate, { method: "POST", path: "/token", host: "127.0.0.1", headers, body });
}

/** Signs in with consent. @returns the form of the client's token request */
async function earnCode(gate: Gate, browser: Browser = openBrowser(gate)): Promise<Parameters> {
  const page = await browser.get(await unlisted(gate));
  const atEntra = targetOf(await browser.decide(page, "allow"));
  const [, { code = "" }] = readTarget(await browser.signIn(atEntra));
  return { grant_type: "authorization_code", client_id: await clientOf(gate), redirect_uri: ownUri, code };
}

/** Expects a page with 400, no redirect, no new cookie, and the reason in the log. */
async function expectPage(answer: HttpAnswer, reason: string): Promise<void> {
  expect([answer.status, targetOf(answer), readHeader(answer, "set-cookie")]).toEqual([400, "", []]);
  expect(readHeader(answer, "content-type")).toEqual(["text/html; charset=utf-8"]);
  expect(answer.body).toContain("start the sign-in again");
  const [, id = ""] = /Reference: <code>([\w-]+)/.exec(answer.body) ?? [];
  expect(await fleet.lineOf(id)).toMatchObject({ event: "refused", reason, status: 400 });
}

async function expectError(answer: HttpAnswer, error: string, reason: string): Promise<void> {
  expect([answer.status, parse(answer).error]).toEqual([error === "invalid_client" ? 401 : 400, error]);
  await fleet.lineWhere((line) => line.reason === reason);
}

describe("a sign-in of a listed client", () => {
  it("goes to Entra with the gate's callback, the client's own challenge, and a cookie", async () => {
    const browser = openBrowser("sign-in");
    const answer = await browser.get(listed());
    const [page, parameters] = readTarget(answer);
    expect([answer.status, page]).toEqual([
      302,
      expect.stringMatching(/^https:\/\/login\.microsoftonline\.com\/.*\/authorize$/),
    ]);
    expect(parameters).toMatchObject({
      client_id: sharedId,
      redirect_uri: `${gateUrl}/oauth/callback`,
      response_mode: "query",
      code_challenge: challenge,
    });
    expect(parameters.state).toMatch(/^eyJ/);
    expect(answer.body + targetOf(answer)).not.toContain("the+client");
    expect(browser.received).toEqual([
      expect.stringMatching(/^entra-gate-sign-in-[\w-]{16}=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/),
    ]);
  });

  it("comes back to the client with a sealed code, its state, and iss of the metadata, and the cookie is deleted", async () => {
    const browser = openBrowser("sign-in");
    const answer = await browser.signIn(targetOf(await browser.get(listed())));
    const [address, { code, ...others }] = readTarget(answer);
    expect([answer.status, address, others]).toEqual([302, listedUri, { state: clientState, iss: gateUrl }]);
    expect(code).toMatch(/^eyJ/);
    expect(browser.cookies.size).toBe(0);
    const metadata = parse(await browser.get("/.well-known/oauth-authorization-server"));
    expect(metadata).toMatchObject({ issuer: gateUrl, authorization_response_iss_parameter_supported: true });
    const form = {
      grant_type: "authorization_code",
      client_id: sharedId,
      redirect_uri: listedUri,
      code: code as string,
    };
    const tokens = parse(await exchange("sign-in", form));
    expect(tokens).toMatchObject({ token_type: "Bearer", refresh_token: expect.any(String) });
    const headers = [["Authorization", `Bearer ${tokens.access_token}`]] as const;
    const served = await fleet.send("sign-in", { method: "GET", path: "/mcp", host: "127.0.0.1", headers });
    expect([served.status, served.body]).toEqual([200, "hello"]);
    const refreshed = { grant_type: "refresh_token", client_id: sharedId, refresh_token: tokens.refresh_token };
    expect(parse(await exchange("sign-in", refreshed))).toMatchObject({ access_token: expect.any(String) });
  });

  it("keeps the query of the redirect URI, and has no state if the client sent none", async () => {
    const uri = "https://listed.example/callback";
    const browser = openBrowser("sign-in");
    const path = `/authorize?${new URLSearchParams({ response_type: "code", client_id: "https://listed.example/client.json", redirect_uri: uri, code_challenge: challenge, code_challenge_method: "S256" })}`;
    const [address, parameters] = readTarget(await browser.signIn(targetOf(await browser.get(path))));
    expect([address, Object.keys(parameters).sort()]).toEqual([uri, ["code", "iss"]]);
  });

  it("gets its faults and those of Entra at its redirect URI, with iss", async () => {
    const browser = openBrowser("sign-in");
    const [address, fault] = readTarget(await browser.get(listed({ scope: "User.Read" })));
    expect([address, fault]).toMatchObject([listedUri, { error: "invalid_scope", state: clientState, iss: gateUrl }]);
    const { state = "" } = readTarget(await browser.get(listed()))[1];
    const told = new URLSearchParams({
      error: "access_denied",
      error_description: 'AADSTS65004: "declined"\r\nTrace',
      state,
    });
    const answer = await browser.get(`/oauth/callback?${told}`);
    expect(readTarget(answer)).toEqual([
      listedUri,
      { error: "access_denied", error_description: "AADSTS65004:  declined Trace", state: clientState, iss: gateUrl },
    ]);
    expect(browser.cookies.size).toBe(0);
  });

  it.each([
    ["state of more than 1 KiB", { state: "ä".repeat(513) }],
    ["method other than S256", { code_challenge_method: "plain" }],
  ])("is refused with a %s", async (_, changes) => {
    const [address, { error }] = readTarget(await openBrowser("sign-in").get(listed(changes)));
    expect([address, error]).toEqual([listedUri, "invalid_request"]);
  });

  it("accepts a state of 1 KiB", async () => {
    const state = "s".repeat(1_024);
    const browser = openBrowser("sign-in");
    expect(readTarget(await browser.signIn(targetOf(await browser.get(listed({ state })))))[1].state).toBe(state);
  });

  it("starts at the first address of GATE_URL", async () => {
    const answer = await fleet.send("sign-in", { path: listed(), host: "localhost" });
    expect([answer.status, targetOf(answer).startsWith(`${gateUrl}/authorize?response_type=code&`)]).toEqual([
      302,
      true,
    ]);
    expect(readHeader(answer, "set-cookie")).toEqual([]);
  });

  it("keeps at most five cookies", async () => {
    const browser = openBrowser("tabs");
    const starts: string[] = [];
    for (let count = 0; count < 7; count += 1) starts.push(targetOf(await browser.get(listed())));
    expect(browser.cookies.size).toBe(5);
    await expectPage(await browser.signIn(starts[1] as string), "facade_state_cookie_missing_error");
    for (const start of starts.slice(2)) expect(readTarget(await browser.signIn(start))[1].code).toBeDefined();
    expect(browser.cookies.size).toBe(0);
  });

  it("over https has a cookie that no other host can set", async () => {
    const answer = await fleet.sendToZone("zone", `https://mcp.contoso.example${listed()}`);
    expect(readHeader(answer, "set-cookie")).toEqual([
      expect.stringMatching(
        /^__Host-entra-gate-sign-in-[\w-]{16}=[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
      ),
    ]);
  });
});

describe("the endpoints of the browser", () => {
  it.each(["/authorize", "/oauth/callback", "/oauth/callback/consent"])("have no CORS: %s", async (path) => {
    const origin = ["Origin", "https://client.example"] as const;
    const method = path.endsWith("consent") ? "POST" : "GET";
    const preflight = {
      method: "OPTIONS",
      path,
      host: "127.0.0.1",
      headers: [origin, ["Access-Control-Request-Method", method]] as const,
    };
    for (const request of [preflight, { method, path, host: "127.0.0.1", headers: [origin] }]) {
      const answer = await fleet.send("sign-in", request);
      expect(answer.headers.filter(([name]) => name.startsWith("access-control-"))).toEqual([]);
    }
  });

  it("keep CORS where clients in pages need it", async () => {
    const headers = [["Origin", "https://client.example"]] as const;
    for (const [method, path] of [
      ["GET", "/.well-known/oauth-authorization-server"],
      ["POST", "/token"],
      ["POST", "/register"],
    ] as const) {
      const answer = await fleet.send("sign-in", { method, path, host: "127.0.0.1", headers });
      expect(readHeader(answer, "access-control-allow-origin")).toEqual(["*"]);
    }
  });
});

describe("the callback", () => {
  const start = async (browser: Browser) =>
    signInAtEntra(worldOf("seals").askEntra, targetOf(await browser.get(listed())));
  const withParameter = (location: string, name: string, value: string | undefined) => {
    const url = new URL(location);
    if (value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
    return `${url.pathname}${url.search}`;
  };

  it("does nothing in another browser", { tags: "callback-browser" }, async () => {
    const location = await start(openBrowser("seals"));
    const other = openBrowser("seals");
    await other.get(listed());
    await expectPage(await other.get(location.slice(gateUrl.length)), "facade_state_cookie_missing_error");
  });

  it("does nothing with another value in the cookie", { tags: "callback-browser" }, async () => {
    const browser = openBrowser("seals");
    const location = await start(browser);
    for (const name of browser.cookies.keys()) browser.cookies.set(name, "x".repeat(43));
    await expectPage(await browser.get(location.slice(gateUrl.length)), "facade_state_cookie_mismatch_error");
  });

  it.each([
    ["in the value of another cookie", (cookie: string) => `a=1,${cookie}`],
    ["in a list", (cookie: string) => `a=1, ${cookie}`],
    ["in quotes", (cookie: string) => `"${cookie}"`],
    ["after a no-break space", (cookie: string) => `\xa0${cookie}`],
    ["after a wide space", (cookie: string) => `a=1; \xe2\x80\x83${cookie}`],
    ["after a byte order mark", (cookie: string) => `a=1; \xef\xbb\xbf${cookie}`],
    ["after a line separator", (cookie: string) => `\xe2\x80\xa8${cookie}`],
    ["in capitals", (cookie: string) => cookie.replace("entra-gate", "ENTRA-GATE")],
    ["as a value without a name", (cookie: string) => `=${cookie}`],
  ])("does nothing with a cookie %s, which a sub-domain can set", { tags: "callback-browser" }, async (_, write) => {
    const attacker = openBrowser("seals");
    const location = await start(attacker);
    const [cookie] = [...attacker.cookies].map(([name, value]) => `${name}=${value}`);
    const answer = await openBrowser("seals").get(location.slice(gateUrl.length), { Cookie: write(cookie as string) });
    await expectPage(answer, "facade_state_cookie_missing_error");
  });

  it("does nothing twice", { tags: "callback-browser" }, async () => {
    const browser = openBrowser("seals");
    const path = (await start(browser)).slice(gateUrl.length);
    expect((await browser.get(path)).status).toBe(302);
    await expectPage(await browser.get(path), "facade_state_cookie_missing_error");
  });

  it("accepts iss of the tenant, and refuses any other", { tags: "callback-answers" }, async () => {
    const browser = openBrowser("seals");
    const location = await start(browser);
    const [, tenant] = /\.com\/([\w-]+)\//.exec(targetOf(await openBrowser("seals").get(listed()))) ?? [];
    const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`;
    for (const foreign of [
      `${issuer}/`,
      issuer.replace(/.$/, "1"),
      "https://evil.example",
      gateUrl,
      "https://login.microsoftonline.com/{tenantid}/v2.0",
    ]) {
      await expectPage(await browser.get(withParameter(location, "iss", foreign)), "facade_issuer_mismatch_error");
    }
    expect(readTarget(await browser.get(withParameter(location, "iss", issuer)))[1]).toMatchObject({ iss: gateUrl });
  });

  it.each([
    ["no code and no error", (location: string) => withParameter(location, "code", undefined)],
    ["a code and an error", (location: string) => `${withParameter(location, "code", "c")}&error=x`],
  ])("refuses an answer with %s", { tags: "callback-answers" }, async (_, change) => {
    const browser = openBrowser("seals");
    await expectPage(await browser.get(change(await start(browser))), "facade_response_malformed_error");
  });

  it.each([
    ["no state", () => undefined, "malformed"],
    ["text", () => "hello", "malformed"],
    ["a changed one", (state: string) => `${state.slice(0, -3)}${state.endsWith("AAA") ? "BBB" : "AAA"}`, "changed"],
  ] as const)("refuses a state that is %s", { tags: "seals" }, async (_, change, problem) => {
    const browser = openBrowser("seals");
    const location = await start(browser);
    const state = new URL(location).searchParams.get("state") as string;
    await expectPage(
      await browser.get(withParameter(location, "state", change(state))),
      `facade_state_${problem}_error`,
    );
  });

  it("refuses a state of another gate, of a withdrawn key, and of another purpose", { tags: "seals" }, async () => {
    const browser = openBrowser("seals");
    const location = await start(browser);
    const elsewhere = async (gate: Gate) => {
      const answer = await fleet.send(gate, { path: listed(), host: gate === "other" ? "localhost" : "127.0.0.1" });
      return readTarget(answer)[1].state;
    };
    await expectPage(
      await browser.get(withParameter(location, "state", await elsewhere("other"))),
      "facade_state_misplaced_error",
    );
    await expectPage(
      await browser.get(withParameter(location, "state", await elsewhere("withdrawn"))),
      "facade_state_key_unknown_error",
    );
    const consent = requestOf(await browser.get(await unlisted("seals")));
    await expectPage(await browser.get(withParameter(location, "state", consent)), "facade_state_misplaced_error");
    await expectPage(
      await browser.get(withParameter(location, "state", await clientOf("seals"))),
      "facade_state_misplaced_error",
    );
  });
});

describe("a client that nobody listed", () => {
  it("gets a page first, and nothing redirects before a click", { tags: "consent" }, async () => {
    const browser = openBrowser("consent");
    const page = await browser.get(await unlisted("consent"));
    expect([page.status, targetOf(page)]).toEqual([200, ""]);
    expect(browser.received).toEqual([expect.stringMatching(/^entra-gate-consent-/)]);
    const headers = Object.fromEntries(page.headers);
    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "referrer-policy": "same-origin",
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "unsafe-none",
    });
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; .*frame-ancestors 'none'$/);
    expect(headers["content-security-policy"]).not.toContain("form-action");
    for (const text of [
      "App",
      "Orders",
      "127.0.0.1:7777",
      "any program on this computer",
      "access_as_user",
      "Read &lt;all&gt; reports",
    ]) {
      expect(page.body).toContain(text);
    }
    expect(page.body).not.toMatch(/<script|http:\/\/127\.0\.0\.1:7777\/callback/);
  });

  it("signs in after Allow", async () => {
    const browser = openBrowser("consent");
    const page = await browser.get(await unlisted("consent"));
    const started = await browser.decide(page, "allow");
    expect(started.status).toBe(303);
    expect([...browser.cookies.keys()]).toEqual([expect.stringMatching(/^entra-gate-sign-in-/)]);
    const [address, { code, ...others }] = readTarget(await browser.signIn(targetOf(started)));
    expect([address, others]).toEqual([ownUri, { state: clientState, iss: gateUrl }]);
    const form = {
      grant_type: "authorization_code",
      client_id: await clientOf("consent"),
      redirect_uri: ownUri,
      code: code as string,
    };
    expect(parse(await exchange("consent", form))).toMatchObject({ access_token: expect.any(String) });
  });

  it("gets access_denied after Deny", async () => {
    const browser = openBrowser("consent");
    const answer = await browser.decide(await browser.get(await unlisted("consent")), "deny");
    expect([answer.status, ...readTarget(answer)]).toMatchObject([
      303,
      ownUri,
      { error: "access_denied", state: clientState, iss: gateUrl },
    ]);
    expect(browser.cookies.size).toBe(0);
  });

  it("gets the page each time", { tags: "consent" }, async () => {
    const browser = openBrowser("consent");
    await earnCode("consent", browser);
    expect((await browser.get(await unlisted("consent"))).status).toBe(200);
  });

  it.each([
    ["prompt=none", { prompt: "none" }, "facade_prompt_error"],
    ["a scope of another API", { scope: "User.Read" }, "facade_invalid_scope_error"],
    ["another resource", { resource: "https://evil.example/mcp" }, "facade_invalid_target_error"],
    ["no PKCE", { code_challenge: "" }, "facade_invalid_request_error"],
    ["a long state", { state: "s".repeat(1_025) }, "facade_invalid_request_error"],
    ["another redirect URI", { redirect_uri: "http://127.0.0.1:7777/other" }, "facade_redirect_uri_unknown_error"],
    [
      "a redirect URI with a user",
      { redirect_uri: "http://127.0.0.1:7777@evil.example/callback" },
      "facade_redirect_uri_unknown_error",
    ],
    ["an unknown client", { client_id: "33333333-4444-5555-6666-777777777777" }, "facade_client_malformed_error"],
  ])("gets a page and no redirect for %s", { tags: ["callback-redirects", "consent"] }, async (_, changes, reason) => {
    await expectPage(await openBrowser("consent").get(await unlisted("consent", changes)), reason);
  });

  it("may use any port of loopback", async () => {
    const page = await openBrowser("consent").get(
      await unlisted("consent", { redirect_uri: "http://127.0.0.1:9/callback" }),
    );
    expect([page.status, page.body.includes("<bdi>127.0.0.1:9</bdi>")]).toEqual([200, true]);
  });

  it("is refused with the ID of another gate, or of a withdrawn key", { tags: "seals" }, async () => {
    const uris = { client_name: "App", redirect_uris: [ownUri] };
    const idOf = async (gate: Gate, host: string) => {
      const headers = [["Content-Type", "application/json"]] as const;
      return parse(
        await fleet.send(gate, { method: "POST", path: "/register", host, headers, body: JSON.stringify(uris) }),
      ).client_id;
    };
    for (const [gate, host, problem] of [
      ["other", "localhost", "misplaced"],
      ["withdrawn", "127.0.0.1", "key_unknown"],
    ] as const) {
      const client_id = await idOf(gate, host);
      await expectPage(
        await openBrowser("consent").get(await unlisted("consent", { client_id })),
        `facade_client_${problem}_error`,
      );
      const form = { grant_type: "refresh_token", refresh_token: "r", client_id };
      await expectError(await exchange("consent", form), "invalid_client", `facade_client_${problem}_error`);
    }
  });
});

describe("the form of the page", () => {
  async function openPage() {
    const browser = openBrowser("consent");
    const page = await browser.get(await unlisted("consent"));
    return { browser, form: { request: requestOf(page), decision: "allow" } };
  }
  const path = "/oauth/callback/consent";

  it.each([
    ["null", "null"],
    ["another page", "https://evil.example"],
    ["another port", "http://127.0.0.1:81"],
  ])("is refused with the origin of %s", { tags: "consent" }, async (_, origin) => {
    const { browser, form } = await openPage();
    await expectPage(await browser.post(path, form, { Origin: origin }), "facade_form_origin_error");
  });

  it("is refused in another browser, where an attacker has consented", { tags: "consent" }, async () => {
    const { form } = await openPage();
    const victim = openBrowser("consent");
    await victim.get(await unlisted("consent"));
    await expectPage(await victim.post(path, form), "facade_consent_cookie_missing_error");
  });

  it("is refused with another value in the cookie", { tags: "consent" }, async () => {
    const { browser, form } = await openPage();
    for (const name of browser.cookies.keys()) browser.cookies.set(name, "x".repeat(43));
    await expectPage(await browser.post(path, form), "facade_consent_cookie_mismatch_error");
  });

  it("is refused twice", { tags: "consent" }, async () => {
    const { browser, form } = await openPage();
    expect((await browser.post(path, form)).status).toBe(303);
    await expectPage(await browser.post(path, form), "facade_consent_cookie_missing_error");
  });

  it("is refused without a request, with a state, and without a decision", async () => {
    const { browser, form } = await openPage();
    await expectPage(await browser.post(path, { decision: "allow" }), "facade_consent_malformed_error");
    const { state = "" } = readTarget(await browser.get(listed()))[1];
    await expectPage(await browser.post(path, { ...form, request: state }), "facade_consent_misplaced_error");
    await expectPage(await browser.post(path, { ...form, decision: "" }), "facade_form_malformed_error");
  });
});

describe("a code", () => {
  it("is not accepted for another client, another redirect URI, or by Entra", { tags: "code-client" }, async () => {
    const form = await earnCode("token");
    await expectError(
      await exchange("token", { ...form, client_id: sharedId }),
      "invalid_grant",
      "facade_code_client_error",
    );
    const another = "http://127.0.0.1:7777/other";
    await expectError(
      await exchange("token", { ...form, redirect_uri: another }),
      "invalid_grant",
      "facade_code_redirect_uri_error",
    );
    const other = parse(await register("token", { client_name: "App", redirect_uris: [ownUri] })).client_id;
    await expectError(
      await exchange("token", { ...form, client_id: other }),
      "invalid_grant",
      "facade_code_client_error",
    );
    expect(parse(await exchange("token", { ...form, code_verifier: "w".repeat(43) })).error).toBe("invalid_grant");
  });

  it.each([
    ["of Entra itself", "1.AAAA", "malformed"],
    ["that is text", "code", "malformed"],
  ])("%s is refused", async (_, code, problem) => {
    const form = await earnCode("token");
    await expectError(await exchange("token", { ...form, code }), "invalid_grant", `facade_code_${problem}_error`);
  });

  it("of another gate, of another purpose or changed is refused", { tags: "seals" }, async () => {
    const { code = "", ...form } = await earnCode("token");
    const changed = `${code.slice(0, -3)}${code.endsWith("AAA") ? "BBB" : "AAA"}`;
    await expectError(
      await exchange("token", { ...form, code: changed }),
      "invalid_grant",
      "facade_code_changed_error",
    );
    const { state = "" } = readTarget(await openBrowser("token").get(listed()))[1];
    await expectError(
      await exchange("token", { ...form, code: state }),
      "invalid_grant",
      "facade_code_misplaced_error",
    );
  });

  it("is redeemed once, and nothing of a sign-in is in the log", { tags: "facade-secrets" }, async () => {
    const form = await earnCode("token");
    const tokens = parse(await exchange("token", form));
    expect(parse(await exchange("token", form)).error).toBe("invalid_grant");
    const text = JSON.stringify(fleet.lines);
    for (const secret of [form.code, tokens.access_token, tokens.refresh_token, clientState, verifier]) {
      expect(text).not.toContain(secret);
    }
  });
});

describe("a client with a metadata document", () => {
  const open = ({ client_id, redirect_uris: [redirect_uri = ""] }: typeof chatGpt) =>
    openBrowser("documents").get(pathOf({ client_id, redirect_uri }));

  it("signs in if its document offers none beside a key, as that of ChatGPT, but without an assertion", async () => {
    const { client_id, redirect_uris } = chatGpt;
    const [redirect_uri = ""] = redirect_uris;
    const browser = openBrowser("documents");
    const page = await browser.get(pathOf({ client_id, redirect_uri }));
    expect([page.status, page.body.includes("described at <b><bdi>chatgpt.com</bdi>")]).toEqual([200, true]);
    const answer = await browser.signIn(targetOf(await browser.decide(page, "allow")));
    const [address, { code = "", iss }] = readTarget(answer);
    expect([address, iss]).toEqual([redirect_uri, gateUrl]);
    const form = { grant_type: "authorization_code", client_id, redirect_uri, code };
    const assertion = { client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" };
    const refused = await exchange("documents", { ...form, ...assertion, client_assertion: "a.b.c" });
    expect([refused.status, parse(refused).error]).toEqual([401, "invalid_client"]);
    expect(parse(await exchange("documents", form))).toMatchObject({ token_type: "Bearer" });
  });

  it("is refused if its document offers only a key", { tags: "facade-client-secrets" }, async () => {
    const answer = await open(keyOnly);
    await expectPage(answer, "facade_document_auth_method_error");
    expect(answer.body).toContain("token_endpoint_auth_method or in token_endpoint_auth_methods_supported");
  });

  it("signs in if its document is at the root of its host", async () => {
    expect((await open(rootClient)).body).toContain("described at <b><bdi>client.example</bdi>");
  });
});

describe("a registration", () => {
  it("is the client ID, which shows nothing", async () => {
    const answer = await register("registration", {
      client_name: "My App",
      redirect_uris: [ownUri, "https://app.example/cb"],
    });
    const { client_id, ...others } = parse(answer);
    expect([answer.status, others]).toEqual([
      201,
      {
        client_name: "My App",
        redirect_uris: [ownUri, "https://app.example/cb"],
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ]);
    expect(Buffer.from(client_id.split(".")[0], "base64url").toString()).toBe(
      '{"alg":"dir","enc":"A256GCM","kid":"k1"}',
    );
    expect(Buffer.from(client_id.split(".")[3], "base64url").toString("latin1")).not.toContain("My App");
  });

  it("leaves out redirect URIs that no client may have", { tags: "facade-redirects" }, async () => {
    const usable = [
      ...["https://app.example/cb?x=1", "http://localhost:1/cb", "http://127.0.0.1:65535/cb"],
      ...["http://[::1]:1/cb", "cursor://anysphere.cursor-mcp/cb"],
    ];
    const others = [
      ...[
        "http://app.example/cb",
        "http://127.0.0.2/cb",
        "http://localhost.evil.example/cb",
        "http://localhost:99999/cb",
      ],
      ...[
        "http://127.0.0.1:080/cb",
        "http://127.0.0.1:0999/cb",
        "http://127.1/cb",
        "https://u@app.example/cb",
        "https://app.example/cb#",
        "HTTPS://app.example/cb",
      ],
      ...[
        "javascript://x/%0aalert(1)",
        "data:text/html,x",
        "cursor:cb",
        "file:///x",
        "http://127.0.0.1",
        "https://127.0.0.1/x",
        7,
        null,
      ],
      ...["http://localhost/x", "https://localhost./x", "http://127.0.0.1/x"],
    ];
    const answer = await register("registration", { redirect_uris: [...others, ...usable] });
    expect(parse(answer).redirect_uris).toEqual(usable);
  });

  it.each([
    [
      "only unusable URIs",
      { redirect_uris: ["http://app.example/cb"] },
      "invalid_redirect_uri",
      "facade_registration_uri_error",
    ],
    ["no URIs", { redirect_uris: [] }, "invalid_client_metadata", "facade_registration_malformed_error"],
    ["no list", { redirect_uris: "x" }, "invalid_client_metadata", "facade_registration_malformed_error"],
    [
      "100 URIs",
      { redirect_uris: Array.from({ length: 100 }, (_, n) => `https://app.example/${n}`) },
      "invalid_client_metadata",
      "facade_registration_too_large_error",
    ],
  ])("is refused with %s", { tags: "facade-forms" }, async (_, metadata, error, reason) => {
    await expectError(await register("registration", metadata), error, reason);
  });

  it.each(workingMethods)("is answered with none if a client names %s", async (_what, metadata) => {
    const answer = await register("registration", { redirect_uris: [ownUri], ...metadata });
    expect([answer.status, parse(answer).token_endpoint_auth_method]).toEqual([201, "none"]);
  });

  it.each(uselessMetadata)("is refused for a client that could never sign in: with %s", async (_what, metadata) => {
    const answer = await register("registration", { redirect_uris: [ownUri], ...metadata });
    await expectError(answer, "invalid_client_metadata", "facade_registration_unsupported_error");
  });

  it("has a name that is shown as text, without direction marks", { tags: "consent-page" }, async () => {
    const client_name = `\u202e<img src=x onerror=alert(1)>&"'\u2066 ${"long ".repeat(30)}`;
    const { client_id } = parse(await register("registration", { client_name, redirect_uris: [ownUri] }));
    const page = await openBrowser("registration").get(pathOf({ client_id, redirect_uri: ownUri }));
    expect(page.body).toContain("<bdi>&lt;img src=x onerror=alert(1)&gt;&amp;&quot;&#39; long ");
    expect(page.body).not.toMatch(/<img|\u202e|\u2066/);
    expect(page.body.match(/long /g)?.length).toBeLessThan(8);
  });
});

describe("the configuration", () => {
  it("needs GATE_SESSION_KEY", async () => {
    expect((await fleet.send("keyless", { path: listed(), host: "127.0.0.1" })).status).toBe(500);
    await fleet.lineWhere(
      ({ event, fault }) => event === "misconfigured" && /^GATE_SESSION_KEY is required/.test(String(fault)),
    );
  });
});
