// Runtimes: workerd, deno
import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";
import { readHeader } from "../../../support/http.ts";
import { present } from "../../../support/rows.ts";

const fleet = await startFleetOf({
  app: { entry: "test/gates/secured.ts", adapter: true },
  options: { entry: "test/gates/options.ts", adapter: true },
});
afterAll(() => fleet.stop());

const forApis = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-frame-options": "DENY",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "strict-transport-security": "max-age=15552000; includeSubDomains",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-xss-protection": "0",
  "origin-agent-cluster": "?1",
  "x-dns-prefetch-control": "off",
  "x-download-options": "noopen",
  "x-permitted-cross-domain-policies": "none",
};

describe("secureHeaders", () => {
  it.each([
    ["/guarded", 401],
    ["/error", 409],
    ["/nowhere", 404],
    ["/openapi.json", 200],
  ])("has the headers for an API on %s", async (path, status) => {
    const answer = await fleet.send("app", { path });
    expect(answer.status).toBe(status);
    for (const [name, value] of Object.entries(forApis)) expect(readHeader(answer, name), name).toEqual([value]);
  });

  it("has them on a response for one caller", async () => {
    const answer = await fleet.send("app", await present(fleet, "app", {}, "/guarded"));
    expect(answer.status).toBe(200);
    for (const [name, value] of Object.entries(forApis)) expect(readHeader(answer, name), name).toEqual([value]);
  });

  it("replaces no header of the answer, and removes X-Powered-By", async () => {
    const answer = await fleet.send("app", { path: "/own" });
    expect(readHeader(answer, "content-security-policy")).toEqual(["default-src 'self'"]);
    expect(readHeader(answer, "x-frame-options")).toEqual(["SAMEORIGIN"]);
    expect(readHeader(answer, "permissions-policy")).toEqual(["camera=(self)"]);
    expect(readHeader(answer, "referrer-policy")).toEqual(["origin"]);
    expect(readHeader(answer, "x-content-type-options")).toEqual(["nosniff"]);
    expect(readHeader(answer, "x-powered-by")).toEqual([]);
  });

  it("keeps the documentation page's own policy, and its sign-in window", async () => {
    const answer = await fleet.send("app", { path: "/docs" });
    expect(readHeader(answer, "content-security-policy").join()).toContain("script-src 'self'");
    expect(readHeader(answer, "cross-origin-opener-policy")).toEqual(["unsafe-none"]);
    expect(readHeader(answer, "x-frame-options")).toEqual(["DENY"]);
  });

  it("replaces no header from the handler or an outer hook", async () => {
    const answer = await fleet.send("app", { path: "/beside" });
    expect(readHeader(answer, "x-frame-options")).toEqual(["SAMEORIGIN"]);
    expect(readHeader(answer, "content-security-policy")).toEqual([forApis["content-security-policy"]]);
  });
});

it("requestId uses the configured header", async () => {
  const answer = await fleet.send("app", { path: "/error" });
  expect(readHeader(answer, "x-correlation-id")).toEqual([JSON.parse(answer.body).instance.replace("urn:uuid:", "")]);
  expect(readHeader(answer, "x-request-id")).toEqual([]);
});

