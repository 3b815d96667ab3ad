import { base64url, importPKCS8, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { findNotAfterSeconds } from "../../entra/clients/certificate-validity.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { createCertificate } from "../../entra/server/certificate.ts";
import { api, tenants } from "../../entra/testing.ts";
import { createTestCertificate } from "../support/client-certificate.ts";
import { authority, contoso, createFlowWorld, type FlowWorld } from "./support/world.ts";

const clientId = "c11e0000-0000-4000-8000-0000000000cc";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const defaultScope = `${api.appIdUri}/.default`;
const startSeconds = Math.floor(Date.now() / 1_000);

let world: FlowWorld;
let privateKey: string;
let names: { readonly x5t: string; readonly "x5t#S256": string };

/** A certificate whose thumbprint differs in base64 and base64url. */
async function createDistinctCertificate(): Promise<Record<"certificate" | "key" | "sha1" | "thumbprint", string>> {
  const { pem, thumbprint } = await createTestCertificate();
  const [certificate = "", key = ""] = pem.split(/(?=-----BEGIN PRIVATE KEY-----)/);
  const der = Uint8Array.from(atob(certificate.replace(/-----[A-Z ]+-----|\s/g, "")), (char) => char.charCodeAt(0));
  const sha1 = base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-1", der)));
  return /[-_]/.test(sha1) ? { certificate, key, sha1, thumbprint } : createDistinctCertificate();
}

beforeAll(async () => {
  const { certificate, key, sha1, thumbprint } = await createDistinctCertificate();
  names = { x5t: sha1, "x5t#S256": thumbprint };
  privateKey = key;
  const apps = { certified: { clientId, certificates: [certificate] } };
  world = await createFlowWorld({ directory: createDirectory({ apps }) });
});

async function authenticate(alg: string, header: object, changes: object = {}, scope = defaultScope) {
  const now = world.nowSeconds;
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: `${contoso}/oauth2/v2.0/token`,
    jti: "j",
    nbf: now,
    exp: now + 300,
  };
  const signing = new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg, ...header });
  return present(await signing.sign(await importPKCS8(privateKey, alg)), scope);
}

/** @returns the first code of Entra's error */
async function present(assertion: string, scope = defaultScope) {
  const { body, status } = await world.post({
    grant_type: "client_credentials",
    client_id: clientId,
    client_assertion_type: assertionType,
    client_assertion: assertion,
    scope,
  });
  return status === 200 ? "token" : (body.error_codes as number[])[0];
}

describe("a client with a certificate of the directory", () => {
  it("signs with PS256 and the SHA-256 of the certificate, or with RS256 and its SHA-1", async () => {
    expect(await authenticate("PS256", { "x5t#S256": names["x5t#S256"] })).toBe("token");
    expect(await authenticate("RS256", { x5t: names.x5t })).toBe("token");
  });

  it.each<[string, () => object]>([
    ["padding", () => ({ x5t: `${names.x5t}=` })],
    ["padding, of SHA-256", () => ({ "x5t#S256": `${names["x5t#S256"]}=` })],
    ["the characters of base64", () => ({ x5t: `${names.x5t.replaceAll("-", "+").replaceAll("_", "/")}=` })],
    ["the name kid", () => ({ kid: names.x5t })],
    ["a kid of another kind beside it", () => ({ x5t: names.x5t, kid: "of another kind" })],
  ])("writes the thumbprint with %s", async (_, header) => {
    expect(await authenticate("RS256", header())).toBe("token");
  });

  it("omits `nbf`, and names the issuer as the audience, alone in a list too", async () => {
    const header = { x5t: names.x5t };
    expect(await authenticate("RS256", header, { nbf: undefined })).toBe("token");
    expect(await authenticate("RS256", header, { aud: `${contoso}/v2.0` })).toBe("token");
    expect(await authenticate("RS256", header, { aud: [`${contoso}/v2.0`] })).toBe("token");
  });

  it.each([`${defaultScope} openid offline_access profile`, `openid profile email offline_access ${defaultScope}`])(
    "requests %s, as MSAL for Go does",
    async (scope) => {
      expect(await authenticate("RS256", { x5t: names.x5t }, {}, scope)).toBe("token");
    },
  );

  it.each([
    ["openid offline_access profile", 1002012],
    [`${defaultScope} ${api.appIdUri}/access_as_user`, 1002012],
    [`${defaultScope} https://graph.microsoft.com/.default`, 1002012],
    [`${defaultScope} openid2`, 1002012],
  ])("requests no token for %s", async (scope, code) => {
    expect(await authenticate("RS256", { x5t: names.x5t }, {}, scope)).toBe(code);
  });

  it.each<[string, number, object | undefined, object]>([
    ["without a thumbprint", 700027, {}, {}],
    ["of another certificate", 700027, { x5t: "Zm9yZWlnbg" }, {}],
    ["whose kid is of another certificate", 700027, { kid: "Zm9yZWlnbg" }, {}],
    ["whose thumbprint is no text", 700027, { x5t: 1 }, {}],
    ["whose thumbprint is empty", 700027, { x5t: "==" }, {}],
    ["that has expired", 700024, undefined, { exp: startSeconds - 600 }],
    ["that is not valid yet", 700024, undefined, { nbf: startSeconds + 600, exp: startSeconds + 900 }],
    ["without `exp`", 700024, undefined, { exp: undefined }],
    ["without `jti`", 700027, undefined, { jti: undefined }],
    ["for another audience", 700023, undefined, { aud: "https://login.example/token" }],
    ["for the issuer of another tenant", 700023, undefined, { aud: `${authority}/${tenants.fabrikam.id}/v2.0` }],
    ["for two audiences", 5002741, undefined, { aud: [`${contoso}/v2.0`, `${contoso}/oauth2/v2.0/token`] }],
    ["of another subject", 700027, undefined, { sub: "another" }],
  ])("is refused with an assertion %s: AADSTS%d", async (_, code, header, changes) => {
    expect(await authenticate("RS256", header ?? { x5t: names.x5t }, changes)).toBe(code);
  });

  it.each(["RS384", "RS512", "PS384"])("is refused with the algorithm %s", async (alg) => {
    expect(await authenticate(alg, names)).toBe(700027);
  });

  it.each([
    ["whose header is not JSON", "bm90", "e30"],
    ["whose payload is not JSON", "e30", "bm90"],
    ["whose header is nested too deep", base64url.encode("[1,".repeat(8_000)), "e30"],
    ["whose payload is nested too deep", "e30", base64url.encode('{"a":'.repeat(8_000))],
  ])("is refused with an assertion %s", async (_, header, payload) => {
    expect(await present(`${header}.${payload}.AA`)).toBe(700027);
  });

  it("is refused after the end of the certificate", async () => {
    world.nowSeconds += 3_600;
    expect(await authenticate("RS256", { x5t: names.x5t })).toBe(1000502);
    world.nowSeconds -= 3_600;
  });
});

it.each([2_000_000_000, 2_600_000_000])("reads the end of a certificate's validity: %d", async (notAfterSeconds) => {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const der = await createCertificate({
    commonName: "client",
    ...pair,
    notBeforeSeconds: 1_700_000_000,
    notAfterSeconds,
  });
  expect(findNotAfterSeconds(der)).toBe(notAfterSeconds);
});
