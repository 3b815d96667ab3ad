// Runtimes: workerd, deno
import { decodeJwt } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { mcpApi, tenants } from "../../../../entra/directory/directory.ts";
import { secretText } from "../../../support/downstream.ts";
import { startFleetOf } from "../../../support/fleet.ts";
import { type HttpAnswer, readHeader } from "../../../support/http.ts";
import { makeIssuerKey } from "../../../support/issuer-keys.ts";
import {
  challenge,
  createBrowser,
  type Parameters as Fields,
  readTarget,
  requestOf,
  signInAtEntra,
  targetOf,
  verifier,
} from "../../../support/mcp/own-callback.ts";

const gateUrl = "http://127.0.0.1";
const entries = "test/gates/mcp-credential";
const sessionKey = (name: string, letter: string) => `${name}:${letter.repeat(43)}`;
const key = await makeIssuerKey("RS256");
const address = "https://mcp.contoso.example";
const issuer = `${address}/.well-known/entra-gate/client`;
const { clientId: webId, secret } = clients["mcp-web"];

const vars = {
  GATE_URL: `${gateUrl}, http://localhost, ${address}`,
  GATE_SESSION_KEY: sessionKey("k1", "A"),
  ENTRA_API_AUDIENCE: mcpApi.clientId,
  ENTRA_APP_ID_URI: `${address}/mcp`,
};
const withSecret = { ...vars, ENTRA_CLIENT_ID: webId, ENTRA_CLIENT_SECRET: secret };
const own = `${entries}/own-registration.ts`;
// A facade limits the requests of an address, so each group of rows has its own.
const fleet = await startFleetOf({
  federated: {
    entry: `${entries}/one-registration.ts`,
    vars: {
      ...vars,
      ENTRA_CLIENT_ID: mcpApi.clientId,
      ENTRA_CLIENT_KEY: key.pem,
      ENTRA_CLIENT_FEDERATION: "gate",
      GATE_ISSUER: address,
    },
  },
  secret: { entry: own, vars: withSecret },
  "wrong secret": { entry: own, vars: { ...withSecret, ENTRA_CLIENT_SECRET: "local-secret-that-is-wrong" } },
  "wrong secret, then the right one": {
    entry: own,
    vars: {
      ...withSecret,
      ENTRA_CLIENT_SECRET: "local-secret-that-is-wrong",
      ENTRA_CLIENT_SECRET_PREVIOUS: secret,
    },
  },
  "public client": {
    entry: `${entries}/public-client.ts`,
    vars: { ...withSecret, ENTRA_CLIENT_ID: clients.mcp.clientId },
  },
  /** Another gate with the same key. */
  other: { entry: own, vars: { ...withSecret, GATE_URL: "http://localhost" } },
  /** The same gate after its key was withdrawn. */
  withdrawn: { entry: own, vars: { ...withSecret, GATE_SESSION_KEY: sessionKey("k2", "B") } },
  "another client": { entry: own, vars: { ...withSecret, ENTRA_CLIENT_ID: mcpApi.clientId } },
  "no client": { entry: own, vars: { ...vars, ENTRA_CLIENT_ID: undefined } },
});
afterAll(() => fleet.stop());
await fleet.tellEntra("/local/mcp-uri", { uri: `${address}/mcp` });
await fleet.tellEntra("/local/issuer", { client: "mcp-api", issuer, subject: mcpApi.clientId });

type Gate = Parameters<typeof fleet.send>[0];

const listedUri = "http://localhost:5555/listed";
const anyClient = "http://127.0.0.1:7777/callback";
const parse = ({ body }: HttpAnswer) => JSON.parse(body);

function send(gate: Gate, path: string, type: string, body: string): Promise<HttpAnswer> {
  const host = gate === "other" ? "localhost" : "127.0.0.1";
  return fleet.send(gate, { method: "POST", path, host, headers: [["Content-Type", type]], body });
}

const exchange = (gate: Gate, form: Fields) =>
  send(gate, "/token", "application/x-www-form-urlencoded", new URLSearchParams(form).toString());

