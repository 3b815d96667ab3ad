import { createLocalJWKSet, decodeProtectedHeader, importJWK, type JWK, jwtVerify, SignJWT } from "jose";
import { afterAll, describe, expect, it } from "vitest";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { withVars } from "../../support/downstream.ts";
import { startFleetOf } from "../../support/fleet.ts";
import { gateRuntime } from "../../support/gate-runtime.ts";
import { addressesElsewhere } from "../../support/gates.ts";
import { type HeaderField, type HttpAnswer, type HttpRequest, readHeader } from "../../support/http.ts";
import { describeClient, makeIssuerKey } from "../../support/issuer-keys.ts";

/** On loopback, where plain http is allowed, but not under the name by which the test connects. */
const host = "gate.localhost:8787";
const address = `http://${host}`;
const base = "/.well-known/entra-gate";
const [ec, nextEc, rsa] = [await makeIssuerKey("ES256"), await makeIssuerKey("ES256"), await makeIssuerKey("RS256")];

const gate = withVars(
  {
    GATE_ISSUER: address,
    GATE_URL: gateRuntime === "workerd" ? `${address} https://api.contoso.example` : addressesElsewhere,
    GATE_SIGNING_KEY: ec.pem,
    GATE_SIGNING_KEY_OTHER: nextEc.publicJwk,
    ORIGIN_ASSERTION: "jwt",
    ENTRA_CLIENT_KEY: rsa.pem,
    ENTRA_CLIENT_FEDERATION: "gate",
  },
  { entry: "test/gates/downstream-issuer.ts" },
);
const fleet = await startFleetOf({ gate });
afterAll(() => fleet.stop());
const { token, claims: claimsOfEntra } = await fleet.forge("gate");

const ask = (path: string, request: HttpRequest = {}) => fleet.send("gate", { host, path, ...request });

const publish = (key: typeof ec, alg: string) => ({ ...JSON.parse(key.publicJwk), kid: key.kid, use: "sig", alg });
const describeIssuer = (name: string, alg: string) => ({
  issuer: `${address}${base}/${name}`,
  jwks_uri: `${address}${base}/${name}/jwks.json`,
  id_token_signing_alg_values_supported: [alg],
  response_types_supported: ["id_token"],
  subject_types_supported: ["public"],
});
const documents: Readonly<Record<string, object>> = {
  [`${base}/origin/jwks.json`]: { keys: [publish(ec, "ES256"), publish(nextEc, "ES256")] },
  [`${base}/origin/.well-known/openid-configuration`]: describeIssuer("origin", "ES256"),
  [`${base}/client/jwks.json`]: { keys: [publish(rsa, "RS256")] },
  [`${base}/client/.well-known/openid-configuration`]: describeIssuer("client", "RS256"),
};
const paths = Object.keys(documents);

/** Headers that a server adds by itself. */
const ofServers = ["connection", "content-length", "date", "keep-alive", "transfer-encoding"];

/** What a cache keeps of an answer. */
const keptOf = ({ status, headers, body }: HttpAnswer) => ({
  status,
  headers: headers.filter(([name]) => !ofServers.includes(name)).sort(),
  body,
});

/** An answer that is no document: nothing may keep it, and it has no key. */
function expectNoDocument(answer: HttpAnswer, what: string): void {
  expect(answer.status, what).toBeGreaterThanOrEqual(400);
  expect(answer.body, what).not.toMatch(/"keys"|jwks_uri/);
  // The server itself answers some malformed requests.
  if (answer.body.includes("urn:uuid:")) expect(readHeader(answer, "cache-control"), what).toEqual(["no-store"]);
}

