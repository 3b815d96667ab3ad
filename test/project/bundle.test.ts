import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundleWorker } from "../../dev/bundle.ts";

/** What a visitor's first request waits for: read, decompressed and evaluated in every new isolate. */
const gzipBytesMaximum = 30 * 1024;

/** What a gate has no use for. Whatever brings it in has grown the bundle by accident. */
const forbidden = {
  "a schema library": /node_modules\/zod\//,
  MSAL: /node_modules\/@azure\//,
  certificates: /node_modules\/@peculiar\//,
  "a test or a development tool": /^(?:dev|test|bench|scripts)\//,
  "encryption of jose": /node_modules\/jose\/.*(?:jwe|content_encryption|key_management|deflate|pbes2|aesgcmkw|ecdhes)/,
  "signing of jose": /node_modules\/jose\/.*(?:\/sign|jws_sign|generate_|unsecured)/,
  "key sets of jose": /node_modules\/jose\/.*\/jwks?\//,
  "claims checks of jose": /node_modules\/jose\/.*(?:\/jwt\/|jwt_claims_set)/,
  "HTML of hono": /node_modules\/hono\/.*\/(?:jsx|html|css|ssg|streaming)\//,
  "other middleware of hono": /node_modules\/hono\/dist\/middleware\/(?!cors\/)/,
  "other helpers of hono": /node_modules\/hono\/dist\/helper\/(?!route\/)/,
  "adapters and clients of hono": /node_modules\/hono\/dist\/(?:adapter|client|validator)\//,
};

let bundle: Bundle;
/** Who has how many bytes of the bundle, the largest first. */
let shares: readonly string[];

beforeAll(async () => {
  bundle = await bundleWorker("src/worker.ts", { minify: true });
  shares = Object.entries(bundle.contributions)
    .sort(([, a], [, b]) => b - a)
    .map(([input, bytes]) => `${bytes} bytes of ${input}`);
});

describe("the gate's bundle", () => {
  it("is what the gate consists of", () => {
    const gate = Object.keys(bundle.contributions);
    expect(gate).toEqual(expect.arrayContaining(["src/gate.ts", "src/refusal.ts", "src/token/authenticator.ts"]));
    const known = Object.values(bundle.contributions).reduce((sum, bytes) => sum + bytes, 0);
    expect(known / bundle.bytes).toBeGreaterThan(0.95);
  });

  it(`is at most ${gzipBytesMaximum / 1024} KiB, compressed`, () => {
    const { byteLength } = gzipSync(bundle.code, { level: 9 });
    expect(byteLength, `the largest parts, uncompressed:\n${shares.slice(0, 10).join("\n")}`).toBeLessThanOrEqual(
      gzipBytesMaximum,
    );
  });

  it.each(Object.entries(forbidden))("has nothing of %s", (_, pattern) => {
    expect(shares.filter((share) => pattern.test(share.replace(/^\d+ bytes of /, "")))).toEqual([]);
  });

  it("needs no module of Node or of the platform", () => {
    expect(bundle.externals).toEqual([]);
  });
});
