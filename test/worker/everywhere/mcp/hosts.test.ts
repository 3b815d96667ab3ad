import { CompactEncrypt } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import { startFleetOf } from "../../../support/fleet.ts";
import { type HttpAnswer, type HttpRequest, readHeader } from "../../../support/http.ts";

const vars = {
  GATE_URL: "http://127.0.0.1",
  GATE_SESSION_KEY: `k1:${"A".repeat(43)}`,
};
const entry = "test/gates/mcp-hosts.ts";
// A facade limits the requests of an address, so each group of rows has its own.
const fleet = await startFleetOf({
  "sign-in": { entry, vars },
  exchange: { entry, vars },
  documents: { entry, vars },
  "redirect-uris": { entry: "test/gates/redirect-uris.ts" },
});
afterAll(() => fleet.stop());

type Gate = "sign-in" | "exchange" | "documents";
const ask = (gate: Gate, request: HttpRequest) => fleet.send(gate, { host: "127.0.0.1", ...request });
const parse = ({ body }: HttpAnswer) => JSON.parse(body);

const sharedId = "c11e0000-0000-4000-8000-000000000026";
const listedId = "https://app.example/client.json";
const unlistedId = "https://claude.ai/oauth/mcp-oauth-client-metadata";
const shared = "http://localhost:5555/callback";
const ownOfListed = "https://app.example/callback";
const cursor = "cursor://anysphere.cursor-mcp/oauth/callback";
const signInPage = `https://login.microsoftonline.com/${tenants.contoso.id}/oauth2/v2.0/authorize`;

type Parameters = Readonly<Record<string, string>>;

const page: Parameters = {
  response_type: "code",
  client_id: sharedId,
  redirect_uri: shared,
  code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  code_challenge_method: "S256",
};

/** The target of the redirect and its parameters; the status if there is none. */
async function authorize(changes: Parameters): Promise<readonly [unknown, Parameters]> {
  const answer = await ask("sign-in", { path: `/authorize?${new URLSearchParams({ ...page, ...changes })}` });
  const [location] = readHeader(answer, "location");
  if (location === undefined) return [answer.status, {}];
  const [target = "", query] = location.split("?");
  return [target, Object.fromEntries(new URLSearchParams(query))];
}

/** IDs that are not the address of a metadata document. */
const unusableIds: Readonly<Record<string, string>> = {
  "plain http": "http://a.example/client.json",
  "no path": "https://a.example",
  "a user": "https://user@a.example/client.json",
  "a password": "https://:pw@a.example/client.json",
  "a fragment": "https://a.example/client.json#x",
  "an empty fragment": "https://a.example/client.json#",
  "dot segments": "https://a.example/x/%2e%2e/client.json",
  "upper case": "HTTPS://A.example/client.json",
  "white space": " https://a.example/client.json",
  "an app's scheme": "cursor://a.example/client.json",
  "more than 2,048 characters": `https://a.example/${"x".repeat(2_031)}`,
};

describe("prompt", () => {
  it.each([
    ["consent", undefined],
    ["login consent", "login"],
    ["consent select_account", "select_account"],
    ["login", "login"],
    ["none", "none"],
    ["select_account login", "select_account login"],
    ["consent\tlogin", undefined],
  ])("%j reaches Entra without consent", { tags: "facade-forms" }, async (prompt, sent) => {
    const [target, parameters] = await authorize({ prompt, scope: "access_as_user offline_access" });
    expect([target, parameters.prompt]).toEqual([signInPage, sent]);
    expect(parameters.scope).toMatch(/ offline_access$/);
  });
});

describe("the metadata", () => {
  it("of the authorization server lists offline_access, and supports clients with a metadata document", async () => {
    const { scopes_supported, ...others } = parse(
      await ask("documents", { path: "/.well-known/oauth-authorization-server" }),
    );
    expect(scopes_supported).toEqual(["http://127.0.0.1/mcp/access_as_user", "offline_access"]);
    expect(others).toMatchObject({ client_id_metadata_document_supported: true });
  });

  it("of the resource does not list offline_access", async () => {
    const { scopes_supported } = parse(await ask("documents", { path: "/.well-known/oauth-protected-resource/mcp" }));
    expect(scopes_supported).toEqual(["http://127.0.0.1/mcp/access_as_user"]);
  });
});