const tokenUrl = `https://login.microsoftonline.com/${tenants.contoso.id}/oauth2/v2.0/token`;
const askEntra = (url: string, form?: string) => fleet.askAuthority(url, form);
const openBrowser = (gate: Gate) =>
  createBrowser({ gateUrl, ask: (request) => fleet.send(gate, { host: "127.0.0.1", ...request }), askEntra });

/** Path of a sign-in of a listed client. */
function pathOf(clientId: string): string {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: listedUri,
    scope: "tools.read",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  return `/authorize?${query}`;
}

/** Signs a listed client in. @returns the form of its token request, and the parameters that Entra got */
async function earnCode(gate: Gate, clientId: string): Promise<readonly [form: Fields, asked: Fields]> {
  const browser = openBrowser(gate);
  const started = await browser.get(pathOf(clientId));
  const [, { code = "" }] = readTarget(await browser.signIn(targetOf(started)));
  const form = { grant_type: "authorization_code", client_id: clientId, redirect_uri: listedUri };
  return [{ ...form, code, code_verifier: verifier }, readTarget(started)[1]];
}

async function signIn(gate: Gate, clientId: string) {
  const [form] = await earnCode(gate, clientId);
  return parse(await exchange(gate, form));
}

const refresh = (gate: Gate, client_id: string, refresh_token: string, scope = "") =>
  exchange(gate, { grant_type: "refresh_token", client_id, refresh_token, scope });

async function expectError(answer: HttpAnswer, status: number, error: string, reason: string): Promise<void> {
  expect([answer.status, parse(answer).error]).toEqual([status, error]);
  await fleet.lineWhere((line) => line.event === "refused" && line.reason === reason);
}

describe("a gate that redeems codes with its own credential", () => {
  it.each([
    ["federated", mcpApi.clientId],
    ["secret", webId],
    ["wrong secret, then the right one", webId],
  ] as const)("signs users in, and refreshes their tokens: %s", async (gate, clientId) => {
    const tokens = await signIn(gate, clientId);
    expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: expect.any(Number) });
    const { aud, azp, azpacr, scp } = decodeJwt(tokens.access_token);
    const method = gate === "federated" ? "2" : "1";
    expect({ aud, azp, azpacr, scp }).toEqual({
      aud: mcpApi.clientId,
      azp: clientId,
      azpacr: method,
      scp: "tools.read",
    });
    const headers = [["Authorization", `Bearer ${tokens.access_token}`]] as const;
    const served = await fleet.send(gate, { path: "/mcp", host: "127.0.0.1", headers });
    expect([served.status, served.body]).toEqual([200, "hello"]);
    const refreshed = parse(await refresh(gate, clientId, tokens.refresh_token));
    expect(decodeJwt(refreshed.access_token)).toMatchObject({ azp: clientId, azpacr: method });
    expect(refreshed.refresh_token).not.toBe(tokens.refresh_token);
    expect(parse(await refresh(gate, clientId, refreshed.refresh_token))).toHaveProperty("access_token");
    // Entra keeps older ones valid.
    expect(parse(await refresh(gate, clientId, tokens.refresh_token))).toHaveProperty("access_token");
  });

  it("asks for scopes by the GUID if the client is the API's own registration, and otherwise by the URI", async () => {
    const [, { scope }] = await earnCode("federated", mcpApi.clientId);
    expect(scope).toBe(`${mcpApi.clientId}/tools.read offline_access`);
    const [, { scope: ofOther }] = await earnCode("secret", webId);
    expect(ofOther).toBe(`${address}/mcp/tools.read offline_access`);
    // Entra names the scopes of a token so, and clients add others to them.
    const { scope: granted, refresh_token } = await signIn("federated", mcpApi.clientId);
    const again = await refresh("federated", mcpApi.clientId, refresh_token, granted);
    expect([granted, again.status]).toEqual([expect.stringContaining(`${mcpApi.clientId}/tools.read`), 200]);
  });

  it("tells clients that they need no secret", async () => {
    const metadata = await fleet.send("secret", { path: "/.well-known/oauth-authorization-server", host: "127.0.0.1" });
    expect(parse(metadata)).toMatchObject({ token_endpoint_auth_methods_supported: ["none"] });
    await expect(
      exchange("secret", { grant_type: "refresh_token", client_id: webId, client_secret: secret, refresh_token: "r" }),
    ).resolves.toMatchObject({ status: 401 });
  });

  it.each([
    ["wrong secret", webId, 7000215],
    ["public client", clients.mcp.clientId, 700025],
  ] as const)(
    "says that it is unavailable, and keeps clients registered, with a credential that Entra refuses: %s",
    async (gate, clientId, code) => {
      const [form] = await earnCode(gate, clientId);
      await expectError(await exchange(gate, form), 503, "temporarily_unavailable", "facade_credential_error");
      await fleet.lineWhere(
        ({ event, credential, entra }) =>
          event === "credential_failed" &&
          credential === "ENTRA_CLIENT_SECRET" &&
          (entra as { codes?: number[] } | undefined)?.codes?.[0] === code,
      );
    },
  );
});

