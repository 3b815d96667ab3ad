import { describe, expect, it } from "vitest";
import { findClientAddress } from "../../../src/base/http/client-address.ts";

const find = (list: string | readonly string[] | undefined, hops = 1) => {
  const headers = new Headers([list ?? []].flat().map((value): [string, string] => ["x-forwarded-for", value]));
  headers.set("cf-connecting-ip", "192.0.2.250");
  headers.set("x-real-ip", "192.0.2.250");
  headers.set("forwarded", "for=192.0.2.250");
  const connection = { remoteAddr: { hostname: "192.0.2.251" } };
  const request = new Request("https://a.example", { headers });
  return findClientAddress({ request, env: connection, platform: connection }, { origins: new Map(), hops });
};

describe("the client's address behind a proxy that ends TLS", () => {
  it.each<[string | readonly string[], string | undefined]>([
    ["192.0.2.1", "192.0.2.1"],
    [" 192.0.2.1\t", "192.0.2.1"],
    ["192.0.2.9, 192.0.2.1", "192.0.2.1"],
    [["192.0.2.9", "192.0.2.1"], "192.0.2.1"],
    ["192.0.2.9,,192.0.2.1", "192.0.2.1"],
    ["192.0.2.1:51234", "192.0.2.1"],
    ["2001:DB8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["[2001:db8:1:2::1]", "2001:db8:1:2"],
    ["[2001:db8:1:2::1]:443", "2001:db8:1:2"],
    ["2001:db8:1:2::99", "2001:db8:1:2"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["[::ffff:192.0.2.1]:443", "192.0.2.1"],
  ])("is the last entry: %j is %s", { tags: "proxy-clients" }, (list, expected) => {
    expect(find(list)).toBe(expected);
  });

  it.each([
    undefined,
    "",
    "192.0.2.1,",
    "unknown",
    "_hidden",
    "client.example",
    "192.0.2",
    "192.0.2.256",
    "192.0.2.01",
    "0xc0000201",
    "3221225985",
    "192.0.2.1.",
    "192.0.2.1:port",
    "192.0.2.1:123456",
    "192.0.2.1 192.0.2.2",
    '"192.0.2.1"',
    "for=192.0.2.1",
    "fe80::1%eth0",
    "[fe80::1%25eth0]",
    "[192.0.2.1]",
    "2001:db8::1::2",
    "2001:db8",
    "2001:db8:1:2:3:4:5:6:7",
    "[2001:db8::1",
    ":::",
    "::1/64",
    "192.0.2.9, unknown",
  ])("is none, and never that of the proxy, if the last entry is no address: %j", (list) => {
    expect(find(list)).toBeUndefined();
  });

  it("is the entry counted from the end", () => {
    const list = "192.0.2.1, 192.0.2.2, 192.0.2.3, 192.0.2.4, 192.0.2.5";
    expect([1, 2, 3, 4, 5].map((hops) => find(list, hops))).toEqual([
      "192.0.2.5",
      "192.0.2.4",
      "192.0.2.3",
      "192.0.2.2",
      "192.0.2.1",
    ]);
    expect(find([list, "192.0.2.6:443"], 2)).toBe("192.0.2.5");
  });

  it.each([undefined, "", "192.0.2.1", "192.0.2.1,192.0.2.2", ",192.0.2.2", ",,"])(
    "is none with fewer entries than proxies: %j",
    (list) => {
      expect(find(list, 3)).toBeUndefined();
    },
  );

  it("is found after 1,000 entries of the caller", () => {
    const forged = Array.from({ length: 1_000 }, (_, index) => `198.51.100.${index % 256}`).join(", ");
    expect([find(`${forged}, 192.0.2.1`), find(`${forged}, 192.0.2.2, 192.0.2.1`, 2)]).toEqual([
      "192.0.2.1",
      "192.0.2.2",
    ]);
  });
});
