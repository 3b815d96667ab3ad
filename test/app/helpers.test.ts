import { describe, expect, it } from "vitest";
import { NotFoundError } from "../../src/app/errors/errors.ts";
import { type CorsOptions, cors } from "../../src/app/hooks/cors.ts";
import { requestId } from "../../src/app/hooks/request-id.ts";
import { type SecureHeadersOptions, secureHeaders } from "../../src/app/hooks/secure-headers.ts";
import { timeout } from "../../src/app/hooks/timeout.ts";
import { deriveOperationId } from "../../src/app/operation-id.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import { caller, createAppWorld } from "../support/app-world.ts";
import { settle } from "../support/io.ts";

const ok = () => ({ status: 200, body: "ok" });

describe("secureHeaders", () => {
  it("adds headers to every answer, errors and refusals included", async () => {
    const world = createAppWorld((app) => {
      app.use(secureHeaders());
      app.get("/a", { public: true }, ok);
      app.get("/guarded", { middleware: [requireAuth("a")] }, ok);
      app.get("/error", { public: true }, () => Promise.reject(new Error("x")));
    });
    for (const [path, status] of [
      ["/a", 200],
      ["/guarded", 401],
      ["/error", 500],
      ["/else", 404],
    ] as const) {
      const { status: answered, headers } = await world.ask(path);
      expect([answered, headers.get("x-content-type-options"), headers.get("referrer-policy")]).toEqual([
        status,
        "nosniff",
        "no-referrer",
      ]);
    }
    expect(await (await world.ask("/a")).json()).toBe("ok");
  });

  const headersOf = async (options: SecureHeadersOptions) => {
    const world = createAppWorld((app) => app.use(secureHeaders(options)).get("/a", { public: true }, ok));
    return (await world.ask("/a")).headers;
  };

  it.each<readonly [SecureHeadersOptions, string, string | null]>([
    [{ contentSecurityPolicy: "sandbox" }, "content-security-policy", "sandbox"],
    [{ contentSecurityPolicy: false }, "content-security-policy", null],
    [{ frameOptions: "SAMEORIGIN" }, "x-frame-options", "SAMEORIGIN"],
    [{ frameOptions: false }, "x-frame-options", null],
    [{ permissionsPolicy: "camera=()" }, "permissions-policy", "camera=()"],
    [{ hsts: { maxAgeSeconds: 0 } }, "strict-transport-security", "max-age=0"],
    [
      { hsts: { maxAgeSeconds: 60, includeSubDomains: true, preload: true } },
      "strict-transport-security",
      "max-age=60; includeSubDomains; preload",
    ],
    [{ hsts: false }, "strict-transport-security", null],
    [{ referrerPolicy: "unsafe-url" }, "referrer-policy", "unsafe-url"],
    [{ crossOriginOpenerPolicy: "unsafe-none" }, "cross-origin-opener-policy", "unsafe-none"],
    [{ crossOriginResourcePolicy: "cross-origin" }, "cross-origin-resource-policy", "cross-origin"],
    [{}, "cross-origin-embedder-policy", null],
    [{ crossOriginEmbedderPolicy: "credentialless" }, "cross-origin-embedder-policy", "credentialless"],
    [{ noSniff: true }, "x-content-type-options", "nosniff"],
    [{ noSniff: false }, "x-content-type-options", null],
    [{ xssProtection: false }, "x-xss-protection", null],
    [{ originAgentCluster: false }, "origin-agent-cluster", null],
    [{ dnsPrefetchControl: false }, "x-dns-prefetch-control", null],
    [{ downloadOptions: false }, "x-download-options", null],
    [{ permittedCrossDomainPolicies: false }, "x-permitted-cross-domain-policies", null],
  ])("changes what %j configures, and nothing else", async (options, name, value) => {
    const chosen = Object.fromEntries(await headersOf(options));
    expect(chosen[name] ?? null).toBe(value);
    expect({ ...chosen, [name]: undefined }).toEqual({
      ...Object.fromEntries(await headersOf({})),
      [name]: undefined,
    });
  });

  it("refuses an option that is undefined, or that the object inherits", () => {
    expect(() => secureHeaders({ hsts: undefined } as never)).toThrow("hsts is undefined");
    const inherited = Object.create({ frameOptions: false });
    expect(() => secureHeaders(inherited)).toThrow("frameOptions must be an own enumerable property");
  });
});

