import { describe, expect, it } from "vitest";
import { describeFault } from "../../../src/core/config/fault.ts";
import { configWith, faultsWith, faultyVariables } from "../../support/environment.ts";

const service = { fetch: async () => new Response() };

describe("the origin", () => {
  it("is the zone's own if nothing is configured", () => {
    expect(configWith({}).origin).toEqual({ target: { kind: "zone" }, authorization: "forward", cookies: "forward" });
  });

  it.each(["https://origin.contoso.com", "http://127.0.0.1:8789", "https://origin.contoso.com/base/"])(
    "is the URL %s",
    (value) => {
      expect(configWith({ ORIGIN_URL: value }).origin.target).toEqual({ kind: "url", url: new URL(value) });
    },
  );

  it.each(["http://origin.contoso.com", "http://10.0.0.1:8080", "http://127.0.0.1.contoso.com"])(
    "must not be plain http off loopback, unless ORIGIN_PLAINTEXT is true: %s",
    (value) => {
      const problem = expect.stringMatching(/^uses http, which would send/);
      for (const ORIGIN_PLAINTEXT of [undefined, "false"]) {
        const changes = { ORIGIN_URL: value, ...(ORIGIN_PLAINTEXT && { ORIGIN_PLAINTEXT }) };
        expect(faultsWith(changes)).toMatchObject([{ variable: "ORIGIN_URL", problem }]);
      }
      const { target } = configWith({ ORIGIN_URL: value, ORIGIN_PLAINTEXT: "true" }).origin;
      expect(target).toEqual({ kind: "url", url: new URL(value) });
    },
  );

  it("is a service binding", () => {
    expect(configWith({ ORIGIN: service }).origin.target).toEqual({ kind: "service", service });
  });

  it.each([
    ["origin.contoso.com", "is not an http or https URL"],
    ["ftp://origin.contoso.com", "is not an http or https URL"],
    ["file:///etc/passwd", "is not an http or https URL"],
    ["https://user@origin.contoso.com", "must not have credentials, a query or a fragment"],
    ["https://:password@origin.contoso.com", "must not have credentials, a query or a fragment"],
    ["https://origin.contoso.com/?key=1", "must not have credentials, a query or a fragment"],
    ["https://origin.contoso.com/#top", "must not have credentials, a query or a fragment"],
  ])("rejects ORIGIN_URL=%s: %s", (value, problem) => {
    expect(faultsWith({ ORIGIN_URL: value })).toMatchObject([{ variable: "ORIGIN_URL", problem }]);
  });

  it.each([null, "https://origin.contoso.com", {}, { fetch: true }, []])("rejects the binding %j", (value) => {
    expect(faultsWith({ ORIGIN: value })).toMatchObject([{ variable: "ORIGIN", problem: "is not a service binding" }]);
  });

  it("is a binding that carries requests to a URL", () => {
    const url = new URL("https://origin.contoso.com/base");
    const { target } = configWith({ ORIGIN: service, ORIGIN_URL: url.href }).origin;
    expect(target).toEqual({ kind: "service", service, url });
  });

  it.each(["http://origin.internal", "http://localhost:8080"])(
    "must not be plain http beside a binding without ORIGIN_PLAINTEXT, because its loopback is another machine's: %s",
    (value) => {
      const changes = { ORIGIN: service, ORIGIN_URL: value };
      expect(faultsWith(changes)).toMatchObject([
        { variable: "ORIGIN_URL", problem: expect.stringMatching(/^uses http/) },
      ]);
      expect(configWith({ ...changes, ORIGIN_PLAINTEXT: "true" }).origin.target.url).toEqual(new URL(value));
    },
  );
});

