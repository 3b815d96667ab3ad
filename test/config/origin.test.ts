import { describe, expect, it } from "vitest";
import { configWith, faultsWith, faultyVariables } from "../support/environment.ts";

const service = { fetch: async () => new Response() };

describe("the origin", () => {
  it("is the zone's own if nothing is configured", () => {
    expect(configWith({}).origin).toEqual({ target: { kind: "zone" }, authorization: "forward" });
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

  it("has exactly one target", () => {
    expect(faultsWith({ ORIGIN: service, ORIGIN_URL: "https://origin.contoso.com" })).toMatchObject([
      {
        variable: "ORIGIN_URL",
        problem: "and the binding ORIGIN are both set. Remove one",
      },
    ]);
  });
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
        problem: "is on-behalf-of, which requires the downstream option of createGate",
        example: "createGate({ downstream: downstream() })",
      },
    ]);
  });

  it("accepts on-behalf-of and its scopes with the downstream option", () => {
    const changes = { ORIGIN_AUTHORIZATION: "on-behalf-of", ORIGIN_SCOPE: "api://orders/read api://orders/write" };
    expect(configWith(changes, { downstream: { check: () => {} } }).origin).toEqual({
      target: { kind: "zone" },
      authorization: "on-behalf-of",
      scopes: ["api://orders/read", "api://orders/write"],
    });
  });

  it("rejects a scope that nothing would use", () => {
    expect(faultsWith({ ORIGIN_SCOPE: "api://orders/read" })).toMatchObject([
      { variable: "ORIGIN_SCOPE", problem: "is only used with on-behalf-of" },
    ]);
  });
});
