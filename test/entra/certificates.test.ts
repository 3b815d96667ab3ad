import { base64url, type CryptoKey, importPKCS8, SignJWT } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { findNotAfterSeconds } from "../../entra/clients/certificate-validity.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { createCertificate } from "../../entra/server/certificate.ts";
import { api } from "../../entra/testing.ts";
import { createTestCertificate } from "../support/client-certificate.ts";
import { contoso, createFlowWorld, type FlowWorld } from "./support/world.ts";

const clientId = "c11e0000-0000-4000-8000-0000000000cc";
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const startSeconds = Math.floor(Date.now() / 1_000);

let world: FlowWorld;
let keys: Readonly<Record<"PS256" | "RS256", CryptoKey>>;
let names: { readonly x5t: string; readonly "x5t#S256": string };

beforeAll(async () => {
  const { pem, thumbprint } = await createTestCertificate();
  const [certificate = "", privateKey = ""] = pem.split(/(?=-----BEGIN PRIVATE KEY-----)/);
  const der = Uint8Array.from(atob(certificate.replace(/-----[A-Z ]+-----|\s/g, "")), (char) => char.charCodeAt(0));
  const sha1 = base64url.encode(new Uint8Array(await crypto.subtle.digest("SHA-1", der)));
  names = { x5t: sha1, "x5t#S256": thumbprint };
  keys = { PS256: await importPKCS8(privateKey, "PS256"), RS256: await importPKCS8(privateKey, "RS256") };
  const apps = { certified: { clientId, certificates: [certificate] } };
  world = await createFlowWorld({ directory: createDirectory({ apps }) });
});

async function authenticate(alg: "PS256" | "RS256", header: object, changes: object = {}) {
  const now = world.nowSeconds;
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: `${contoso}/oauth2/v2.0/token`,
    jti: "j",
    nbf: now,
    exp: now + 300,
  };
  return present(await new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg, ...header }).sign(keys[alg]));
}

/** @returns the first code of Entra's error */
async function present(assertion: string) {
  const { body, status } = await world.post({
    grant_type: "client_credentials",
    client_id: clientId,
    client_assertion_type: assertionType,
    client_assertion: assertion,
    scope: `${api.appIdUri}/.default`,
  });
  return status === 200 ? "token" : (body.error_codes as number[])[0];
}

describe("a client with a certificate of the directory", () => {
  it("signs with PS256 and the SHA-256 of the certificate, or with RS256 and its SHA-1", async () => {
    expect(await authenticate("PS256", { "x5t#S256": names["x5t#S256"] })).toBe("token");
    expect(await authenticate("RS256", { x5t: names.x5t })).toBe("token");
  });

  it.each<[string, object | undefined, object]>([
    ["without a thumbprint", {}, {}],
    ["of another certificate", { x5t: "Zm9yZWlnbg" }, {}],
    ["that has expired", undefined, { exp: startSeconds - 600 }],
    ["for another audience", undefined, { aud: "https://login.example/token" }],
    ["of another subject", undefined, { sub: "another" }],
  ])("is refused with an assertion %s", async (_, header, changes) => {
    expect(await authenticate("RS256", header ?? { x5t: names.x5t }, changes)).toBe(700027);
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