describe("the documents of the gate's issuers", () => {
  it.each(paths)("are the same for any caller, and caches may keep them: %s", async (path) => {
    const answer = keptOf(await ask(path));
    expect(JSON.parse(answer.body)).toEqual(documents[path]);
    expect([answer.status, answer.headers]).toEqual([
      200,
      [
        ["cache-control", "public, max-age=300"],
        ["content-type", "application/json"],
      ],
    ]);
    expect(keptOf(await ask(path, { method: "HEAD" }))).toEqual({ ...answer, body: "" });
    for (const headers of [
      [["Authorization", "Bearer nonsense"]],
      [["Authorization", `Bearer ${token}`]],
      [["X-Forwarded-Host", "evil.example"]],
      [["X-Host", "evil.example"]],
      [["Forwarded", "host=evil.example;proto=https"]],
      [["X-Forwarded-Proto", "https"]],
      [["X-Forwarded-Port", "666"]],
      [["X-Forwarded-Prefix", "/evil"]],
      [["X-Original-URL", "/evil"]],
      [["X-Rewrite-URL", "/evil"]],
      [["X-HTTP-Method-Override", "POST"]],
      [["Origin", "https://evil.example"]],
      [["Cookie", "a=b"]],
      [["Range", "bytes=0-1"]],
      [["If-None-Match", "*"]],
      [["Accept", "text/html"]],
      [["Cache-Control", "no-cache"]],
    ] as const satisfies readonly (readonly HeaderField[])[])
      expect(keptOf(await ask(path, { headers }))).toEqual(answer);
  });

  it.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "get", "Head", "QUERY"])(
    "are not an answer to %s",
    async (method) => {
      for (const path of paths) expectNoDocument(await ask(path, { method }), path);
    },
  );

  it.each([
    "evil.example",
    "api.contoso.example",
    "gate.localhost",
    "gate.localhost:80",
    "gate.localhost:8788",
    "gate.localhost.:8787",
    "gate.localhost:8787.evil.example",
    "evil.example#gate.localhost:8787",
    "evil.example/gate.localhost:8787",
    "evil@gate.localhost:8787",
    "gate.localhost:8787@evil.example",
    "gate.localhost:8787, evil.example",
    "",
  ])("are not at the host %j", async (other) => {
    for (const path of paths) expectNoDocument(await ask(path, { host: other }), path);
  });

  it("are not at an address of the gate that is not the issuer's, with https either", async () => {
    for (const path of paths) {
      const answer = await fleet.sendToZone("gate", `https://api.contoso.example${path}`);
      expect(answer.status).toBe(401);
      expectNoDocument(answer, path);
    }
  });

  it("are not an answer to a request with two hosts, or with another one in its target", async () => {
    const [path = ""] = paths;
    const answers = [
      await ask(path, { headers: [["Host", "evil.example"]] }),
      await ask(path, { host: "evil.example", headers: [["Host", host]] }),
      await ask(`http://evil.example${path}`),
      await ask(`https://${host}${path}`),
    ];
    for (const answer of answers) expect(answer.body).not.toContain("evil.example");
    // Whose host counts is the server's own decision. A document is the true one in any case.
    for (const answer of answers.filter(({ status }) => status === 200))
      expect(JSON.parse(answer.body)).toEqual(documents[path]);
    for (const answer of answers.filter(({ status }) => status !== 200)) expectNoDocument(answer, path);
  });

  it.each<[string, (path: string) => string]>([
    ["an empty query", (path) => `${path}?`],
    ["a query", (path) => `${path}?v=1`],
    ["a token in the query", (path) => `${path}?access_token=${token}`],
    ["a slash at the end", (path) => `${path}/`],
    ["another file below it", (path) => `${path}/x.css`],
    ["another extension", (path) => `${path}.css`],
    ["a path parameter", (path) => `${path};x.css`],
    ["a space at the end", (path) => `${path}%20`],
    ["a NUL at the end", (path) => `${path}%00`],
    ["an encoded question mark", (path) => `${path}%3fx`],
    ["an encoded slash", (path) => path.replace("/entra-gate", "%2fentra-gate")],
    ["a backslash", (path) => path.replace("/entra-gate", "%5centra-gate")],
    ["an encoded letter", (path) => path.replace("entra", "%65ntra")],
    ["another letter case", (path) => path.replace("entra", "Entra")],
    ["two slashes", (path) => path.replace("/entra-gate", "//entra-gate")],
    ["a parameter in the middle", (path) => path.replace("/entra-gate", ";x/entra-gate")],
  ])("are not at a path with %s", async (_, change) => {
    for (const path of paths) expectNoDocument(await ask(change(path)), path);
  });

  it.each<[string, (path: string) => string]>([
    ["dots", (path) => `/x/..${path}`],
    ["encoded dots", (path) => `/x/%2e%2e${path}`],
    ["a dot", (path) => path.replace("/entra-gate", "/./entra-gate")],
    ["a backslash in place of a slash", (path) => path.replace("/entra-gate", "\\entra-gate")],
    ["a fragment", (path) => `${path}#x`],
  ])("are themselves, or nothing, at a path with %s, which the server resolves", async (_, change) => {
    for (const path of paths) {
      const answer = await ask(change(path));
      if (answer.status === 200) expect(JSON.parse(answer.body)).toEqual(documents[path]);
      else expectNoDocument(answer, path);
    }
  });

  it("never reached the origin", async () => {
    expect((await fleet.ledger()).calls.filter(({ to }) => to === "origin")).toEqual([]);
  });
});

