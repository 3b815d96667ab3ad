import { describe, expect, it } from "vitest";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { issuer } from "../../src/extensions/issuer/issuer.ts";
import { makeIssuerKey } from "../support/issuer-keys.ts";
import { type Ailment, examineAilment, ids } from "./support/ailing-gate.ts";

const ec = await makeIssuerKey("ES256");
const rsa = await makeIssuerKey("RS256");
const other = await makeIssuerKey("RS256");
const address = "https://api.contoso.example";
const base = `${address}/.well-known/entra-gate`;
const vars = {
  GATE_URL: address,
  GATE_ISSUER: address,
  GATE_SIGNING_KEY: ec.jwk,
  ORIGIN_ASSERTION: "jwt",
  ENTRA_CLIENT_ID: ids.api,
  ENTRA_CLIENT_KEY: rsa.jwk,
  ENTRA_CLIENT_FEDERATION: "gate",
};

/** Answers as a deployed gate does. */
const deployed =
  (keyOfClient = rsa) =>
  (url: URL) => {
    const found = /^\/\.well-known\/entra-gate\/(origin|client)\/(jwks\.json|\.well-known\/openid-configuration)$/.exec(
      url.pathname,
    );
    if (found === null) return undefined;
    const [, name, document] = found;
    const published = name === "origin" ? ec : keyOfClient;
    if (document === "jwks.json") return Response.json({ keys: [{ ...JSON.parse(published.publicJwk), kid: "k" }] });
    return Response.json({ issuer: `${base}/${name}`, jwks_uri: `${base}/${name}/jwks.json` });
  };

async function examineIssuers(ailment: Ailment = {}): Promise<readonly string[]> {
  const code = { options: { issuer: issuer(), downstream: downstream() } };
  const findings = await examineAilment({ code, answer: deployed(), ...ailment, vars: { ...vars, ...ailment.vars } });
  return findings.filter(({ area }) => area === "issuers").map(({ state, text, fix }) => `${state}: ${text} | ${fix}`);
}

describe("doctor", () => {
  it("finds the documents of both issuers, and says what to register", async () => {
    expect(await examineIssuers()).toEqual([
      `good: federated credential: issuer ${base}/client, subject ${ids.api}, audience api://AzureADTokenExchange | undefined`,
      `good: ${base}/origin publishes 1 key | undefined`,
      `good: ${base}/client publishes 1 key | undefined`,
    ]);
  });

  it.each<[string, Ailment, RegExp]>([
    [
      "no GATE_ISSUER",
      { vars: { GATE_ISSUER: undefined } },
      /^warning: GATE_ISSUER is missing.*GATE_ISSUER = "https:\/\/api/,
    ],
    [
      "a zone route that misses the documents",
      { top: { routes: '[{ pattern = "api.contoso.example/v1/*", zone_name = "contoso.example" }]' } },
      /^fault: no route of the zone covers api\.contoso\.example\/\.well-known\/entra-gate\/client\/jwks\.json/,
    ],
    [
      "a challenge page",
      { answer: () => new Response("<html>", { status: 403 }) },
      /^warning: the documents .* status 403.*firewall/,
    ],
    [
      "a page in place of JSON",
      { answer: (url) => (url.pathname.includes("entra-gate") ? new Response("<html>") : undefined) },
      /^warning: the documents/,
    ],
    [
      "a redirect",
      { answer: (url) => (url.pathname.includes("entra-gate") ? Response.redirect(address) : undefined) },
      /status 302/,
    ],
    [
      "documents of another issuer",
      { answer: (url) => (url.pathname.includes("entra-gate") ? Response.json({ issuer: "https://x" }) : undefined) },
      /^fault: .* describes another issuer/,
    ],
    ["a key that is not deployed", { answer: deployed(other) }, /^warning: .* does not have ENTRA_CLIENT_KEY/],
  ])("reports %s", async (_, ailment, says) => {
    const findings = await examineIssuers(ailment);
    expect(findings.filter((finding) => says.test(finding))).not.toEqual([]);
    expect(findings.join()).not.toContain(rsa.members.d as string);
  });

  it("says nothing about a gate without the option", async () => {
    const none = Object.fromEntries(Object.keys(vars).map((name) => [name, undefined]));
    expect(await examineIssuers({ vars: none, code: { options: {} } })).toEqual([]);
    expect(await examineIssuers({ vars: none, code: { options: { issuer: issuer() } } })).toEqual([
      "good: none has a key yet: npx entra-gate keygen makes one | undefined",
    ]);
  });
});
