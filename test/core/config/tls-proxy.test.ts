import { describe, expect, it } from "vitest";
import { daloyObstacle, workersObstacle } from "../../../src/core/config/tls-proxy.ts";
import { configWith, faultsWith } from "../../support/environment.ts";

const GATE_URL = "https://api.contoso.com";
const proxied = { GATE_TLS_PROXY: "true", GATE_URL };

describe("GATE_TLS_PROXY", () => {
  it("is off if it is absent or false", () => {
    expect(configWith({ GATE_URL }).tlsProxy).toBeUndefined();
    expect(configWith({ GATE_URL, GATE_TLS_PROXY: "false" }).tlsProxy).toBeUndefined();
    expect(configWith({ GATE_TLS_PROXY: "false", GATE_TLS_PROXY_HOPS: "2" }).tlsProxy).toBeUndefined();
  });

  it("names each address of GATE_URL by its values of Host", () => {
    const addresses = `${GATE_URL} https://API.Fabrikam.com:8443, https://[2001:DB8:0::1] https://münchen.example`;
    const { tlsProxy } = configWith({ ...proxied, GATE_URL: addresses });
    expect(tlsProxy).toEqual({
      origins: new Map([
        ["api.contoso.com", GATE_URL],
        ["api.contoso.com:443", GATE_URL],
        ["api.fabrikam.com:8443", "https://api.fabrikam.com:8443"],
        ["[2001:db8::1]", "https://[2001:db8::1]"],
        ["[2001:db8::1]:443", "https://[2001:db8::1]"],
        ["xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"],
        ["xn--mnchen-3ya.example:443", "https://xn--mnchen-3ya.example"],
      ]),
      hops: 1,
    });
    expect(Object.isFrozen(tlsProxy)).toBe(true);
  });

  it.each([
    ["without GATE_URL", { GATE_URL: undefined }, "requires GATE_URL, the addresses that callers use"],
    [
      "with an http address",
      { GATE_URL: `${GATE_URL} http://127.0.0.1:8787` },
      "requires https addresses, and GATE_URL contains http://127.0.0.1:8787",
    ],
    ["with another word", { GATE_TLS_PROXY: "True" }, 'is "True", not one of true, false'],
    ["with a number", { GATE_TLS_PROXY: "1" }, 'is "1", not one of true, false'],
  ])("is faulty %s", (_, changes, problem) => {
    expect(faultsWith({ ...proxied, ...changes })).toMatchObject([{ variable: "GATE_TLS_PROXY", problem }]);
  });

  it("requires GATE_URL beside a local Entra too", () => {
    const local = { GATE_TLS_PROXY: "true", ENTRA_AUTHORITY: "http://127.0.0.1:8788" };
    expect(faultsWith(local)).toMatchObject([{ variable: "GATE_TLS_PROXY" }]);
  });

  it("repeats no fault of GATE_URL", () => {
    expect(faultsWith({ ...proxied, GATE_URL: "api.contoso.com" })).toMatchObject([{ variable: "GATE_URL" }]);
  });

  it.each([
    [
      "on Workers",
      workersObstacle,
      "cannot be used on Cloudflare Workers, where callers reach the gate directly",
      "GATE_TLS_PROXY=false",
    ],
    [
      "in DaloyJS",
      daloyObstacle,
      "is not used with DaloyJS, which has its own option",
      "new App({ trustProxy: true })",
    ],
  ])("is faulty %s", (_, tlsProxyObstacle, problem, example) => {
    const variable = "GATE_TLS_PROXY";
    expect(faultsWith(proxied, { tlsProxyObstacle })).toEqual([{ variable, problem, example }]);
    expect(faultsWith({ GATE_TLS_PROXY: "true" }, { tlsProxyObstacle })).toEqual([{ variable, problem, example }]);
    expect(faultsWith({ ...proxied, GATE_TLS_PROXY: "false" }, { tlsProxyObstacle })).toEqual([]);
  });
});

describe("GATE_TLS_PROXY_HOPS", () => {
  it.each(["1", "2", "3", "4", "5"])("can be %s", (hops) => {
    expect(configWith({ ...proxied, GATE_TLS_PROXY_HOPS: hops }).tlsProxy?.hops).toBe(Number(hops));
  });

  it.each(["0", "6", "-1", "1.5", "01", "1e0", "one", "1 2"])("cannot be %s", (hops) => {
    expect(faultsWith({ ...proxied, GATE_TLS_PROXY_HOPS: hops })).toMatchObject([
      {
        variable: "GATE_TLS_PROXY_HOPS",
        problem: `is "${hops}", not one of 1, 2, 3, 4, 5`,
        example: "GATE_TLS_PROXY_HOPS=1",
      },
    ]);
  });

  it("is faulty without GATE_TLS_PROXY", () => {
    expect(faultsWith({ GATE_URL, GATE_TLS_PROXY_HOPS: "2" })).toEqual([
      { variable: "GATE_TLS_PROXY_HOPS", problem: "is only used with GATE_TLS_PROXY", example: "GATE_TLS_PROXY=true" },
    ]);
  });
});