describe("cors", () => {
  const origin = "https://app.contoso.example";
  const world = createAppWorld((app) => {
    app.use(
      cors({ origin: [origin], exposedHeaders: ["x-a"], allowedHeaders: ["x-b"], methods: ["GET"], maxAgeSeconds: 60 }),
    );
    app.get("/a", { middleware: [requireAuth("a")] }, ok);
  });

  it("allows browsers to read responses, including refusals, and only the declared headers", async () => {
    for (const headers of [{ origin }, { origin, ...caller("a").headers }]) {
      const answer = await world.ask("/a", { headers });
      expect(answer.headers.get("access-control-allow-origin")).toBe(origin);
      expect(answer.headers.get("access-control-expose-headers")).toBe("www-authenticate,retry-after,x-a");
    }
    const other = await world.ask("/a", { headers: { origin: "https://evil.example" } });
    expect(other.headers.has("access-control-allow-origin")).toBe(false);
  });

  it("answers preflights as configured", async () => {
    const headers = { origin, "access-control-request-method": "GET" };
    const answer = await world.ask("/a", { method: "OPTIONS", headers });
    expect([answer.status, answer.headers.get("access-control-max-age")]).toEqual([204, "60"]);
    expect(answer.headers.get("access-control-allow-headers")).toBe("x-b");
    expect(answer.headers.get("access-control-allow-methods")).toBe("GET");
  });

  it.each([
    [{ origin: "*" }, 'cors: origin "*" must look like https://app.contoso.com'],
    [{ origin: ["https://a.example/"] }, 'cors: origin "https://a.example/" must look like'],
    [{ origins: ["https://a.example"] }, 'cors: unknown option "origins"'],
    [{ origin: "https://a.example", credentials: true }, 'cors: unknown option "credentials"'],
    [{ origin: undefined }, "origin is undefined"],
  ])("refuses unknown options: %j", (options, problem) => {
    expect(() => cors(options as CorsOptions)).toThrow(problem);
  });
});

describe("requestId", () => {
  it("puts one ID into state, answer, problem and log, and never the client's", async () => {
    const world = createAppWorld((app) => {
      app.use(requestId());
      app.get("/a", { public: true }, ({ state }) => ({ status: 200, body: state.requestId }));
      app.get("/error", { public: true }, () => Promise.reject(new NotFoundError()));
    });
    const answer = await world.ask("/a", { headers: { "x-request-id": "forged" } });
    const id = answer.headers.get("x-request-id");
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await answer.json()).toBe(id);
    const error = await world.ask("/error");
    const other = error.headers.get("x-request-id");
    expect(other).not.toBe(id);
    expect(await error.json()).toMatchObject({ instance: `urn:uuid:${other}` });
    expect(world.refusals()).toMatchObject([{ id: other }]);
  });
});

describe("timeout", () => {
  it("answers for a late handler, and does not affect a handler in time", async () => {
    let release = () => {};
    const world = createAppWorld((app) => {
      app.use(timeout(1_000));
      app.get(
        "/a",
        { public: true, hooks: timeout(50) },
        () =>
          new Promise((resolve) => {
            release = () => resolve({ status: 200 });
          }),
      );
      app.get("/quick", { public: true }, ok);
    });
    const late = world.ask("/a");
    await settle();
    await world.io.advance(49);
    expect(world.io.timers()).toBe(1);
    await world.io.advance(1);
    const answer = await late;
    expect([answer.status, (await answer.json<{ detail: string }>()).detail]).toEqual([
      408,
      "The request took longer than 50 ms.",
    ]);
    const inTime = world.ask("/a");
    await settle();
    release();
    expect((await inTime).status).toBe(200);
    expect((await world.ask("/quick")).status).toBe(200);
    expect(world.io.timers()).toBe(0);
  });

  it.each([0, -1, 1.5, 600_001, Number.NaN, "50", undefined])("refuses %j", (milliseconds) => {
    expect(() => timeout(milliseconds as number)).toThrow(
      new TypeError("timeout must be whole milliseconds from 1 to 600000"),
    );
  });
});

it.each([
  ["GET", "/", "getRoot"],
  ["GET", "/books/:bookId", "getBooksByBookId"],
  ["POST", "/book-items/:itemId", "postBookItemsByItemId"],
  ["DELETE", "/files/*", "deleteFilesAny"],
])("the operationId of %s %s is %s", (method, path, operationId) => {
  expect(deriveOperationId(method, path)).toBe(operationId);
});
