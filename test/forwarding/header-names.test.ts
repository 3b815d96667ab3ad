import { describe, expect, it } from "vitest";
import { hopByHopNames, isStrippedName, readNominations } from "../../src/forwarding/request-headers.ts";

describe("the headers that Connection nominates", () => {
  it("are none if the header is missing or empty", () => {
    expect([...readNominations(null)]).toEqual([]);
    expect([...readNominations(", ,")]).toEqual([]);
  });

  it("are read in lower case, without white space and empty members", () => {
    expect([...readNominations(" X-Foo ,,x-bar, CLOSE")]).toEqual(["x-foo", "x-bar", "close"]);
  });

  it.each([
    "authorization",
    "cookie",
    "host",
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "content-length",
    "if-none-match",
    "sec-websocket-key",
    "cf-connecting-ip",
    "x-forwarded-for",
    "x-cluster-client-ip",
  ])("never include %s, which is an end-to-end header", (name) => {
    expect([...readNominations(`close, ${name}`)]).toEqual(["close"]);
  });

  it.each([
    "x-cookie",
    "cookies",
    "my-authorization",
    "authorization-note",
    "hostname",
    "x-accept-encoding",
    "sec",
    "x-if-match",
  ])("may include %s, which only resembles an end-to-end header", (name) => {
    expect([...readNominations(name)]).toEqual([name]);
  });
});

describe("headers between two hops", () => {
  it.each([...hopByHopNames])("are not forwarded: %s", (name) => {
    expect(isStrippedName(name)).toBe(true);
  });

  it("are exactly these", () => {
    expect([...hopByHopNames].sort()).toEqual([
      "connection",
      "keep-alive",
      "proxy-authenticate",
      "proxy-authentication-info",
      "proxy-authorization",
      "proxy-connection",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
    ]);
  });
});
