import { describe, expect, it } from "vitest";
import * as limits from "../../src/base/common/limits.ts";
import { findRoom, listAddedHeaders } from "../../src/forwarding/added-headers.ts";
import { countBytes } from "../../src/forwarding/request-headers.ts";
import { callerOf } from "../support/claims.ts";

const addressOf = (host: string) => ({
  protocol: "https:",
  hostname: host,
  host,
  origin: `https://${host}`,
  isLoopback: false,
  pathStart: 8 + host.length,
});
const nobody = { caller: undefined, reported: undefined };
const room = limits.addedHeaderBytesMinimum;
const roles = (count: number) => Array.from({ length: count }, (_, index) => `Orders.ReadWrite.${index}`);

describe("the room for the headers that the gate adds", () => {
  const most = limits.addedHeaderBytesMaximum;
  /** The longest token beside which the gate may add the most. */
  const long = limits.originHeaderBytes - limits.clientHeaderBytes - most;

  it("is the most beside no token, and beside one that leaves so much", () => {
    for (const length of [0, 1, long - 1, long]) expect(findRoom("a".repeat(length))).toBe(most);
    expect(findRoom(undefined)).toBe(most);
  });

  it("is what a longer token leaves, but never below the least", () => {
    const range = most - room;
    expect([1, range - 1, range].map((more) => findRoom("a".repeat(long + more)))).toEqual([most - 1, room + 1, room]);
    expect(findRoom("a".repeat(long + range + 1))).toBe(room);
    expect(findRoom("a".repeat(limits.tokenBytes))).toBe(room);
  });
});

describe("the headers that the gate adds", () => {
  it("contain the caller and its authority, the address, and the reported reason", () => {
    const headers = listAddedHeaders(
      addressOf("api.contoso.example"),
      { caller: callerOf("user"), reported: "scope_missing", authority: "customers", assertion: "e.y.j" },
      limits.addedHeaderBytesMinimum,
    );
    expect(Object.fromEntries(headers!)).toMatchObject({
      "x-forwarded-host": "api.contoso.example",
      "x-forwarded-proto": "https",
      "x-ms-client-principal-idp": "aad",
      "x-entra-reported": "scope_missing",
      "x-entra-authority": "customers",
      "x-entra-assertion": "e.y.j",
    });
  });

  it("contain only the address on public routes", () => {
    expect(listAddedHeaders(addressOf("api.contoso.example"), nobody, 200)).toEqual([
      ["x-forwarded-host", "api.contoso.example"],
      ["x-forwarded-proto", "https"],
    ]);
  });

  it("may use the whole limit on public routes too", () => {
    const bytes = countBytes(listAddedHeaders(addressOf(""), nobody, room)!);
    const list = (hostBytes: number) => listAddedHeaders(addressOf("h".repeat(hostBytes)), nobody, room);
    expect(countBytes(list(room - bytes)!)).toBe(room);
    expect(list(room - bytes + 1)).toBeUndefined();
  });

  it("are never more than their room together: the address takes room from the claims", () => {
    let refused = 0;
    for (let count = 1; count <= 20; count += 1) {
      for (const length of [1, 20, 63, 150, 253, 3_000]) {
        const caller = callerOf("app", { roles: roles(count) });
        const facts = { caller, reported: "authentication_context_missing" } as const;
        const headers = listAddedHeaders(addressOf("h".repeat(length)), facts, room);
        if (headers === undefined) refused += 1;
        else expect(countBytes(headers)).toBeLessThanOrEqual(room);
      }
    }
    expect(refused).toBeGreaterThan(20);
    expect(refused).toBeLessThan(100);
  });
});
