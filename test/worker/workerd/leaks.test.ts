import { afterAll, describe, expect, it } from "vitest";
import { startFleet } from "../../support/fleet.ts";
import type { HeaderField, HttpAnswer, HttpRequest } from "../../support/http.ts";
import { listSecrets } from "../../support/refusal.ts";

const fleet = await startFleet("delegated", "routes");
afterAll(() => fleet.stop());

const forge = await fleet.forge("delegated");
const { own, ownHeader, header, claims } = forge;
const injected = '\r\n{"event":"refused","id":"forged"}\n\u001b[2Jforged\u2028forged';

/** All sent text, which the last test searches for in the log. */
const sent: HttpRequest[] = [];
/** Reasons in the log, in order. */
const reasons: unknown[] = [];

function withToken(token: string, path = "/orders"): HttpRequest {
  return { path, headers: [["Authorization", `Bearer ${token}`]] };
}

const withHeader = (...headers: readonly HeaderField[]): HttpRequest => ({ headers });

/** The whole response without its ID. Two responses of a class must not differ. */
async function describeAnswer(gate: "delegated" | "routes", request: HttpRequest): Promise<string> {
  sent.push(request);
  const answer: HttpAnswer = await fleet.send(gate, request);
  const { instance } = JSON.parse(answer.body);
  reasons.push((await fleet.lineOf(instance)).reason);
  return JSON.stringify({ ...answer, body: answer.body.replace(instance, "(id)"), length: answer.body.length });
}

const v1 = { ver: "1.0", iss: `https://sts.windows.net/${claims.tid}/` };
const refusedTokens: readonly (readonly [reason: string, token: string | Promise<string>])[] = [
  ["token_too_large", "a".repeat(40_000)],
  ["token_not_compact", "a.b"],
  ["token_encrypted", "a.b.c.d.e"],
  ["token_not_base64url", `${forge.token}=`],
  ["token_not_json", own.sign(ownHeader, "[]")],
  ["algorithm_not_allowed", own.sign({ ...ownHeader, alg: "none" }, claims)],
  ["type_not_jwt", own.sign({ ...ownHeader, typ: injected }, claims)],
  ["kid_invalid", own.sign({ ...ownHeader, kid: "" }, claims)],
  ["header_not_allowed", own.sign({ ...ownHeader, jku: `https://evil.example/${injected}` }, claims)],
  ["graph_token", own.sign({ ...ownHeader, nonce: "n" }, claims)],
  ["tenant_invalid", own.sign(ownHeader, { ...claims, tid: injected })],
  ["tenant_ambiguous", own.sign(ownHeader, { ...claims, TID: claims.tid })],
  ["issuer_mismatch", own.sign(ownHeader, { ...claims, iss: injected })],
  ["version_mismatch", own.sign(ownHeader, { ...claims, ver: injected })],
  ["issuer_mismatch", own.sign(ownHeader, { ...claims, ...v1 })],
  ["tenant_not_allowed", forge.issue({ persona: "outsider" })],
  ["audience_mismatch", own.sign(ownHeader, { ...claims, aud: injected })],
  ["time_invalid", own.sign(ownHeader, { ...claims, exp: injected })],
  ["times_out_of_order", own.sign(ownHeader, { ...claims, exp: claims.nbf })],
  ["lifetime_too_long", own.sign(ownHeader, { ...claims, exp: (claims.exp as number) + 1_000_000 })],
  ["expired", own.sign(ownHeader, { ...claims, exp: 3, nbf: 2, iat: 1 })],
  ["not_yet_valid", own.sign(ownHeader, { ...claims, exp: 4e9 + 2, nbf: 4e9, iat: 4e9 })],
  ["claim_invalid", own.sign(ownHeader, { ...claims, azp: injected })],
  ["id_token", own.sign(ownHeader, { ...claims, nonce: injected })],
  ["bound_token", own.sign(ownHeader, { ...claims, cnf: { jkt: injected } })],
  ["kind_unknown", own.sign(ownHeader, { ...claims, scp: undefined })],
  ["key_unknown", own.sign({ ...ownHeader, kid: `no-such-key${injected}`.slice(0, 128) }, claims)],
  ["key_issuer_mismatch", forge.issue({ key: "msa" })],
  ["signature_invalid", own.sign(header, claims)],
];