describe("a refresh token", () => {
  it("is sealed, and Entra does not accept it", { tags: "refresh-tokens" }, async () => {
    const { refresh_token } = await signIn("secret", webId);
    const [header = ""] = refresh_token.split(".");
    expect(Buffer.from(header, "base64url").toString()).toBe('{"alg":"dir","enc":"A256GCM","kid":"k1"}');
    const scope = `${mcpApi.appIdUri}/.default`;
    const form = { grant_type: "refresh_token", client_id: webId, client_secret: secret, refresh_token, scope };
    expect(parse(await askEntra(tokenUrl, `${new URLSearchParams(form)}`)).error).toBe("invalid_grant");
  });

  it("of Entra itself is refused", { tags: "credential-use" }, async () => {
    const atEntra = targetOf(await openBrowser("secret").get(pathOf(webId)));
    const code = new URL(await signInAtEntra(askEntra, atEntra)).searchParams.get("code") as string;
    const form = {
      grant_type: "authorization_code",
      client_id: webId,
      client_secret: secret,
      code,
      code_verifier: verifier,
      redirect_uri: `${gateUrl}/oauth/callback`,
    };
    const { refresh_token } = parse(await askEntra(tokenUrl, `${new URLSearchParams(form)}`));
    expect(refresh_token).toMatch(/^1\./);
    await expectError(
      await refresh("secret", webId, refresh_token),
      400,
      "invalid_grant",
      "facade_refresh_token_malformed_error",
    );
  });

  it("is only for its client", { tags: "refresh-tokens" }, async () => {
    const { refresh_token } = await signIn("secret", webId);
    const registered = await send(
      "secret",
      "/register",
      "application/json",
      JSON.stringify({ client_name: "App", redirect_uris: [anyClient] }),
    );
    const other = parse(registered).client_id;
    for (const id of [other, "https://client.example/client.json"]) {
      await expectError(
        await refresh("secret", id, refresh_token),
        400,
        "invalid_grant",
        "facade_refresh_token_client_error",
      );
    }
  });

  it("that was changed, of another gate or of a withdrawn key is refused", {
    tags: ["seals", "credential-use"],
  }, async () => {
    const { refresh_token: token } = await signIn("secret", webId);
    const changed = `${token.slice(0, -3)}${token.endsWith("AAA") ? "BBB" : "AAA"}`;
    for (const [gate, sent, problem] of [
      ["secret", changed, "changed"],
      ["other", token, "misplaced"],
      ["withdrawn", token, "key_unknown"],
    ] as const) {
      await expectError(
        await refresh(gate, webId, sent),
        400,
        "invalid_grant",
        `facade_refresh_token_${problem}_error`,
      );
    }
  });

  it("and a code cannot be used in place of each other", { tags: "seals" }, async () => {
    const [form] = await earnCode("secret", webId);
    const { refresh_token } = parse(await exchange("secret", form));
    await expectError(
      await refresh("secret", webId, form.code as string),
      400,
      "invalid_grant",
      "facade_refresh_token_misplaced_error",
    );
    await expectError(
      await exchange("secret", { ...form, code: refresh_token }),
      400,
      "invalid_grant",
      "facade_code_misplaced_error",
    );
  });

  it("is not in the log, and neither is a secret", { tags: "facade-secrets" }, async () => {
    const tokens = await signIn("federated", mcpApi.clientId);
    await refresh("federated", mcpApi.clientId, tokens.refresh_token);
    const text = JSON.stringify(fleet.lines);
    expect(text).not.toContain(tokens.refresh_token);
    expect(text).not.toMatch(secretText);
  });
});