describe("ORIGIN_AUTHORIZATION", () => {
  it("forwards the token if it is absent", () => {
    expect(configWith({}).origin.authorization).toBe("forward");
  });

  it.each(["forward", "strip"])("accepts %s", (value) => {
    expect(configWith({ ORIGIN_AUTHORIZATION: value }).origin.authorization).toBe(value);
  });

  it.each(["Strip", "none", ""])("rejects %j", (value) => {
    expect(faultyVariables({ ORIGIN_AUTHORIZATION: value })).toEqual(["ORIGIN_AUTHORIZATION"]);
  });

  it("rejects on-behalf-of without the downstream option, and says what to add", () => {
    expect(faultsWith({ ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "api://orders/read" })).toMatchObject([
      {
        variable: "ORIGIN_AUTHORIZATION",
        problem:
          "is on-behalf-of, which requires the option downstream: downstream(), of createGate or createEntraPlugin",
        example: "createGate({ downstream: downstream() })",
      },
    ]);
  });

  it("accepts on-behalf-of and its scopes with the downstream option", () => {
    const changes = { ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "api://orders/read api://orders/write" };
    expect(configWith(changes, { downstream: { check: () => {} } }).origin).toEqual({
      target: { kind: "zone" },
      authorization: "on-behalf-of",
      cookies: "forward",
      scopes: ["api://orders/read", "api://orders/write"],
    });
  });

  it("rejects a scope that nothing would use", () => {
    expect(faultsWith({ ORIGIN_SCOPE: "api://orders/read" })).toMatchObject([
      { variable: "ORIGIN_SCOPE", problem: "is only used with on-behalf-of" },
    ]);
  });
});

describe("ORIGIN_COOKIES", () => {
  it.each([
    [undefined, "forward"],
    ["forward", "forward"],
    ["strip", "strip"],
  ])("%s is %s", (value, cookies) => {
    expect(configWith({ ORIGIN_COOKIES: value }).origin.cookies).toBe(cookies);
  });

  it.each(["Strip", "true", ""])("rejects %j", (value) => {
    expect(faultyVariables({ ORIGIN_COOKIES: value })).toEqual(["ORIGIN_COOKIES"]);
  });
});