/** A helper, invalid options, and the text of its TypeError. */
const refused: readonly (readonly [helper: string, options: unknown, named: string])[] = [
  ["secureHeaders", { misspelt: true }, '"misspelt"'],
  ["secureHeaders", { xFrameOptions: "DENY" }, '"xFrameOptions"'],
  ["secureHeaders", { reportingEndpoints: {} }, '"reportingEndpoints"'],
  ["secureHeaders", { reportTo: "csp" }, '"reportTo"'],
  ["secureHeaders", { frameOptions: "deny" }, "frameOptions must be"],
  ["secureHeaders", { frameOptions: true }, "frameOptions must be"],
  [
    "secureHeaders",
    { contentSecurityPolicy: { directives: { "default-src": "'self'" } } },
    "contentSecurityPolicy must be",
  ],
  ["secureHeaders", { contentSecurityPolicy: "" }, "contentSecurityPolicy must be"],
  [
    "secureHeaders",
    { contentSecurityPolicy: "default-src 'self'\r\nset-cookie: a=b" },
    "contentSecurityPolicy must be",
  ],
  ["secureHeaders", { contentSecurityPolicy: null }, "contentSecurityPolicy must be"],
  ["secureHeaders", { permissionsPolicy: { camera: [] } }, "permissionsPolicy must be"],
  ["secureHeaders", { referrerPolicy: "no-refferer" }, "referrerPolicy must be"],
  ["secureHeaders", { hsts: true }, "hsts must be"],
  ["secureHeaders", { hsts: { maxAge: 60 } }, '"hsts.maxAge"'],
  ["secureHeaders", { hsts: { maxAgeSeconds: "60" } }, "hsts must be"],
  ["secureHeaders", { hsts: { maxAgeSeconds: -1 } }, "hsts must be"],
  ["secureHeaders", { hsts: { includeSubDomains: true } }, "hsts must be"],
  ["secureHeaders", { hsts: { maxAgeSeconds: 60, preload: "yes" } }, "hsts must be"],
  ["secureHeaders", { noSniff: "nosniff" }, "noSniff must be"],
  ["secureHeaders", [], "secureHeaders: options must be an object with"],
  ["secureHeaders", null, "secureHeaders: options must be an object with"],
  ["secureHeaders", "hsts", "secureHeaders: options must be an object with"],
  ["requestId", { misspelt: true }, '"misspelt"'],
  ["requestId", { trustIncoming: true }, '"trustIncoming"'],
  ["requestId", { generator: "x" }, '"generator"'],
  ["requestId", { header: "" }, "header must be"],
  ["requestId", { header: "x id" }, "header must be"],
  ["requestId", { header: 7 }, "header must be"],
  ["requestId", null, "requestId: options must be an object with"],
  ["cors", { origin: 7 }, "origin must be"],
  ["cors", {}, "origin must be"],
  ["cors", { origin: [7] }, "must look like"],
  ["cors", { origin: [], methods: "GET" }, "methods must be"],
  ["cors", { origin: [], methods: ["get"] }, "methods must be"],
  ["cors", { origin: [], methods: ["*"] }, "methods must be"],
  ["cors", { origin: [], allowedHeaders: [] }, "allowedHeaders must be"],
  ["cors", { origin: [], allowedHeaders: "authorization" }, "allowedHeaders must be"],
  ["cors", { origin: [], exposedHeaders: ["x a"] }, "exposedHeaders must be"],
  ["cors", { origin: [], maxAgeSeconds: "600" }, "maxAgeSeconds must be"],
  ["cors", { origin: [], maxAgeSeconds: -1 }, "maxAgeSeconds must be"],
  ["cors", { origin: [], credentials: true }, '"credentials"'],
  ["cors", null, "cors: options must be an object with"],
  ["rateLimit", { windowMs: 60_000, max: 1, keyGenerator: "x" }, '"keyGenerator"'],
  ["rateLimit", null, "rateLimit: options must be an object with"],
  ["openapi", { paths: "/x" }, '"paths"'],
  ["openapi", null, "openapi: options must be an object with"],
  ["docs", null, "docs: options must be an object with"],
  ["timeout", "50", "timeout must be"],
];

const taken: readonly (readonly [helper: string, options: unknown])[] = [
  ["secureHeaders", {}],
  [
    "secureHeaders",
    { contentSecurityPolicy: "default-src 'self'", frameOptions: "SAMEORIGIN", permissionsPolicy: "camera=()" },
  ],
  ["secureHeaders", { hsts: { maxAgeSeconds: 31_536_000, includeSubDomains: true, preload: true }, noSniff: true }],
  ["secureHeaders", { hsts: false, frameOptions: false, contentSecurityPolicy: false, referrerPolicy: false }],
  ["secureHeaders", { crossOriginOpenerPolicy: false, crossOriginResourcePolicy: false, xssProtection: false }],
  ["secureHeaders", { crossOriginEmbedderPolicy: "require-corp", referrerPolicy: "origin" }],
  ["requestId", {}],
  ["requestId", { header: "X-Correlation-Id" }],
  ["cors", { origin: "https://app.contoso.example", methods: ["GET"], allowedHeaders: ["x-a"], maxAgeSeconds: 0 }],
];

describe("a helper", () => {
  const call = async (helper: string, options: unknown) => {
    const headers = [["Content-Type", "application/json"]] as const;
    const body = JSON.stringify({ helper, options });
    return JSON.parse((await fleet.send("options", { method: "POST", path: "/", headers, body })).body);
  };

  it.each(refused)("%s refuses %j, and says why: %s", async (helper, options, named) => {
    expect(await call(helper, options)).toEqual(["TypeError", expect.stringContaining(named)]);
  });

  it.each(taken)("%s accepts %j", async (helper, options) => {
    expect(await call(helper, options)).toBe("taken");
  });
});