const keySet = createLocalJWKSet({ keys: [publish(ec, "ES256")] });

/** Sends a request, and reads the assertion that reaches the origin as the origin does. */
async function readAssertion(path: string, headers: readonly HeaderField[]) {
  const answer = await ask(path, { headers: [["Authorization", `Bearer ${token}`], ...headers] });
  expect(answer.status, answer.body).toBe(200);
  const { last } = (await fleet.ledger()).origin;
  const assertion = last?.headers["x-entra-assertion"] ?? "";
  expect(decodeProtectedHeader(assertion)).toEqual({ alg: "ES256", typ: "entra-gate+jwt", kid: ec.kid });
  const trusted = { issuer: `${address}${base}/origin`, audience: "https://origin.contoso.example" };
  const { payload } = await jwtVerify(assertion, keySet, trusted);
  return { assertion, payload, headers: JSON.stringify(last?.headers) };
}

describe("a client's own X-Entra-Assertion", () => {
  it.each([
    "X-Entra-Assertion",
    "x-entra-assertion",
    "X_Entra_Assertion",
    "X-ENTRA_ASSERTION",
    "X.Entra.Assertion",
    "X-Entra-Assertion_",
    "X-Entra~Assertion",
  ])("never reaches the origin: %s", async (name) => {
    for (const [path, kind] of [
      ["/orders", "user"],
      ["/open", "anonymous"],
    ] as const) {
      const sent = [
        [name, "of-the-client"],
        [name, "and-again-of-the-client"],
      ] as const;
      const { payload, headers } = await readAssertion(path, sent);
      expect(payload).toMatchObject({ kind, method: "GET" });
      expect(headers).not.toContain("of-the-client");
    }
  });
});

describe("the gate as its own caller", () => {
  const ofClient = describeClient(`${address}${base}/client`);
  const sign = async (claims: object, key = rsa, alg = "RS256") =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg, typ: "JWT", kid: key.kid })
      .sign(await importJWK(key.members as JWK, alg));

  it.each<[string, () => Promise<string>, string]>([
    [
      "an assertion for the origin",
      async () => (await readAssertion("/orders?own", [])).assertion,
      "algorithm_not_allowed",
    ],
    ["a client assertion", () => sign(ofClient), "tenant_invalid"],
    ["a client assertion for this API", () => sign({ ...ofClient, aud: api.clientId }), "tenant_invalid"],
    [
      "a client assertion of a tenant",
      () => sign({ ...ofClient, tid: tenants.contoso.id, ver: "2.0" }),
      "issuer_mismatch",
    ],
    ["a token of Entra that the key for Entra signed", async () => sign(claimsOfEntra), "key_unknown"],
    [
      "a token of Entra that the key for the origin signed",
      () => sign(claimsOfEntra, ec, "ES256"),
      "algorithm_not_allowed",
    ],
  ])("refuses %s", async (_, make, reason) => {
    const assertion = await make();
    const { count } = (await fleet.ledger()).origin;
    const answer = await ask("/orders", { headers: [["Authorization", `Bearer ${assertion}`]] });
    expect([answer.status, JSON.parse(answer.body).title]).toEqual([401, "Unauthorized"]);
    expect(await fleet.lineOf(JSON.parse(answer.body).instance)).toMatchObject({ event: "refused", reason });
    expect((await fleet.ledger()).origin.count).toBe(count);
  });
});