describe("a client with a metadata document that is not listed", () => {
  it("signs in with a shared redirect URI, as the shared client", async () => {
    const [target, parameters] = await authorize({ client_id: unlistedId });
    expect([target, parameters.client_id]).toEqual([signInPage, sharedId]);
  });

  it("does not sign in with the redirect URI of one that is listed", { tags: "facade-clients" }, async () => {
    for (const client_id of [unlistedId, `${listedId}?x`, `${listedId}/`]) {
      expect((await authorize({ client_id, redirect_uri: ownOfListed }))[0]).toBe(400);
    }
    expect((await authorize({ client_id: listedId, redirect_uri: ownOfListed }))[0]).toBe(signInPage);
  });

  it.each(Object.keys(unusableIds))("does not sign in if its ID has %s", { tags: "facade-clients" }, async (what) => {
    const client_id = unusableIds[what] as string;
    expect((await authorize({ client_id }))[0]).toBe(400);
  });
});

describe("/token", () => {
  const refresh = { grant_type: "refresh_token", refresh_token: "r" };

  /** The facade's own error; `undefined` if Entra answered. */
  async function exchange(form: Parameters): Promise<string | undefined> {
    const count = async () => (await fleet.ledger()).calls.filter(({ url }) => url.endsWith("/token")).length;
    const before = await count();
    const headers = [["Content-Type", "application/x-www-form-urlencoded"]] as const;
    const body = new URLSearchParams(form).toString();
    const answer = parse(await ask("exchange", { method: "POST", path: "/token", headers, body }));
    return (await count()) > before ? undefined : answer.error;
  }

  it("refuses a secret or an assertion of a client", { tags: "facade-client-secrets" }, async () => {
    for (const credential of [{ client_secret: "s" }, { client_assertion: "a.b.c" }]) {
      expect(await exchange({ ...refresh, client_id: sharedId, ...credential })).toBe("invalid_client");
    }
  });

  it("forwards a refresh by the form of the client's ID alone", async () => {
    expect(await exchange({ ...refresh, client_id: unlistedId })).toBeUndefined();
    expect(await exchange({ ...refresh, client_id: "33333333-4444-5555-6666-777777777777" })).toBe("invalid_client");
  });

  it.each(Object.keys(unusableIds))("does not forward a request if the client's ID has %s", async (what) => {
    expect(await exchange({ ...refresh, client_id: unusableIds[what] as string })).toBe("invalid_client");
  });
});

describe("the private-use scheme of an app", () => {
  it("signs in if its URI is listed, and gets the errors", { tags: "facade-redirects" }, async () => {
    expect((await authorize({ redirect_uri: cursor }))[0]).toBe(signInPage);
    expect(await authorize({ redirect_uri: cursor, scope: "User.Read" })).toMatchObject([
      cursor,
      { error: "invalid_scope" },
    ]);
  });

  it.each([
    "cursor://anysphere.cursor-mcp/oauth/callback/",
    "cursor://anysphere.cursor-mcp/oauth/callback?x",
    "cursor://Anysphere.cursor-mcp/oauth/callback",
    "CURSOR://anysphere.cursor-mcp/oauth/callback",
    "cursor:/anysphere.cursor-mcp/oauth/callback",
    "cursor://evil.example/oauth/callback",
  ])("gets nothing at %s, which is not listed", { tags: "facade-redirects" }, async (redirect_uri) => {
    expect((await authorize({ redirect_uri }))[0]).toBe(400);
  });

  it("can be listed only with // and exactly, and no scheme of a browser can", {
    tags: "facade-redirects",
  }, async () => {
    const refused = [
      ...[
        "cursor:callback",
        "cursor:/callback",
        "CURSOR://a.example/x",
        "cursor://a.example/x#y",
        "cursor://u@a.example/x",
      ],
      ...["http://a.example/x", "ftp://a.example/x", "file:///x", "ws://a.example/x", "wss://a.example/x"],
      ...["javascript://a.example/%0aalert(1)", "data://a.example/x", "blob://a.example/x", "filesystem://a.example/x"],
      ...["view-source://a.example/x", "vbscript://a.example/x", "about://a.example/x", "JavaScript://a.example/x"],
    ];
    const accepted = [cursor, "com.example.app://callback", "https://a.example/x", "http://localhost/x"];
    const answer = await fleet.send("redirect-uris", {
      method: "POST",
      body: JSON.stringify([...refused, ...accepted]),
    });
    expect(parse(answer)).toEqual(accepted);
  });
});

