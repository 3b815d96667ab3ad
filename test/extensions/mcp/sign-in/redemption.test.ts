import { beforeEach, describe, expect, it, vi } from "vitest";
import * as limits from "../../../../src/base/common/limits.ts";
import { downstream } from "../../../../src/extensions/downstream/downstream.ts";
import { facade, mcp } from "../../../../src/extensions/mcp/mcp.ts";
import { App, requireAuth } from "../../../../src/index.ts";
import { createGateWorld, type GateWorld } from "../../../support/gate-world.ts";

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
  const authorizationServer = facade({
    clientId,
    callback: "/oauth/callback",
    credential: "gate",
    redirectUris: [redirectUri],
  });
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
  it("sends the credential and the code, and gives the client the members of OAuth, and the refresh token sealed", {
    tags: "credential-answers",
  }, async () => {
    const unknown = {
      ext_expires_in: 3_600,
      client_info: "e30",
      "refresh-token": raw,
      id_token: { refresh_token: raw },
    };
    answerWith(() => Response.json({ ...tokens, ...unknown, refresh_token: raw, scope: "tools.read" }));
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
    ["nested deeply", `{"access_token":"a","refresh_token":"${raw}","x":${"[".repeat(50_000)}${"]".repeat(50_000)}}`],
    ["cut", JSON.stringify({ ...tokens, refresh_token: raw }).slice(0, -1)],
    ["empty", ""],
    ["more than 128 KiB", JSON.stringify({ ...tokens, refresh_token: raw, id_token: "i".repeat(131_072) })],
  ])("gives the client nothing of an answer that is %s", { tags: "credential-answers" }, async (_, body) => {
    for (const status of [200, 201]) {
      answerWith(() => new Response(body, { status, headers: { "content-type": "application/json" } }));
      const answer = await redeem(world);
      const text = await answer.text();
      expect([answer.status, JSON.parse(text).error]).toEqual([503, "temporarily_unavailable"]);
      expect(text).not.toContain(raw);
    }
  });

  it.each([
    ["a page", 200, { "content-type": "text/html" }],
    ["a redirect", 307, { "content-type": "application/json", location: "https://evil.example/token" }],
    ["of no type", 200, {}],
  ])(
    "gives the client nothing of an answer that is %s, and sends the credential nowhere else",
    { tags: "credential-answers" },
    async (_, status, headers) => {
      answerWith(() => new Response(JSON.stringify({ ...tokens, refresh_token: raw }), { status, headers }));
      const answer = await redeem(world);
      expect([answer.status, forms.length, answer.headers.get("location")]).toEqual([503, 1, null]);
      expect(await answer.text()).not.toContain(raw);
    },
  );

  it("stops reading an answer without an end, also one of a refusal", { tags: "credential-answers" }, async () => {
    for (const status of [200, 400, 401, 500]) {
      let sent = 0;
      let isCancelled = false;
      const chunk = new TextEncoder().encode(" ".repeat(65_536));
      answerWith(() => {
        const body = new ReadableStream({
          pull(controller) {
            sent += chunk.byteLength;
            controller.enqueue(chunk);
          },
          cancel: () => {
            isCancelled = true;
          },
        });
        return new Response(body, { status, headers: { "content-type": "application/json" } });
      });
      expect((await redeem(world)).status).toBe(503);
      expect([isCancelled, sent < 1_000_000]).toEqual([true, true]);
    }
  });

  it("passes on no header of an answer", { tags: "credential-answers" }, async () => {
    const headers = {
      "set-cookie": "a=b",
      "access-control-allow-origin": "https://evil.example",
      link: "<https://evil.example>",
    };
    answerWith(() => Response.json(tokens, { headers }));
    const answer = await redeem(world);
    expect(["set-cookie", "access-control-allow-origin", "link"].map((name) => answer.headers.get(name))).toEqual([
      null,
      "*",
      null,
    ]);
  });

  it("sends Entra nothing else of a form", { tags: "facade-forms" }, async () => {
    answerWith(() => Response.json({ ...tokens, refresh_token: raw }));
    const { refresh_token } = (await (await redeem(world)).json()) as Record<string, string>;
    const others = {
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      assertion: "a.b.c",
      requested_token_use: "on_behalf_of",
      username: "user",
      password: "password",
      device_code: "device",
      code: "another code",
      code_verifier: "another verifier",
      redirect_uri: "https://evil.example/",
      claims: "{}",
      token_type: "pop",
      req_cnf: "e30",
      Client_Secret: "own",
      "client_secret[]": "own",
      client_id2: "own",
    };
    const form = {
      ...others,
      grant_type: "refresh_token",
      refresh_token: refresh_token as string,
      scope: "tools.read",
    };
    expect((await post(world, form)).status).toBe(200);
    expect([...(forms.at(-1) ?? [])]).toEqual([
      ["client_id", clientId],
      ["grant_type", "refresh_token"],
      ["refresh_token", raw],
      ["scope", expect.stringMatching(/\/tools\.read offline_access$/)],
      ["client_secret", "first"],
    ]);
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

  it("passes on that Entra refuses the grant, with its codes", async () => {
    const refusal = { error: "invalid_grant", error_description: "AADSTS70008: expired", error_codes: [70_008] };
    answerWith(() => Response.json(refusal, { status: 400 }));
    const answer = await redeem(world);
    const told = { ...refusal, error_description: "The sign-in service refused the request: AADSTS70008." };
    expect([answer.status, await answer.json(), forms.length]).toEqual([400, told, 1]);
  });

  it.each([400, 401, 403, 429, 500])(
    "gives the client no text of a refusal with status %i",
    { tags: "credential-answers" },
    async (status) => {
      // Entra could repeat what the gate sent.
      answerWith((form) => {
        const text = [form.get("client_secret"), form.get("code"), form.get("refresh_token"), raw].join(" ");
        const others = {
          error_codes: [70_008, text],
          error_uri: text,
          claims: text,
          suberror: text,
          refresh_token: raw,
        };
        return Response.json({ error: text, error_description: text, ...others, [text]: text }, { status });
      });
      expect(await (await redeem(world)).json()).toEqual({
        error: "server_error",
        error_description: "The sign-in service refused the request: AADSTS70008.",
        error_codes: [70_008],
      });
      answerWith(() => Response.json([raw], { status }));
      expect(await (await redeem(world)).json()).toEqual({
        error: "server_error",
        error_description: "The sign-in service refused the request.",
      });
    },
  );

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
    expect(() => facade({ clientId, callback: "/oauth/callback", credential: credential as "gate" })).toThrow(
      /^facade: credential (?:must be "gate"|is undefined)/,
    );
  });
});
