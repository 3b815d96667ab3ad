import { describe, expect, it } from "vitest";
import { isPreflight } from "../../../src/base/http/call.ts";

const app = "https://app.contoso.com";
const ask = (method: string, headers: Record<string, string> = {}) =>
  new Request("https://api.contoso.com/orders", { method, headers });

describe("isPreflight", () => {
  it.each([
    ["OPTIONS", { origin: app, "access-control-request-method": "POST" }, true],
    ["OPTIONS", { origin: app }, false],
    ["OPTIONS", { "access-control-request-method": "POST" }, false],
    ["OPTIONS", {}, false],
    ["GET", { origin: app, "access-control-request-method": "POST" }, false],
  ] as const)("of %s with %j is %s", (method, headers, expected) => {
    expect(isPreflight(ask(method, headers))).toBe(expected);
  });
});
