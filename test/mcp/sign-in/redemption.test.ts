import { beforeEach, describe, expect, it, vi } from "vitest";
import * as limits from "../../../src/common/limits.ts";
import { downstream } from "../../../src/downstream/downstream.ts";
import { App, requireAuth } from "../../../src/index.ts";
import { facade, mcp, ownCallback } from "../../../src/mcp/mcp.ts";
import { createGateWorld, type GateWorld } from "../../support/gate-world.ts";

const gate = "https://api.contoso.example";
const clientId = "c11e0000-0000-4000-8000-000000000027";
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const redirectUri = "http://localhost/callback";
const key = `k1:${"A".repeat(43)}`;
const credentials = { ENTRA_CLIENT_ID: clientId, ENTRA_CLIENT_SECRET: "first", ENTRA_CLIENT_SECRET_PREVIOUS: "second" };
const tokens = { token_type: "Bearer", access_token: "of the API", expires_in: 3_600 };
/** The raw refresh token. No client may see it. */
const raw = "1.raw";

function createRoutes(): App {
  const callback = ownCallback("/oauth/callback", { credential: "gate" });
  const authorizationServer = facade({ clientId, callback, redirectUris: [redirectUri] });
  return new App().register(mcp("/mcp", { hooks: requireAuth("tools.read"), authorizationServer }));
}

function createWorld(changes: Record<string, unknown> = {}): GateWorld {
  const options = { routes: createRoutes(), unlisted: "reject", downstream: downstream() } as const;
  return createGateWorld(options, { GATE_URL: gate, GATE_SESSION_KEY: key, ...credentials, ...changes });
}