describe("named origins", () => {
  const billing = { ORIGIN_BILLING_URL: "https://billing.contoso.com" };
  const servingTo = (...names: readonly string[]) => ({
    serving: {
      onWorkers: true,
      forwards: () => false,
      origins: () => new Set(names),
    },
  });
  const downstream = { check: () => {} };

  it("have their own URL, binding, authorization and scopes", () => {
    const { origin, origins } = configWith(
      {
        ...billing,
        ORIGIN_URL: "https://origin.contoso.com",
        ORIGIN_BILLING_AUTHORIZATION: "on-behalf-of",
        ORIGIN_BILLING_SCOPE: "api://billing/read",
        ORIGIN_ORDERS_V2: service,
        ORIGIN_ORDERS_V2_URL: "http://orders.internal/v2",
        ORIGIN_ORDERS_V2_PLAINTEXT: "true",
        ORIGIN_ORDERS_V2_AUTHORIZATION: "strip",
        ORIGIN_ORDERS: service,
        ORIGIN_ORDERS_COOKIES: "forward",
      },
      { ...servingTo("billing", "orders_v2", "orders"), downstream },
    );
    expect(origin).toMatchObject({ target: { kind: "url" }, authorization: "forward" });
    expect(Object.fromEntries(origins)).toEqual({
      billing: {
        target: { kind: "url", url: new URL("https://billing.contoso.com") },
        authorization: "on-behalf-of",
        scopes: ["api://billing/read"],
        cookies: "strip",
      },
      orders_v2: {
        target: { kind: "service", service, url: new URL("http://orders.internal/v2") },
        authorization: "strip",
        cookies: "strip",
      },
      orders: { target: { kind: "service", service }, authorization: "forward", cookies: "forward" },
    });
    for (const each of origins.values()) expect([each, each.target].map(Object.isFrozen)).toEqual([true, true]);
  });

  it.each([
    [{}, "ORIGIN_BILLING_URL", "or the binding ORIGIN_BILLING is required"],
    [{ ORIGIN_BILLING_URL: "billing" }, "ORIGIN_BILLING_URL", "is not an http or https URL"],
    [{ ORIGIN_BILLING: {} }, "ORIGIN_BILLING", "is not a service binding"],
    [{ ORIGIN_BILLING: "https://b.example" }, "ORIGIN_BILLING", "is not a service binding"],
    [
      { ORIGIN_BILLING_URL: "http://b.example", ORIGIN_PLAINTEXT: "true" },
      "ORIGIN_BILLING_URL",
      "uses http, which would send the caller's token unencrypted",
    ],
    [{ ...billing, ORIGIN_BILLING_SCOPE: "api://b/a" }, "ORIGIN_BILLING_SCOPE", "is only used with on-behalf-of"],
    [
      { ...billing, ORIGIN_BILLING_AUTHORIZATION: "Strip" },
      "ORIGIN_BILLING_AUTHORIZATION",
      'is "Strip", not one of forward, strip, on-behalf-of',
    ],
    [{ ...billing, ORIGIN_BILLING_COOKIES: "true" }, "ORIGIN_BILLING_COOKIES", 'is "true", not one of forward, strip'],
    [
      { ...billing, ORIGIN_BILLING_COOKIE: "forward" },
      "ORIGIN_BILLING_COOKIE",
      "is not a variable of entra-gate. Did you mean ORIGIN_BILLING_COOKIES?",
    ],
    [
      { ...billing, ORIGIN_BILING_COOKIES: "forward" },
      "ORIGIN_BILING_COOKIES",
      "is not a variable of entra-gate or of a route's origin. Did you mean ORIGIN_BILLING_COOKIES?",
    ],
    [
      { ...billing, ORIGIN_billing_SCOPE: "a" },
      "ORIGIN_billing_SCOPE",
      "is not a variable of entra-gate or of a route's origin. Did you mean ORIGIN_BILLING_SCOPE?",
    ],
    [
      { ...billing, ORIGIN_BILLING_URI: "https://b.example" },
      "ORIGIN_BILLING_URI",
      "is not a variable of entra-gate. Did you mean ORIGIN_BILLING_URL?",
    ],
    [
      { ...billing, ORIGIN_BILING_AUTHORIZATION: "strip" },
      "ORIGIN_BILING_AUTHORIZATION",
      "is not a variable of entra-gate or of a route's origin. Did you mean ORIGIN_BILLING_AUTHORIZATION?",
    ],
    [
      { ...billing, ORIGIN_ORDERS: service },
      "ORIGIN_ORDERS",
      "is not a variable of entra-gate or of a route's origin. Did you mean ORIGIN_COOKIES?",
    ],
    [
      { ...billing, ORIGIN_BILLING_AUDIENCE: "https://b.example" },
      "ORIGIN_BILLING_AUDIENCE",
      "requires the option issuer of createGate or createEntraPlugin",
    ],
  ])("have faults of their own: %j", (changes, variable, problem) => {
    expect(faultsWith(changes, servingTo("billing"))).toMatchObject([{ variable, problem }]);
  });

  it("have no ORIGIN_ASSERTION of their own", () => {
    const problem = "is not a variable of entra-gate or of a route's origin. Did you mean ORIGIN_ASSERTION?";
    const changes = { ...billing, ORIGIN_BILLING_ASSERTION: "jwt" };
    expect(faultsWith(changes, servingTo("billing"))).toEqual([{ variable: "ORIGIN_BILLING_ASSERTION", problem }]);
  });

  it.each([
    [
      { ...billing, ORIGIN_BILLING_AUTHORIZATION: "ORIGIN_X" },
      'ORIGIN_BILLING_AUTHORIZATION is "ORIGIN_X", not one of forward, strip, on-behalf-of. Example: ORIGIN_BILLING_AUTHORIZATION=forward',
    ],
    [
      { ...billing, ORIGIN_BILLING_SCOPE: "api://b/a" },
      "ORIGIN_BILLING_SCOPE is only used with on-behalf-of. Example: ORIGIN_BILLING_AUTHORIZATION=on-behalf-of",
    ],
    [
      { ORIGIN_BILLING_URL: "http://b.example" },
      "ORIGIN_BILLING_URL uses http, which would send the caller's token unencrypted. Example: ORIGIN_BILLING_URL=https://origin.contoso.com, or ORIGIN_BILLING_PLAINTEXT=true in a private network",
    ],
    [
      { ORIGIN_BILLING: {} },
      'ORIGIN_BILLING is not a service binding. Example: [[services]] binding = "ORIGIN_BILLING" in wrangler.toml',
    ],
    [
      {},
      "ORIGIN_BILLING_URL or the binding ORIGIN_BILLING is required. Example: ORIGIN_BILLING_URL=https://origin.contoso.com",
    ],
  ])("have their own names in messages, and unchanged values: %j", (changes, message) => {
    expect(faultsWith(changes, servingTo("billing")).map(describeFault)).toEqual([message]);
  });

  it("are not known to an adapter", () => {
    const problem = "is not used with Hono or DaloyJS, where the gate forwards nothing. Remove it";
    expect(faultsWith(billing)).toEqual([{ variable: "ORIGIN_BILLING_URL", problem }]);
  });

  it("are read later if the routes are not declared yet", () => {
    const serving = { onWorkers: true, forwards: () => false };
    expect(configWith(billing, { serving }).origins).toEqual(new Map());
  });

  describe("and the zone's", () => {
    const own = { ORIGIN_URL: "https://origin.contoso.com", ORIGIN_AUTHORIZATION: "strip" };

    it("which is the origin without a name if that has no address", () => {
      const { origin, origins } = configWith({ ORIGIN_AUTHORIZATION: "strip" }, servingTo("zone"));
      expect(origins.get("zone")).toBe(origin);
      const changes = { ORIGIN_ZONE_AUTHORIZATION: "strip" };
      expect(faultyVariables(changes, servingTo("zone"))).toEqual(["ORIGIN_ZONE_AUTHORIZATION"]);
    });

    it("which has its own authorization beside ORIGIN_URL, and no address", () => {
      const { origins } = configWith(own, servingTo("zone"));
      expect(origins.get("zone")).toEqual({ target: { kind: "zone" }, authorization: "forward", cookies: "forward" });
      const stripped = configWith({ ...own, ORIGIN_ZONE_AUTHORIZATION: "strip" }, servingTo("zone"));
      expect(stripped.origins.get("zone")?.authorization).toBe("strip");
      for (const changes of [
        { ORIGIN_ZONE_URL: "https://zone.example" },
        { ORIGIN_ZONE_PLAINTEXT: "true" },
        { ORIGIN_ZONE: service },
      ])
        expect(faultyVariables({ ...own, ...changes }, servingTo("zone"))).toEqual(Object.keys(changes));
    });

    it("which shares ORIGIN_COOKIES with the origin without a name", () => {
      for (const address of [{}, { ORIGIN_URL: own.ORIGIN_URL }]) {
        const { origin, origins } = configWith({ ...address, ORIGIN_COOKIES: "strip" }, servingTo("zone"));
        expect([origin.cookies, origins.get("zone")?.cookies]).toEqual(["strip", "strip"]);
        const problem = "is not a variable of entra-gate or of a route's origin. Did you mean ORIGIN_COOKIES?";
        expect(faultsWith({ ...address, ORIGIN_ZONE_COOKIES: "strip" }, servingTo("zone"))).toMatchObject([
          { variable: "ORIGIN_ZONE_COOKIES", problem },
        ]);
      }
    });

    it("which exists only on Workers", () => {
      const serving = { ...servingTo("zone").serving, onWorkers: false };
      expect(faultsWith({ ...own, GATE_URL: "https://api.contoso.com" }, { serving })).toMatchObject([
        { variable: 'origin({ to: "zone" })', problem: "requires Cloudflare Workers" },
      ]);
    });

    it("to which other requests go only if a route names it", () => {
      const forwarding = (...names: readonly string[]) => ({
        serving: { ...servingTo(...names).serving, forwards: () => true },
      });
      expect(faultsWith(billing, forwarding("billing"))).toMatchObject([
        {
          variable: "ORIGIN_URL",
          problem: 'or the binding ORIGIN is required, or unlisted: "reject", or a route with origin({ to: "zone" })',
        },
      ]);
      expect(faultsWith(billing, forwarding("billing", "zone"))).toEqual([]);
      expect(faultsWith({ ...billing, ...own }, forwarding("billing"))).toEqual([]);
      expect(faultsWith({ ...billing, ORIGIN: service }, forwarding("billing"))).toEqual([]);
      expect(faultsWith({}, forwarding())).toEqual([]);
    });
  });
});
