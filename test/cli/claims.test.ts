import { describe, expect, it } from "vitest";
import { entraClaims } from "../../cli/doctor/claims/claims.ts";
import { examineClaims, renderClaims } from "../../cli/doctor/claims/command.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { tenants } from "../../entra/directory/directory.ts";
import { createEntra } from "../../entra/entra.ts";
import { reuseKeyPairs } from "../support/key-pairs.ts";

/** One registration for the API and its client, as the page says. */
const clientId = "5b0c6b0e-6f0f-4d0c-9d3c-1f6f2f3b7a10";
const secret = "a-secret-for-tests";
const directory = createDirectory({
  apps: {
    claims: {
      clientId,
      secrets: [secret],
      publicClient: true,
      scopes: ["access_as_user"],
      redirectUris: { native: ["http://localhost"] },
    },
  },
});
const login = "https://login.microsoftonline.com";
const variables = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: clientId,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  ENTRA_CLIENT_ID: clientId,
  ENTRA_CLIENT_SECRET: secret,
};

type Change = (body: Record<string, unknown>, url: URL) => Record<string, unknown> | Promise<Record<string, unknown>>;
interface World {
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Changes the JSON of each response. */
  readonly change?: Change;
  readonly issuerHost?: "ciamlogin";
}

const makeKeyPair = reuseKeyPairs();
const entraOf = (issuerHost?: "ciamlogin") =>
  createEntra({ directory, makeKeyPair, ...(issuerHost && { issuerHost }) });

/** Examines the claims; a person signs in as soon as the command asks for it. */
async function examine({ environment = {}, change, issuerHost }: World = {}) {
  const entra = entraOf(issuerHost);
  const told: string[] = [];
  const signIn = async () => {
    const [, page = "", code = ""] = /page (\S+) and enter the code (\S+) /.exec(told.at(-1) ?? "") ?? [];
    const body = new URLSearchParams({ user_code: code, persona: "member" });
    await entra.fetch(new Request(page, { method: "POST", body, headers: { origin: new URL(page).origin } }));
  };
  const all = Object.entries({ ...variables, ...environment }).filter(([, value]) => value !== undefined);
  const outcomes = await examineClaims(Object.fromEntries(all), {
    io: {
      async fetch(input) {
        const request = new Request(input);
        const response = await entra.fetch(request);
        if (change === undefined) return response;
        return Response.json(await change((await response.json()) as never, new URL(request.url)), response);
      },
    },
    tell: (text) => told.push(text),
    wait: signIn,
  });
  const output = renderClaims(outcomes, (_style, text) => text);
  return { outcomes, output, told, entra };
}

const idsIn = (outcomes: Awaited<ReturnType<typeof examine>>["outcomes"], state: string) =>
  outcomes.filter((outcome) => outcome.state === state).map(({ id }) => id);

