import { describe, expect, it } from "vitest";
import type { Serving } from "../../../src/core/config/serving.ts";
import { configWith, faultsWith, faultyVariables } from "../../support/environment.ts";

const ORIGIN_URL = "https://origin.contoso.com";
const GATE_URL = "https://api.contoso.com";

const servingOf = (onWorkers: boolean, forwards: Serving["forwards"] = () => true) => ({
  serving: { onWorkers, forwards },
});
const onWorkers = servingOf(true);
const elsewhere = servingOf(false);

describe("GATE_URL", () => {
  it("allows any address if it is absent", () => {
    expect(configWith({}, onWorkers).addresses).toBeUndefined();
  });

  it("is a list of origins, in the form of a request's URL", () => {
    const value = "https://API.contoso.com:443/, https://münchen.example http://localhost:8787 http://127.0.0.1";
    expect(configWith({ GATE_URL: value }).addresses).toEqual(
      new Set([GATE_URL, "https://xn--mnchen-3ya.example", "http://localhost:8787", "http://127.0.0.1"]),
    );
  });

  it.each([
    "api.contoso.com",
    "//api.contoso.com",
    "http://api.contoso.com",
    "http://127.0.0.1.contoso.com",
    "ftp://api.contoso.com",
    "https://api.contoso.com/orders",
    "https://api.contoso.com?",
    "https://api.contoso.com/#top",
    "https://user@api.contoso.com",
    "https://*.contoso.com",
    "*",
    "https://api.contoso.com https://",
  ])("must contain https origins, or http origins on loopback: %s", (value) => {
    expect(faultsWith({ GATE_URL: value }, onWorkers)).toMatchObject([
      { variable: "GATE_URL", problem: expect.stringMatching(/^contains ".*", which is not an https origin/) },
    ]);
  });

  it.each(["", " , ", 1])("must not be empty: %j", (value) => {
    expect(faultyVariables({ GATE_URL: value, ORIGIN_URL }, elsewhere)).toEqual(["GATE_URL"]);
  });

  it("is required outside Workers, with a fault that gives an example", () => {
    expect(faultsWith({ ORIGIN_URL }, elsewhere)).toEqual([
      {
        variable: "GATE_URL",
        problem: "is required outside Cloudflare Workers, where callers choose the host",
        example: "GATE_URL=https://api.contoso.com",
      },
    ]);
    expect(faultsWith({ ORIGIN_URL, GATE_URL }, elsewhere)).toEqual([]);
    expect(faultsWith({ ORIGIN_URL, ENTRA_AUTHORITY: "https://contoso.ciamlogin.com" }, elsewhere)).toHaveLength(1);
  });

  it.each(["http://127.0.0.1:8788", "https://localhost:8788"])("is not required with a local Entra: %s", (value) => {
    expect(faultsWith({ ORIGIN_URL, ENTRA_AUTHORITY: value }, elsewhere)).toEqual([]);
  });

  it("is not a second fault if the authority, on which it depends, is faulty", () => {
    expect(faultyVariables({ ORIGIN_URL, ENTRA_AUTHORITY: "127.0.0.1" }, elsewhere)).toEqual(["ENTRA_AUTHORITY"]);
  });

  it("is not required for an adapter", () => {
    expect(faultsWith({})).toEqual([]);
  });
});

describe("ORIGIN_URL outside Workers", () => {
  it("is required if any request goes to the origin", () => {
    expect(faultsWith({ GATE_URL }, elsewhere)).toEqual([
      {
        variable: "ORIGIN_URL",
        problem: "or the binding ORIGIN is required outside Cloudflare Workers",
        example: "ORIGIN_URL=https://origin.contoso.com",
      },
    ]);
    expect(faultyVariables({ ENTRA_AUTHORITY: "http://127.0.0.1:8788" }, elsewhere)).toEqual(["ORIGIN_URL"]);
    expect(faultsWith({ GATE_URL, ORIGIN: { fetch: async () => new Response() } }, elsewhere)).toEqual([]);
  });

  it("is not required if no request goes to the origin", () => {
    expect(
      faultsWith(
        { GATE_URL },
        servingOf(false, () => false),
      ),
    ).toEqual([]);
    expect(faultsWith({ GATE_URL })).toEqual([]);
  });

  it("is required if requests go to the origin only in report mode", () => {
    const reporting = servingOf(false, (mode) => mode === "report");
    expect(faultsWith({ GATE_URL }, reporting)).toEqual([]);
    expect(faultyVariables({ GATE_URL, GATE_MODE: "report" }, reporting)).toEqual(["ORIGIN_URL"]);
  });

  it.each([{ ORIGIN_URL: "" }, { ORIGIN_URL: "origin" }, { ORIGIN: "origin" }])(
    "is one fault, not two: %j",
    (changes) => {
      expect(faultyVariables({ GATE_URL, ...changes }, elsewhere)).toHaveLength(1);
    },
  );
});
