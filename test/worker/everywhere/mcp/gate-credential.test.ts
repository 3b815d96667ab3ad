// Runtimes: workerd, deno
import { decodeJwt } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { clients } from "../../../../entra/directory/clients.ts";
import { mcpApi, tenants } from "../../../../entra/directory/directory.ts";
import { secretText } from "../../../support/downstream.ts";
import { startFleetOf } from "../../../support/fleet.ts";
import type { HttpAnswer } from "../../../support/http.ts";
import { makeIssuerKey } from "../../../support/issuer-keys.ts";
import {
  challenge,
  createBrowser,
  type Parameters as Fields,
  readTarget,
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

const refresh = (gate: Gate, client_id: string, refresh_token: string) =>
  exchange(gate, { grant_type: "refresh_token", client_id, refresh_token });

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
  it("is sealed, and Entra does not accept it", async () => {
    const { refresh_token } = await signIn("secret", webId);
    const [header = ""] = refresh_token.split(".");
    expect(Buffer.from(header, "base64url").toString()).toBe('{"alg":"dir","enc":"A256GCM","kid":"k1"}');
    const scope = `${mcpApi.appIdUri}/.default`;
    const form = { grant_type: "refresh_token", client_id: webId, client_secret: secret, refresh_token, scope };
    expect(parse(await askEntra(tokenUrl, `${new URLSearchParams(form)}`)).error).toBe("invalid_grant");
  });

  it("of Entra itself is refused", async () => {
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

  it("is only for its client", async () => {
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

  it("that was changed, of another gate or of a withdrawn key is refused", async () => {
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

  it("and a code cannot be used in place of each other", async () => {
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

  it("is not in the log, and neither is a secret", async () => {
    const tokens = await signIn("federated", mcpApi.clientId);
    await refresh("federated", mcpApi.clientId, tokens.refresh_token);
    const text = JSON.stringify(fleet.lines);
    expect(text).not.toContain(tokens.refresh_token);
    expect(text).not.toMatch(secretText);
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