describe("doctor --claims", () => {
  it("finds that every claim holds at the local Entra", async () => {
    const { outcomes, output, told } = await examine();
    expect(idsIn(outcomes, "held")).toEqual(entraClaims.map(({ id }) => id));
    expect(output).toContain(`Held: ${entraClaims.length}. Not held: 0. Not checked: 0.`);
    expect(told).toEqual([expect.stringMatching(/^To sign in, use a web browser to open the page /)]);
  });

  it("finds the same in External ID, except for what only a cloud has", async () => {
    const { outcomes } = await examine({
      environment: { ENTRA_AUTHORITY: "https://login.contoso.com" },
      issuerHost: "ciamlogin",
    });
    expect(idsIn(outcomes, "broken")).toEqual([]);
    expect(idsIn(outcomes, "unchecked")).toEqual(["key-issuer-v1", "shared-issuer", "unknown-tenant-keys"]);
  });

  it("checks the documents without a client", async () => {
    const { outcomes } = await examine({ environment: { ENTRA_CLIENT_ID: undefined } });
    expect(idsIn(outcomes, "broken")).toEqual([]);
    expect(idsIn(outcomes, "unchecked")).toEqual(
      entraClaims.map(({ id }) => id).filter((id) => /token/.test(id) && !/^no-|unknown/.test(id)),
    );
  });

  it("shows no secret, no token and no person, also if claims are broken", async () => {
    const tokens: string[] = [];
    const { output, outcomes } = await examine({
      change(body) {
        for (const name of ["access_token", "id_token", "device_code"]) {
          if (typeof body[name] === "string") tokens.push(body[name]);
        }
        return { ...body, registration_endpoint: "x", ...("access_token" in body && { access_token: body.id_token }) };
      },
    });
    expect(tokens.length).toBeGreaterThan(3);
    expect(idsIn(outcomes, "broken").length).toBeGreaterThan(1);
    const shown = output + JSON.stringify(outcomes);
    const parts = tokens.flatMap((token) => token.split(".")).filter((part) => part.length > 20);
    for (const text of [secret, ...parts, "Local Member", "0b1ec700", "member@"]) expect(shown).not.toContain(text);
  });

  it.each<readonly [id: string, change: Change]>([
    [
      "metadata-issuer",
      (body) => ("issuer" in body ? { ...body, issuer: `${login}/${tenants.fabrikam.id}/v2.0` } : body),
    ],
    [
      "key-host",
      (body) =>
        "jwks_uri" in body
          ? { ...body, jwks_uri: String(body.jwks_uri).replace(login, "https://keys.contoso.com") }
          : body,
    ],
    ["key-form", (body) => changeKeys(body, (key) => ({ ...key, alg: "RS256" }))],
    ["key-issuer", (body) => changeKeys(body, ({ issuer: _, ...key }) => key)],
    ["several-keys", (body) => ("keys" in body ? { ...body, keys: (body.keys as object[]).slice(0, 1) } : body)],
    ["unknown-tenant", (body) => (body.error === "invalid_tenant" ? { ...body, error: "not_found" } : body)],
    ["no-registration", (body) => ("issuer" in body ? { ...body, registration_endpoint: "https://x.example" } : body)],
    [
      "no-pkce-announced",
      (body) => ("issuer" in body ? { ...body, code_challenge_methods_supported: ["S256"] } : body),
    ],
    [
      "no-response-issuer",
      (body) => ("issuer" in body ? { ...body, authorization_response_iss_parameter_supported: true } : body),
    ],
    ["token-form", (body) => changeToken(body, (header, claims) => [{ ...header, typ: "at+jwt" }, claims])],
    [
      "token-issuer",
      (body) =>
        changeToken(body, (header, claims) => [header, { ...claims, iss: `https://sts.windows.net/${claims.tid}/` }]),
    ],
    ["token-audience", (body) => changeToken(body, (header, claims) => [header, { ...claims, aud: [claims.aud] }])],
    [
      "token-times",
      (body) => changeToken(body, (header, claims) => [header, { ...claims, exp: Number(claims.exp) + 200_000 }]),
    ],
    ["token-client", (body) => changeToken(body, (header, { azp, ...claims }) => [header, { ...claims, appid: azp }])],
    [
      "app-token",
      (body) =>
        changeToken(body, (header, claims) => [header, claims.idtyp === "app" ? { ...claims, sub: "x" } : claims]),
    ],
    [
      "user-token",
      (body) =>
        changeToken(body, (header, { scp, ...claims }) => [
          header,
          scp === undefined ? claims : { ...claims, scp: [scp] },
        ]),
    ],
  ])("finds that %s does not hold", async (id, change) => {
    const { outcomes, output } = await examine({ change });
    expect(idsIn(outcomes, "broken")).toContain(id);
    expect(output).toContain(`✗ ${id}: not held (`);
  });

  it("says which variable is wrong", async () => {
    await expect(examine({ environment: { ENTRA_TENANT_ID: "contoso" } })).rejects.toThrow(/^ENTRA_TENANT_ID/);
  });
});

function changeKeys(body: Record<string, unknown>, change: (key: Record<string, unknown>) => object) {
  return "keys" in body ? { ...body, keys: (body.keys as Record<string, unknown>[]).map(change) } : body;
}

type Part = Record<string, unknown>;

/** Changes the access token of a response. The signature is wrong afterwards. */
function changeToken(body: Part, change: (header: Part, claims: Part) => readonly [object, object]) {
  if (typeof body.access_token !== "string") return body;
  const [header = "", claims = "", signature = ""] = body.access_token.split(".");
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  const parts = change(read(header), read(claims)).map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  return { ...body, access_token: [...parts, signature].join(".") };
}
