import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { readCertificate } from "../../../src/extensions/downstream/certificate.ts";
import { signClientAssertion } from "../../../src/extensions/downstream/credential.ts";
import { createTestCertificate, type TestCertificate } from "../../support/client-certificate.ts";
import { frozenNowMs, frozenNowSeconds } from "../../support/io.ts";

const validity = { notBeforeSeconds: frozenNowSeconds - 10, notAfterSeconds: frozenNowSeconds + 10 };
let good: TestCertificate;
let other: TestCertificate;
let weak: TestCertificate;
beforeAll(async () => {
  [good, other, weak] = await Promise.all([
    createTestCertificate(validity),
    createTestCertificate(validity),
    createTestCertificate(validity, 1024),
  ]);
});

const certificateOf = (pem: string) => pem.split("-----BEGIN PRIVATE KEY")[0]!;
const keyOf = (pem: string) => pem.slice(certificateOf(pem).length);

describe("readCertificate", () => {
  it.each<[string, (pem: string) => string]>([
    ["unchanged", (pem) => pem],
    ["with the key first", (pem) => keyOf(pem) + certificateOf(pem)],
    ["with Windows line breaks", (pem) => pem.replaceAll("\n", "\r\n")],
    ["with its line breaks written out", (pem) => pem.replaceAll("\n", "\\n")],
    ["without line breaks", (pem) => pem.replaceAll("\n", "")],
    ["with text around it", (pem) => `Bag Attributes\n${pem}\nthe end`],
    ["followed by its chain", (pem) => `${pem}\n${certificateOf(other.pem)}`],
  ])("reads it %s", async (_, change) => {
    expect(await readCertificate(change(good.pem))).toMatchObject({
      ok: true,
      value: { ...validity, thumbprint: good.thumbprint },
    });
  });

  it("reads dates after 2049, which have another format", async () => {
    const long = { notBeforeSeconds: Date.UTC(1999, 0, 1) / 1_000, notAfterSeconds: Date.UTC(2061, 11, 31) / 1_000 };
    const { pem } = await createTestCertificate(long);
    expect(await readCertificate(pem)).toMatchObject({ ok: true, value: long });
  });

  it.each<[string, () => string, string]>([
    ["nothing", () => "", "has no PEM block CERTIFICATE"],
    ["a key alone", () => keyOf(good.pem), "has no PEM block CERTIFICATE"],
    ["a certificate alone", () => certificateOf(good.pem), "has no PEM block PRIVATE KEY"],
    [
      "a key in another format",
      () => good.pem.replaceAll("PRIVATE KEY", "RSA PRIVATE KEY"),
      "has no PEM block PRIVATE KEY",
    ],
    [
      "an encrypted key",
      () => good.pem.replaceAll("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
      "has no PEM block PRIVATE KEY",
    ],
    [
      "the key of another certificate",
      () => certificateOf(good.pem) + keyOf(other.pem),
      "has a private key that does not match the certificate",
    ],
    ["a weak key", () => weak.pem, "has a key of less than 2048 bits"],
    [
      "a damaged certificate",
      () => good.pem.replace(/(BEGIN CERTIFICATE-----\n).{64}/, `$1${"A".repeat(64)}`),
      "has an unreadable certificate",
    ],
    [
      "a damaged key",
      () => good.pem.replace(/(PRIVATE KEY-----\n).{64}/, `$1${"A".repeat(64)}`),
      "has no readable RSA key",
    ],
  ])("describes the fault of %s, without its content", async (_, make, problem) => {
    const read = await readCertificate(make());
    expect(read.ok ? "" : read.error).toContain(problem);
    expect(JSON.stringify(read)).not.toContain("MII");
  });
});

describe("signClientAssertion", () => {
  const endpoint = "https://login.microsoftonline.com/t/oauth2/v2.0/token";

  it("signs with PS256, and with the SHA-256 of the certificate, as Entra documents", async () => {
    const read = await readCertificate(good.pem);
    if (!read.ok) throw new Error(read.error);
    const assertion = await signClientAssertion(read.value, "client", endpoint, frozenNowMs + 999);
    expect(decodeProtectedHeader(assertion)).toEqual({ alg: "PS256", typ: "JWT", "x5t#S256": good.thumbprint });
    expect(decodeJwt(assertion)).toEqual({
      aud: endpoint,
      iss: "client",
      sub: "client",
      jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
      iat: frozenNowSeconds,
      nbf: frozenNowSeconds,
      exp: frozenNowSeconds + limits.clientAssertionSeconds,
    });
    const key = await importJWK(good.key, "PS256");
    await jwtVerify(assertion, key, { currentDate: new Date(frozenNowMs) });
    const again = await signClientAssertion(read.value, "client", endpoint, frozenNowMs);
    expect(decodeJwt(again).jti).not.toBe(decodeJwt(assertion).jti);
  });
});