describe("answers of one class are identical", () => {
  it("refused tokens, for every fault", { tags: "refusal-class" }, async () => {
    const answers = new Map<string, string>();
    for (const [reason, token] of refusedTokens) {
      const text = await describeAnswer("delegated", withToken(await token));
      if (!answers.has(text)) answers.set(text, reason);
    }
    expect([...answers.values()]).toEqual(["token_too_large"]);
    expect([...answers.keys()][0]).toContain('"status":401');
    expect(reasons).toEqual(refusedTokens.map(([reason]) => reason));
  });

  it("missing credentials", async () => {
    const requests = [{}, withHeader(["Authorization", "Basic eDp5"]), { path: `/orders?access_token=${forge.token}` }];
    const answers = await Promise.all(requests.map((request) => describeAnswer("delegated", request)));
    expect(new Set(answers).size).toBe(1);
  });

  it("malformed credentials", async () => {
    const values = ["Bearer", `Bearer ${forge.token} ${forge.token}`, `Bearer ${forge.token}, Bearer x`, 'Bearer "x"'];
    const answers = await Promise.all(
      values.map((value) => describeAnswer("delegated", withHeader(["Authorization", value]))),
    );
    expect(new Set(answers).size).toBe(1);
  });

  it("tokens without permission, except for the scopes of the route", async () => {
    const wrong = [{ scopes: ["orders.read"] }, { client: "daemon" }] as const;
    const tokens = await Promise.all(wrong.map((options) => forge.issue(options)));
    const answers = await Promise.all(tokens.map((token) => describeAnswer("routes", withToken(token, "/scope"))));
    expect(new Set(answers).size).toBe(1);
  });

  it("missing paths and ambiguous paths", async () => {
    const paths = ["/nowhere", "/scope/", "/SCOPE", "/a//b", "/%00", "/..%2f", `/${encodeURIComponent(injected)}`];
    const answers = await Promise.all(paths.map((path) => describeAnswer("routes", withToken(forge.token, path))));
    expect(new Set(answers).size).toBe(1);
  });

  it("refused tokens on every path, so that no caller learns which paths exist", {
    tags: "refusal-class",
  }, async () => {
    const paths = ["/scope", "/app", "/nowhere", "/scope/", "/SCOPE"];
    const token = forge.token.slice(0, -4);
    const answers = await Promise.all(paths.map((path) => describeAnswer("routes", withToken(token, path))));
    expect(new Set(answers).size).toBe(1);
  });
});

describe("the log", () => {
  it("has exactly one line for each of these requests", () => {
    const refused = fleet.lines.filter(({ event }) => event === "refused");
    expect(sent.length).toBeGreaterThan(40);
    expect(refused.length).toBe(sent.length);
    expect(new Set(refused.map(({ id }) => id)).size).toBe(sent.length);
  });

  it("contains no token, and of its content only the verified caller", { tags: "log-texts" }, () => {
    const log = fleet.lines.map((line) => JSON.stringify(line)).join("\n");
    const known = JSON.stringify(fleet.lines.map(({ tenant, client, scopes }) => [tenant, client, scopes]));
    // Names that the log gets from the authority, although tokens contain them too.
    const own = JSON.stringify(fleet.lines.filter(({ event }) => event === "keys"));
    const secrets = new Set(sent.flatMap((request) => listSecrets(request)));
    expect(secrets.size).toBeGreaterThan(80);
    const said = [...secrets].filter(
      (secret) => log.includes(secret) && !known.includes(secret) && !own.includes(secret),
    );
    expect(said).toEqual([]);
  });

  it("cannot be forged, because it contains no text that a caller sent", { tags: "log-texts" }, () => {
    for (const line of fleet.lines) {
      const text = JSON.stringify(line);
      expect(text).not.toContain("forged");
      expect(text).not.toMatch(/\\[nru]|[\u007f-\uffff]/);
      expect(["refused", "keys"]).toContain(line.event);
    }
  });
});
