import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundleWorker } from "../../dev/bundle.ts";

/**
 * Every new isolate reads, decompresses and evaluates the bundle before its first request. A gate without routes, and
 * the deployed worker, whose routes are an App, had 30,710 and 42,570 bytes when they were measured.
 */
const gateBytesMaximum = 30 * 1024;
const workerBytesMaximum = 41.7 * 1024;
/** A gate whose routes have zod's schemas, and one that gets tokens for other APIs: zod and MSAL are the largest parts. */
const schemaBytesMaximum = 68 * 1024;
const downstreamBytesMaximum = 125 * 1024;
/**
 * The bytes that an App with one plain route adds to an equivalent Hono app. Strict parsing of forms takes 1.6 KiB of them,
 * and the readings of a path 1.3 KiB.
 */
const appBytesMaximum = 13.8 * 1024;

/** Modules that a gate does not need. A change that adds one makes the bundle larger by accident. */
const forbidden = {
  "a schema library": /node_modules\/zod\//,
  MSAL: /node_modules\/@azure\//,
  "the command line": /^src\/cli\/|node_modules\/(?:commander|smol-toml)\//,
  certificates: /node_modules\/@peculiar\//,
  "a test or a development tool": /^(?:dev|test|bench|scripts|src\/testing)\//,
  "encryption of jose": /node_modules\/jose\/.*(?:jwe|content_encryption|key_management|deflate|pbes2|aesgcmkw|ecdhes)/,
  "signing of jose": /node_modules\/jose\/.*(?:\/sign|jws_sign|generate_|unsecured)/,
  "key sets of jose": /node_modules\/jose\/.*\/jwks?\//,
  "claims checks of jose": /node_modules\/jose\/.*(?:\/jwt\/|jwt_claims_set)/,
  "OpenAPI and its page": /^src\/app\/openapi\//,
  "protected resources and MCP": /^src\/mcp\//,
  "HTML of hono": /node_modules\/hono\/.*\/(?:jsx|html|css|ssg|streaming)\//,
  "the app of hono": /node_modules\/hono\/dist\/(?:hono|hono-base|context|preset\/\w+)\.js/,
  "middleware and helpers of hono": /node_modules\/hono\/dist\/(?:middleware|helper)\//,
  "adapters and clients of hono": /node_modules\/hono\/dist\/(?:adapter|client|validator)\//,
};

let gate: Bundle;
let bundle: Bundle;
/** The inputs of the bundle with their bytes, the largest first. */
let shares: readonly string[];

beforeAll(async () => {
  gate = await bundleWorker("test/gates/alone.ts", { minify: true });
  bundle = await bundleWorker("src/worker.ts", { minify: true });
  shares = Object.entries(bundle.contributions)
    .sort(([, a], [, b]) => b - a)
    .map(([input, bytes]) => `${bytes} bytes of ${input}`);
});

function compress({ code }: Bundle): number {
  return gzipSync(code, { level: 9 }).byteLength;
}

describe("the gate's bundle", () => {
  it("contains what the gate consists of", () => {
    const inputs = Object.keys(bundle.contributions);
    expect(inputs).toEqual(expect.arrayContaining(["src/gate.ts", "src/refusal.ts", "src/token/authenticator.ts"]));
    const known = Object.values(bundle.contributions).reduce((sum, bytes) => sum + bytes, 0);
    expect(known / bundle.bytes).toBeGreaterThan(0.95);
  });

  it(`is at most ${gateBytesMaximum / 1024} KiB, compressed, without routes, and has nothing of an App`, () => {
    expect(compress(gate)).toBeLessThanOrEqual(gateBytesMaximum);
    expect(
      Object.keys(gate.contributions).filter((input) => /src\/app\/(?:app|pipeline|body)\.ts/.test(input)),
    ).toEqual([]);
  });

  it(`is at most ${workerBytesMaximum / 1024} KiB, compressed, with an App`, () => {
    expect(compress(bundle), `the largest parts, uncompressed:\n${shares.slice(0, 10).join("\n")}`).toBeLessThanOrEqual(
      workerBytesMaximum,
    );
  });

  it.each(Object.entries(forbidden))("does not contain %s", (_, pattern) => {
    expect(shares.filter((share) => pattern.test(share.replace(/^\d+ bytes of /, "")))).toEqual([]);
  });

  it("has OpenAPI and its page if they are on, and never Swagger UI", async () => {
    const documented = Object.keys((await bundleWorker("test/gates/documented.ts")).contributions);
    expect(documented).toEqual(expect.arrayContaining(["src/app/openapi/document.ts", "src/app/openapi/docs.ts"]));
    expect(documented.filter((input) => /node_modules\/.*(?:swagger|openapi|ajv)/.test(input))).toEqual([]);
  });

  it("does not contain hono with cors(…) alone", async () => {
    const inputs = Object.keys((await bundleWorker("test/gates/cors.ts")).contributions);
    expect(inputs).toContain("src/app/hooks/cors.ts");
    expect(inputs.filter((input) => /node_modules\/hono\//.test(input))).toEqual([]);
  });

  it("reads forms strictly and closes WebSockets only with origin()", async () => {
    const parts = /(?:declared-names|name-spelling|origin-reading|web-socket)\.ts$/;
    const forwarding = await bundleWorker("bench/workers/socket-gate.ts", { minify: true });
    expect(Object.keys(bundle.contributions).filter((input) => parts.test(input))).toEqual([]);
    expect(Object.keys(forwarding.contributions).filter((input) => parts.test(input))).toHaveLength(4);
  });

  it("imports no module of Node or of the platform", () => {
    expect(bundle.externals).toEqual([]);
  });
});

describe("an App without schemas", () => {
  it(`adds at most ${appBytesMaximum / 1024} KiB to Hono, compressed, and brings no helper that it does not use`, async () => {
    const app = await bundleWorker("bench/workers/app.ts", { minify: true });
    const hono = await bundleWorker("bench/workers/hono.ts", { minify: true });
    expect(compress(app) - compress(hono)).toBeLessThanOrEqual(appBytesMaximum);
    const unused = /(?:rate-limit|rate-store|secure-headers|hooks\/cors|request-id|gate|entra-plugin|keys\/)/;
    expect(Object.keys(app.contributions).filter((input) => unused.test(input))).toEqual([]);
  });
});

describe("a gate whose routes have schemas", () => {
  it(`is at most ${schemaBytesMaximum / 1024} KiB, compressed, with zod`, async () => {
    const schemas = await bundleWorker("bench/workers/gate-app-zod.ts", { minify: true });
    expect(Object.keys(schemas.contributions).some((input) => forbidden["a schema library"].test(input))).toBe(true);
    expect(compress(schemas)).toBeLessThanOrEqual(schemaBytesMaximum);
  });
});

describe("a gate that gets tokens for other APIs", () => {
  it(`is at most ${downstreamBytesMaximum / 1024} KiB, compressed`, async () => {
    const downstream = await bundleWorker("bench/workers/downstream.ts", { minify: true });
    expect(compress(downstream)).toBeLessThanOrEqual(downstreamBytesMaximum);
  });

  it("has MSAL in its bundle, and evaluates it only for the first token", async () => {
    const { code, contributions } = await bundleWorker("bench/workers/downstream.ts");
    expect(Object.keys(contributions).some((input) => forbidden.MSAL.test(input))).toBe(true);
    // A module that is imported dynamically is wrapped in a function; the gate itself is not.
    expect(code).toMatch(/\binit_ConfidentialClientApplication = __esm\(/);
    expect(code).not.toMatch(/\binit_gate = __esm\(/);
  });
});
