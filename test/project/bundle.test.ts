import { beforeAll, describe, expect, it } from "vitest";
import { readLibrary } from "../../tools/package/library.ts";
import { bundles, findSizeFault, measureBundle, packageName, readSizes } from "../../tools/sizes/measure.ts";
import { type Bundle, bundleWorker } from "../support/bundle.ts";

/** Modules that a gate does not need. A change that adds one makes the bundle larger by accident. */
const forbidden = {
  "a schema library": /node_modules\/zod\//,
  MSAL: /node_modules\/@azure\//,
  "the command line": /^cli\/|node_modules\/(?:commander|smol-toml)\//,
  "a test or a development tool": /^(?:cli|entra|test|lab|tools)\//,
  "encryption of jose": /node_modules\/jose\/.*(?:jwe|content_encryption|key_management|deflate)/,
  "signing of jose": /node_modules\/jose\/.*(?:\/sign|jws_sign|generate_|unsecured)/,
  "key sets of jose": /node_modules\/jose\/.*\/jwks?\//,
  "claims checks of jose": /node_modules\/jose\/.*(?:\/jwt\/|jwt_claims_set)/,
  "an extension": /^src\/extensions\//,
  "the verifier of an origin": /^src\/origin\//,
  "keys of the gate's own": /^src\/base\/common\/digest\.ts$|^src\/core\/config\/pem\.ts$/,
  "HTML of hono": /node_modules\/hono\/.*\/(?:jsx|html|css|ssg|streaming)\//,
  "the app of hono": /node_modules\/hono\/dist\/(?:hono|hono-base|context|preset\/\w+)\.js/,
  "middleware and helpers of hono": /node_modules\/hono\/dist\/(?:middleware|helper)\//,
  "adapters and clients of hono": /node_modules\/hono\/dist\/(?:adapter|client|validator)\//,
};

let library: ReadonlyMap<string, string>;
let gate: Bundle;
let bundle: Bundle;
/** The inputs of the bundle with their bytes, the largest first. */
let shares: readonly string[];

beforeAll(async () => {
  library = await readLibrary();
  gate = await bundleWorker("test/gates/alone.ts", { minify: true });
  bundle = await bundleWorker("src/worker.ts", { minify: true });
  shares = Object.entries(bundle.contributions)
    .sort(([, a], [, b]) => b - a)
    .map(([input, bytes]) => `${bytes} bytes of ${input}`);
});

describe("sizes of bundles", () => {
  it.each(Object.entries(bundles))("%s is at most its committed size and its limit", async (name, { maximumKiB }) => {
    expect(findSizeFault(name, await measureBundle(name, library), maximumKiB)).toBeUndefined();
  });

  it("has no committed size of a bundle that is gone", () => {
    expect(Object.keys(readSizes())).toEqual([...Object.keys(bundles), packageName]);
  });

  it("reports growth of more than 2 %, a missing size, and a size above the hard limit", () => {
    expect(findSizeFault("a", 1_020, 40, 1_000)).toBeUndefined();
    expect(findSizeFault("a", 1_021, 40, 1_000)).toContain("a grew by 2.1 %, from 1000 to 1021 bytes");
    expect(findSizeFault("a", 41 * 1024, 40, 41 * 1024)).toContain("above the hard limit of 40 KiB");
    expect(findSizeFault("a", 1_000, 40, undefined)).toContain("no committed size");
  });
});

describe("the gate's bundle", () => {
  it("contains what the gate consists of", () => {
    const inputs = Object.keys(bundle.contributions);
    expect(inputs).toEqual(
      expect.arrayContaining(["src/gate.ts", "src/base/common/refusal.ts", "src/core/token/authenticator.ts"]),
    );
    const known = Object.values(bundle.contributions).reduce((sum, bytes) => sum + bytes, 0);
    expect(known / bundle.bytes).toBeGreaterThan(0.95);
  });

  it("has nothing of an App without routes", () => {
    const ofApp = /^src\/app\/(?:app\.ts$|(?:build|hooks|request|routing|types)\/)/;
    expect(Object.keys(gate.contributions).filter((input) => ofApp.test(input))).toEqual([]);
    expect(Object.keys(bundle.contributions).filter((input) => ofApp.test(input))).not.toEqual([]);
  });

  it.each(Object.entries(forbidden))("does not contain %s", (_, pattern) => {
    expect(shares.filter((share) => pattern.test(share.replace(/^\d+ bytes of /, "")))).toEqual([]);
  });

  it("has OpenAPI and its page if they are on, and never Swagger UI", async () => {
    const documented = Object.keys((await bundleWorker("test/gates/documented.ts")).contributions);
    expect(documented).toEqual(
      expect.arrayContaining(["src/extensions/openapi/document.ts", "src/extensions/openapi/docs.ts"]),
    );
    expect(documented.filter((input) => /node_modules\/.*(?:swagger|openapi)/.test(input))).toEqual([]);
  });

  it("does not contain hono with cors(…) alone", async () => {
    const inputs = Object.keys((await bundleWorker("test/gates/cors.ts")).contributions);
    expect(inputs).toContain("src/app/hooks/cors.ts");
    expect(inputs.filter((input) => /node_modules\/hono\//.test(input))).toEqual([]);
  });

  it("reads forms strictly and closes WebSockets only with origin()", async () => {
    const parts = /(?:declared-names|name-spelling|origin-reading|web-socket)\.ts$/;
    const { contributions } = await bundleWorker("test/gates/forwarding.ts", { minify: true });
    expect(Object.keys(contributions).filter((input) => parts.test(input))).toEqual([]);
    expect(Object.keys(bundle.contributions).filter((input) => parts.test(input))).toHaveLength(4);
  });

  it("contains of the local Entra only a client, with the sample MCP server", async () => {
    const inputs = Object.keys((await bundleWorker("cli/dev/mcp/worker.ts", { minify: true })).contributions);
    expect(inputs.filter((input) => input.startsWith("entra/"))).toEqual(["entra/directory/mcp-client.ts"]);
  });

  it("imports no module of Node or of the platform", () => {
    expect(bundle.externals).toEqual([]);
  });
});

describe("an App without schemas", () => {
  it("brings no helper that it does not use", async () => {
    const app = await bundleWorker("lab/workers/app.ts", { minify: true });
    const unused = /(?:rate-limit|rate-store|secure-headers|hooks\/cors|request-id|\/gate|entra-plugin|keys\/)/;
    expect(Object.keys(app.contributions).filter((input) => unused.test(input))).toEqual([]);
  });
});

describe("a gate that gets tokens for other APIs", () => {
  it("has MSAL in its bundle, and evaluates it only for the first token", async () => {
    const { code, contributions } = await bundleWorker("lab/workers/downstream.ts");
    expect(Object.keys(contributions).some((input) => forbidden.MSAL.test(input))).toBe(true);
    // A module that is imported dynamically is wrapped in a function; the gate itself is not.
    expect(code).toMatch(/\binit_ConfidentialClientApplication = __esm\(/);
    expect(code).not.toMatch(/\binit_gate = __esm\(/);
  });
});