describe("a document that does not exist", () => {
  const paths = [
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp/",
    "/.well-known/oauth-authorization-server/mcp",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/mcp",
  ];
  const origin = ["Origin", "https://client.example"] as const;
  const corsOf = (answer: HttpAnswer) => readHeader(answer, "access-control-allow-origin");

  it.each(paths)("gets 404 with CORS before authentication: %s", async (path) => {
    for (const method of ["GET", "HEAD"]) {
      const answer = await ask("documents", { method, path, headers: [origin] });
      expect([answer.status, corsOf(answer)]).toEqual([404, ["*"]]);
      const asked = [origin, ["Access-Control-Request-Method", method]] as const;
      const preflight = await ask("documents", { method: "OPTIONS", path, headers: asked });
      expect([preflight.status, corsOf(preflight)]).toEqual([204, ["*"]]);
    }
  });

  it.each([
    ["GET", "/.well-known/openid-configuration/covered/x"],
    ["HEAD", "/.well-known/openid-configuration/covered/x"],
    ["POST", "/.well-known/openid-configuration"],
    ["OPTIONS", "/.well-known/openid-configuration"],
    ["GET", "/.well-known/security.txt"],
    ["GET", "/.well-known/openid-configurations"],
    ["GET", "/mcp/.well-known/openid-configuration"],
  ])("is not meant by %s %s, which needs a token", { tags: "look-alike-documents" }, async (method, path) => {
    const answer = await ask("documents", { method, path });
    expect([answer.status, corsOf(answer)]).toEqual([401, []]);
    const asked = [origin, ["Access-Control-Request-Method", method]] as const;
    const preflight = await ask("documents", { method: "OPTIONS", path, headers: asked });
    expect([preflight.status, corsOf(preflight)]).toEqual([204, []]);
  });
});

describe("a session", () => {
  const message = { jsonrpc: "2.0", id: 1, method: "ping" };

  async function use(token: string, session?: string): Promise<HttpAnswer> {
    const headers = [
      ["Authorization", `Bearer ${token}`],
      ["Content-Type", "application/json"],
      ...(session === undefined ? [] : [["Mcp-Session-Id", session] as const]),
    ] as const;
    return ask("documents", { method: "POST", path: "/mcp", headers, body: JSON.stringify(message) });
  }

  it("has an ID that shows nobody's identity, and belongs to its user and client", {
    tags: "mcp-sessions",
  }, async () => {
    const { token, issue } = await fleet.forge("documents");
    const started = await use(token);
    const [id = ""] = readHeader(started, "mcp-session-id");
    const shown = id.split(".").map((part) => Buffer.from(part, "base64url").toString("latin1"));
    expect(shown[0]).toBe('{"alg":"dir","enc":"A256GCM","kid":"k1"}');
    for (const secret of [personas.member.oid, tenants.contoso.id, "of-the-server"]) {
      expect([id, ...shown].join("\n")).not.toContain(secret);
    }
    expect(parse(await use(token, id))).toEqual({ session: "of-the-server" });
    expect((await use(await issue({ persona: "admin" }), id)).status).toBe(404);
    expect((await use(await issue({ client: "cae-spa" }), id)).status).toBe(404);
  });

  it("with an ID of version 0.2.0 is unknown", async () => {
    const { token, claims } = await fleet.forge("documents");
    const context = ["mcp", "/mcp", "default", claims.tid, claims.oid, claims.azp].join(" ");
    const old = await new CompactEncrypt(new TextEncoder().encode("of-the-server"))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: "k1", context })
      .encrypt(new Uint8Array(32));
    const answer = await use(token, old);
    expect([answer.status, parse(answer).error.code]).toEqual([404, -32001]);
  });
});
