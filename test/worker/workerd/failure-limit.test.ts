import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { waitForMinute } from "../../support/clock-minute.ts";
import { startFleetOf } from "../../support/fleet.ts";
import { type HeaderField, type HttpAnswer, readHeader } from "../../support/http.ts";

/** A counting binding, as on Cloudflare, whose network sets the client's address. */
const perMinute = 5;
const fleet = await startFleetOf({ counted: { perMinute }, uncounted: {} });
afterAll(() => fleet.stop());

type Name = "counted" | "uncounted";

async function send(gate: Name, address: string | undefined, token?: string): Promise<HttpAnswer> {
  const headers: HeaderField[] = [];
  if (address !== undefined) headers.push(["CF-Connecting-IP", address]);
  if (token !== undefined) headers.push(["Authorization", `Bearer ${token}`]);
  return fleet.send(gate, { headers });
}

const forge = await fleet.forge("counted");
/** A valid header and valid claims, so that only the signature is wrong. */
const forged = (number: number) => {
  const [header, claims] = forge.token.split(".");
  return `${header}.${claims}.${Buffer.from(`signature ${number} `.padEnd(256, "x")).toString("base64url")}`;
};

/** Sends invalid tokens until the address is blocked, because the gate counts after its responses. */
async function exhaust(address: string): Promise<HttpAnswer> {
  for (let number = 0; number < 200; number += 1) {
    const answer = await send("counted", address, forged(number));
    if (answer.status === 429) return answer;
    expect(answer.status).toBe(401);
  }
  throw new Error("never blocked");
}

describe("an address that keeps sending invalid tokens", () => {
  beforeEach(waitForMinute);

  it("gets 429 with Retry-After, before its token is checked", async () => {
    const blocked = await exhaust("192.0.2.1");
    const seconds = Number(readHeader(blocked, "retry-after").join());
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    const { instance, ...problem } = JSON.parse(blocked.body);
    const detail = "Too many invalid access tokens came from your address. Retry later.";
    expect(problem).toEqual({ type: "about:blank", title: "Too Many Requests", status: 429, detail });
    expect(readHeader(blocked, "www-authenticate")).toEqual([]);
    const line = await fleet.lineOf(instance);
    expect(line).toMatchObject({ event: "refused", reason: "too_many_failures", status: 429 });
    expect(JSON.stringify(line)).not.toContain("192.0.2.1");
  });

  it("still gets 401 if it sends no token", async () => {
    await exhaust("192.0.2.2");
    expect((await send("counted", "192.0.2.2")).status).toBe(401);
  });

  it("does not stop known tokens, or other addresses", { tags: "failure-limit" }, async () => {
    const neighbour = forge.token;
    expect((await send("counted", "192.0.2.3", neighbour)).status).toBe(200);
    await exhaust("192.0.2.3");
    expect((await send("counted", "192.0.2.3", neighbour)).status).toBe(200);
    const unknown = await forge.issue({ persona: "admin" });
    expect((await send("counted", "192.0.2.3", unknown)).status).toBe(429);
    expect((await send("counted", "192.0.2.4", unknown)).status).toBe(200);
    // From now on, it is a known token.
    expect((await send("counted", "192.0.2.3", unknown)).status).toBe(200);
  });

  it("includes its neighbors in an IPv6 network of 64 bits", async () => {
    await exhaust("2001:db8:1:2::1");
    expect((await send("counted", "2001:db8:1:2:ffff:ffff:ffff:ffff", forged(0))).status).toBe(429);
    expect((await send("counted", "2001:db8:1:3::1", forged(0))).status).toBe(401);
  });
});

describe("the failure limit does not count callers", () => {
  const many = Array.from({ length: 4 * perMinute }, (_, number) => number);

  it("with valid tokens, or none", async () => {
    for (const _ of many) expect((await send("counted", "192.0.2.5", forge.token)).status).toBe(200);
    for (const _ of many) expect((await send("counted", "192.0.2.5")).status).toBe(401);
    expect((await send("counted", "192.0.2.5", forged(0))).status).toBe(401);
  });

  it("with a valid token without permission", async () => {
    for (const number of many) {
      const token = await forge.issue({ scopes: ["orders.read"], claims: { number } });
      expect((await send("counted", "192.0.2.6", token)).status).toBe(403);
    }
  });

  it("without an address or without the binding", async () => {
    for (const number of many) {
      expect((await send("counted", undefined, forged(number))).status).toBe(401);
      expect((await send("uncounted", "192.0.2.7", forged(number))).status).toBe(401);
    }
  });
});