describe("an attack on a gate with its own credential", () => {
  /** Token requests that reached Entra. */
  const countAtEntra = async () => (await fleet.ledger()).calls.filter(({ url }) => url.endsWith("/token")).length;

  /** Sends a form that Entra must not get. */
  async function expectRefused(
    form: Fields | readonly (readonly [string, string])[],
    error: string,
    headers: Fields = {},
  ) {
    const before = await countAtEntra();
    const body = new URLSearchParams(form as Record<string, string>).toString();
    const all = { "Content-Type": "application/x-www-form-urlencoded", ...headers };
    const answer = await fleet.send("secret", {
      method: "POST",
      path: "/token",
      host: "127.0.0.1",
      headers: Object.entries(all),
      body,
    });
    expect([parse(answer).error, await countAtEntra()], `${body} ${JSON.stringify(headers)}`).toEqual([error, before]);
    expect([400, 401]).toContain(answer.status);
  }

  it("with a credential of its own gets nothing", { tags: "facade-client-secrets" }, async () => {
    const [form] = await earnCode("secret", webId);
    const assertion = { client_assertion: "a.b.c", client_assertion_type: "jwt-bearer" };
    for (const own of [{ client_secret: secret }, assertion])
      await expectRefused({ ...form, ...own }, "invalid_client");
    const basic = `Basic ${Buffer.from(`${webId}:${secret}`).toString("base64")}`;
    for (const authorization of [basic, "Bearer a.b.c", "x"]) {
      await expectRefused(form, "invalid_client", { Authorization: authorization });
    }
  });

  it("with another grant gets nothing", { tags: "facade-grants" }, async () => {
    const { refresh_token } = await signIn("secret", webId);
    const [form] = await earnCode("secret", webId);
    for (const grant of [
      ...["client_credentials", "password", "Refresh_Token", "refresh_token ", "authorization_code refresh_token"],
      ...["device_code", "jwt-bearer", "token-exchange", "saml2-bearer"].map(
        (name) => `urn:ietf:params:oauth:grant-type:${name}`,
      ),
    ]) {
      await expectRefused({ ...form, refresh_token, assertion: "a.b.c", grant_type: grant }, "unsupported_grant_type");
    }
    await expectRefused({ client_id: webId, refresh_token }, "unsupported_grant_type");
    for (const name of ["grant_type", "client_id", "code", "redirect_uri", "code_verifier"]) {
      await expectRefused([...Object.entries(form), [name, form[name] as string]], "invalid_request");
    }
    for (const [name, value] of [
      ["refresh_token", refresh_token],
      ["scope", "tools.read"],
    ] as const) {
      const twice = [
        ["grant_type", "refresh_token"],
        ["client_id", webId],
        ["refresh_token", refresh_token],
        [name, value],
        [name, value],
      ] as const;
      await expectRefused(twice, "invalid_request");
    }
  });

  it("cannot ask for another API", { tags: "facade-api" }, async () => {
    const { refresh_token } = await signIn("secret", webId);
    const form = { grant_type: "refresh_token", client_id: webId, refresh_token };
    for (const resource of [
      "https://graph.microsoft.com",
      "https://graph.microsoft.com/",
      mcpApi.clientId,
      `${gateUrl}/mcp/`,
    ]) {
      await expectRefused({ ...form, resource }, "invalid_target");
    }
    for (const scope of [
      "https://graph.microsoft.com/.default",
      "User.Read",
      `${clients.api.clientId}/.default`,
      `${address}/mcp/tools.admin`,
      `tools.read https://graph.microsoft.com/User.Read`,
      `${address}/mcptools.read`,
    ]) {
      await expectRefused({ ...form, scope }, "invalid_scope");
    }
  });

  it("cannot change a refresh token, a code, or for whom they are", {
    tags: ["code-client", "seals", "credential-use"],
  }, async () => {
    const [form] = await earnCode("secret", webId);
    const { refresh_token: token } = await signIn("secret", webId);
    const registered = { client_name: "App", redirect_uris: [anyClient] };
    const { client_id: other } = parse(
      await send("secret", "/register", "application/json", JSON.stringify(registered)),
    );
    const browser = openBrowser("secret");
    const { state = "" } = readTarget(await browser.get(pathOf(webId)))[1];
    const page = await browser.get(pathOf(other).replace(encodeURIComponent(listedUri), encodeURIComponent(anyClient)));
    const consent = requestOf(page);
    expect([state, consent, other].every((sealed) => sealed.split(".").length === 5)).toBe(true);
    const forge = (header: object) => (sealed: string) =>
      sealed.replace(/^[^.]*/, Buffer.from(JSON.stringify(header)).toString("base64url"));
    const changes: readonly ((sealed: string) => string)[] = [
      (sealed) => sealed.slice(0, -1),
      (sealed) => sealed.slice(1),
      (sealed) => sealed.split(".").slice(0, 4).join("."),
      (sealed) => `${sealed}.`,
      (sealed) => `${sealed}${sealed}`,
      (sealed) => sealed.toLowerCase(),
      (sealed) => sealed.split(".").with(1, "AAAA").join("."),
      (sealed) => sealed.split(".").with(2, "").join("."),
      (sealed) => sealed.split(".").with(3, "").join("."),
      (sealed) => sealed.split(".").with(4, "").join("."),
      forge({ alg: "none", enc: "A256GCM", kid: "k1" }),
      forge({ alg: "PBES2-HS256+A128KW", enc: "A256GCM", kid: "k1", p2s: "AAAA", p2c: 2_000_000_000 }),
      forge({ alg: "dir", enc: "A256GCM", kid: "k1", zip: "DEF" }),
      forge({ alg: "dir", enc: "A256GCM", kid: "k2" }),
      () => "1.raw",
      () => "null",
      () => state,
      () => consent,
      () => other,
    ];
    const refreshing = { grant_type: "refresh_token", client_id: webId, refresh_token: token };
    for (const change of changes) {
      await expectRefused({ ...form, code: change(form.code as string) }, "invalid_grant");
      await expectRefused({ ...refreshing, refresh_token: change(token) }, "invalid_grant");
    }
    for (const id of [other, "https://client.example/client.json"]) {
      await expectRefused({ ...form, client_id: id }, "invalid_grant");
      await expectRefused({ ...refreshing, client_id: id }, "invalid_grant");
    }
    for (const id of [
      "",
      webId.toUpperCase(),
      ` ${webId}`,
      mcpApi.clientId,
      token,
      form.code as string,
      state,
      consent,
      "client.example",
    ]) {
      await expectRefused({ ...form, client_id: id }, "invalid_client");
      await expectRefused({ ...refreshing, client_id: id }, "invalid_client");
    }
    for (const uri of [
      `${listedUri}/`,
      "http://localhost:5556/listed",
      "http://LOCALHOST:5555/listed",
      `${gateUrl}/oauth/callback`,
      anyClient,
    ]) {
      await expectRefused({ ...form, redirect_uri: uri }, "invalid_grant");
    }
    for (const name of ["code", "redirect_uri", "code_verifier"])
      await expectRefused({ ...form, [name]: "" }, "invalid_request");
    await expectRefused({ ...refreshing, refresh_token: "" }, "invalid_request");
    const before = await countAtEntra();
    expect((await exchange("secret", form)).status).toBe(200);
    expect(await countAtEntra()).toBe(before + 1);
  });

  it("redeems a code once, also if it is sent eight times at once, and without its verifier never", {
    tags: "code-client",
  }, async () => {
    const [form] = await earnCode("secret", webId);
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange("secret", form)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.map((answer) => parse(answer).error ?? "")).toContain("invalid_grant");
    const [another] = await earnCode("secret", webId);
    expect(parse(await exchange("secret", { ...another, code_verifier: "w".repeat(43) })).error).toBe("invalid_grant");
    const { refresh_token } = await signIn("secret", webId);
    const refreshed = await Promise.all(Array.from({ length: 8 }, () => refresh("secret", webId, refresh_token)));
    expect(new Set(refreshed.map((answer) => parse(answer).refresh_token)).size).toBe(8);
  });

  it("does not get in with an ID token, whose audience is the API if both are one registration", {
    tags: "token-kinds",
  }, async () => {
    const tokens = await signIn("federated", mcpApi.clientId);
    const { id_token, access_token } = parse(
      await refresh("federated", mcpApi.clientId, tokens.refresh_token, "openid tools.read"),
    );
    expect([decodeJwt(id_token).aud, decodeJwt(access_token).aud]).toEqual([mcpApi.clientId, mcpApi.clientId]);
    const statusOf = async (token: string) =>
      (
        await fleet.send("federated", {
          path: "/mcp",
          host: "127.0.0.1",
          headers: [["Authorization", `Bearer ${token}`]],
        })
      ).status;
    expect([await statusOf(id_token), await statusOf(access_token), await statusOf(tokens.refresh_token)]).toEqual([
      401, 200, 401,
    ]);
  });

  it("from a page gets no cookies and no page, and needs what a program needs", { tags: "facade-forms" }, async () => {
    const headers = [
      ["Origin", "https://evil.example"],
      ["Access-Control-Request-Method", "POST"],
    ] as const;
    const preflight = await fleet.send("secret", { method: "OPTIONS", path: "/token", host: "127.0.0.1", headers });
    expect(readHeader(preflight, "access-control-allow-origin")).toEqual(["*"]);
    expect(readHeader(preflight, "access-control-allow-credentials")).toEqual([]);
    const [form] = await earnCode("secret", webId);
    const body = new URLSearchParams(form).toString();
    const posted = await fleet.send("secret", {
      method: "POST",
      path: "/token",
      host: "127.0.0.1",
      headers: [
        ["Content-Type", "application/x-www-form-urlencoded"],
        ["Origin", "https://evil.example"],
      ],
      body,
    });
    // A page that has the code and the verifier is the client. Entra does not get its origin, and so does not take it
    // for a SPA.
    expect([posted.status, readHeader(posted, "set-cookie"), readHeader(posted, "cache-control")]).toEqual([
      200,
      [],
      ["no-store"],
    ]);
  });

  it("finds nothing in the log", { tags: "facade-secrets" }, () => {
    const text = JSON.stringify(fleet.lines);
    expect(text).not.toMatch(secretText);
    expect(text).not.toMatch(/eyJhbGciOiJkaXIi|eyJ[\w-]+\.eyJ|client_assertion|code_verifier/);
    expect(text).not.toContain(verifier);
  });
});

describe("the configuration", () => {
  it.each([
    ["another client", /^ENTRA_CLIENT_ID must be the clientId of the facade/],
    ["no client", /^ENTRA_CLIENT_ID is required by downstream\(\)/],
  ] as const)("is faulty with %s", async (gate, says) => {
    const answer = await fleet.send(gate, { path: "/authorize", host: "127.0.0.1" });
    expect(answer.status).toBe(500);
    await fleet.lineWhere(({ event, fault }) => event === "misconfigured" && says.test(String(fault)));
  });
});