/** Gets a code of the gate, as if Entra had issued the code `of Entra`. */
async function earnCode(world: GateWorld): Promise<string> {
  const query = new URLSearchParams({
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  const started = await world.ask(`/authorize?${query}`);
  const state = new URL(started.headers.get("location") as string).searchParams.get("state") as string;
  const cookie = started.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const answer = await world.ask(`/oauth/callback?${new URLSearchParams({ code: "of Entra", state })}`, {
    headers: { cookie },
  });
  return new URL(answer.headers.get("location") as string).searchParams.get("code") as string;
}

const post = (world: GateWorld, form: Record<string, string>) =>
  world.ask("/token", {
    method: "POST",
    body: new URLSearchParams({ client_id: clientId, ...form }).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
const redeem = async (world: GateWorld) =>
  post(world, {
    grant_type: "authorization_code",
    code: await earnCode(world),
    redirect_uri: redirectUri,
    code_verifier: "v".repeat(43),
  });
const reasonOf = (world: GateWorld) => world.refusals().at(-1)?.reason;

let world: GateWorld;
/** Forms that reached Entra. */
let forms: URLSearchParams[];
beforeEach(() => {
  world = createWorld();
  forms = [];
});

function answerWith(answer: (form: URLSearchParams) => Response): void {
  world.io.setFetch(async (request) => {
    // The gate also asks for keys.
    if (request.method !== "POST") return new Response(null, { status: 503 });
    const form = new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));
    forms.push(form);
    return answer(form);
  });
}

describe("a redemption with the gate's credential", () => {
  it("sends the credential and the code, and gives the client everything but the raw refresh token", async () => {
    answerWith(() => Response.json({ ...tokens, refresh_token: raw, scope: "tools.read" }));
    const answer = await redeem(world);
    const { refresh_token: sealed, ...others } = (await answer.json()) as Record<string, string>;
    expect([answer.status, answer.headers.get("cache-control"), others]).toEqual([
      200,
      "no-store",
      { ...tokens, scope: "tools.read" },
    ]);
    expect(sealed).toMatch(/^eyJ/);
    expect(forms.map((form) => [...form])).toEqual([
      [
        ["client_id", clientId],
        ["grant_type", "authorization_code"],
        ["code", "of Entra"],
        ["redirect_uri", `${gate}/oauth/callback`],
        ["code_verifier", "v".repeat(43)],
        ["client_secret", "first"],
      ],
    ]);
    const refreshed = await post(world, { grant_type: "refresh_token", refresh_token: sealed as string });
    expect(((await refreshed.json()) as Record<string, string>).refresh_token).toMatch(/^eyJ/);
    expect(forms[1]?.getAll("refresh_token")).toEqual([raw]);
  });

  it("gives the client no refresh token if Entra sends none, or none that is text", async () => {
    for (const refresh_token of [undefined, { token: raw }, [raw], 1]) {
      answerWith(() => Response.json({ ...tokens, refresh_token }));
      expect(await (await redeem(world)).json()).toEqual(tokens);
    }
  });

  it.each([
    ["a list", JSON.stringify([{ refresh_token: raw }])],
    ["text in JSON", JSON.stringify(raw)],
    ["no JSON", `${JSON.stringify({ ...tokens, refresh_token: raw })};`],
    ["no access token", JSON.stringify({ refresh_token: raw })],
    ["more than 128 KiB", JSON.stringify({ ...tokens, refresh_token: raw, id_token: "i".repeat(131_072) })],
  ])("gives the client nothing of an answer that is %s", async (_, body) => {
    for (const status of [200, 201]) {
      answerWith(() => new Response(body, { status, headers: { "content-type": "application/json" } }));
      const answer = await redeem(world);
      const text = await answer.text();
      expect([answer.status, JSON.parse(text).error]).toEqual([503, "temporarily_unavailable"]);
      expect(text).not.toContain(raw);
    }
  });

  it("ends after ten seconds if the answer has no end", async () => {
    let signal: AbortSignal | undefined;
    const body = new ReadableStream({ start: (controller) => controller.enqueue(new TextEncoder().encode("{")) });
    const form = {
      grant_type: "authorization_code",
      code: await earnCode(world),
      redirect_uri: redirectUri,
      code_verifier: "v".repeat(43),
    };
    world.io.setFetch((request) => {
      if (request.method === "POST") signal = request.signal;
      return new Response(body, { headers: { "content-type": "application/json" } });
    });
    const asked = post(world, form);
    await vi.waitUntil(() => signal !== undefined, { timeout: 60_000 });
    await world.io.advance(limits.facadeMilliseconds);
    expect([(await asked).status, signal?.aborted]).toEqual([503, true]);
  });

  it("refuses a refresh token that the client could not send back", async () => {
    answerWith(() => Response.json({ ...tokens, refresh_token: "r".repeat(8_192) }));
    expect((await redeem(world)).status).toBe(200);
    answerWith(() => Response.json({ ...tokens, refresh_token: "r".repeat(10_240) }));
    const answer = await redeem(world);
    expect([answer.status, ((await answer.json()) as { error: string }).error, reasonOf(world)]).toEqual([
      500,
      "server_error",
      "facade_refresh_token_too_long_error",
    ]);
  });

  it("stops if the key cannot be read any more", async () => {
    let isReadable = true;
    const store = { get: () => (isReadable ? Promise.resolve(key) : Promise.reject(new Error("down"))) };
    world = createWorld({ GATE_SESSION_KEY: store });
    answerWith(() => {
      isReadable = false;
      return Response.json({ ...tokens, refresh_token: raw });
    });
    const answer = await redeem(world);
    expect([answer.status, reasonOf(world)]).toEqual([503, "facade_key_unusable_error"]);
    expect(await answer.text()).not.toContain(raw);
  });

  it("passes on that Entra refuses the grant", async () => {
    const refusal = { error: "invalid_grant", error_description: "AADSTS70008: expired", error_codes: [70_008] };
    answerWith(() => Response.json(refusal, { status: 400 }));
    const answer = await redeem(world);
    expect([answer.status, await answer.json(), forms.length]).toEqual([400, refusal, 1]);
  });

  it("tries the next credential if Entra refuses one, and hides the refusal from the client", async () => {
    const refusal = { error: "invalid_client", error_codes: [7_000_222] };
    answerWith((form) =>
      form.get("client_secret") === "second" ? Response.json(tokens) : Response.json(refusal, { status: 401 }),
    );
    expect((await redeem(world)).status).toBe(200);
    expect(forms.map((form) => form.getAll("client_secret"))).toEqual([["first"], ["second"]]);
    expect(forms.map((form) => form.get("code"))).toEqual(["of Entra", "of Entra"]);
    answerWith(() => Response.json(refusal, { status: 401 }));
    const answer = await redeem(world);
    expect([answer.status, await answer.json(), reasonOf(world)]).toEqual([
      503,
      { error: "temporarily_unavailable", error_description: expect.stringContaining("Contact the operator") },
      "facade_credential_error",
    ]);
    expect(world.io.lines.filter(({ event }) => event === "credential_failed")).toHaveLength(3);
  });
});

describe("the configuration", () => {
  it("needs the option downstream", async () => {
    const env = { GATE_URL: gate, GATE_SESSION_KEY: key, ...credentials };
    const closed = createGateWorld({ routes: createRoutes(), unlisted: "reject" }, env);
    expect((await closed.ask("/authorize")).status).toBe(500);
    const faults = closed.io.lines.filter(({ event }) => event === "misconfigured").map(({ fault }) => fault);
    expect(faults).toEqual([
      expect.stringMatching(/^ENTRA_CLIENT_ID requires the option downstream, because .*downstream\(\)/),
    ]);
  });

  it("needs ENTRA_CLIENT_ID to be the client of the facade", async () => {
    world = createWorld({ ENTRA_CLIENT_ID: "33333333-4444-5555-6666-777777777777" });
    expect((await world.ask("/authorize")).status).toBe(500);
    expect(world.io.lines).toContainEqual(
      expect.objectContaining({
        event: "misconfigured",
        level: "error",
        fault: expect.stringContaining(`ENTRA_CLIENT_ID=${clientId}`),
      }),
    );
  });

  it.each(["Gate", true, undefined])("has no credential %j", (credential) => {
    expect(() => ownCallback("/oauth/callback", { credential: credential as "gate" })).toThrow(
      /^ownCallback: credential (?:must be "gate"|is undefined)/,
    );
  });
});
