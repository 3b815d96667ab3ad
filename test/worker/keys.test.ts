import { afterEach, describe, expect, it } from "vitest";
import type { Stack } from "../../dev/stack.ts";
import { startGateStack } from "../support/gate-runtime.ts";

let stack: Stack;

afterEach(() => stack.stop());

async function token(query = ""): Promise<string> {
  return (await fetch(`${stack.entraUrl}/local/token?persona=member${query}`)).text();
}

const ask = (credential: string, signal?: AbortSignal) =>
  fetch(`${stack.gateUrl}/orders`, { headers: { authorization: `Bearer ${credential}` }, ...(signal && { signal }) });

async function tell(path: string, body: object): Promise<unknown> {
  const response = await fetch(`${stack.entraUrl}/local/${path}`, { method: "POST", body: JSON.stringify(body) });
  return response.json();
}

async function countKeyFetches(): Promise<number> {
  const counts = (await (await fetch(`${stack.entraUrl}/local/counts`)).json()) as { total: { keys: number } };
  return counts.total.keys;
}

/** Statuses of requests at once, each with how often it came. */
async function countStatuses(requests: readonly Promise<Response>[]): Promise<Record<number, number>> {
  const counts: Record<number, number> = {};
  for (const response of await Promise.all(requests)) {
    await response.body?.cancel();
    counts[response.status] = (counts[response.status] ?? 0) + 1;
  }
  return counts;
}

describe("keys in one isolate of workerd", () => {
  it("are fetched once for 200 cold requests at once", async () => {
    stack = await startGateStack();
    const credential = await token();
    expect(await countStatuses(Array.from({ length: 200 }, () => ask(credential)))).toEqual({ 200: 200 });
    expect(await countKeyFetches()).toBe(1);
  });

  it("reach all others where the first request, the one that fetches, is aborted", async () => {
    stack = await startGateStack();
    const credential = await token();
    await tell("weather", { kind: "slow", delayMs: 700 });
    const controller = new AbortController();
    const first = ask(credential, controller.signal).catch((error: Error) => error.name);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const others = Array.from({ length: 199 }, () => ask(credential));
    await new Promise((resolve) => setTimeout(resolve, 100));
    controller.abort();
    expect(await first).toBe("AbortError");
    expect(await countStatuses(others)).toEqual({ 200: 199 });
    expect(await countKeyFetches()).toBeLessThanOrEqual(2);
  });

  it("follow an emergency rollover without a failed request", async () => {
    stack = await startGateStack();
    const old = await token();
    expect(await countStatuses([ask(old)])).toEqual({ 200: 1 });
    await tell("rollover", { kind: "emergency" });
    const fresh = await token();
    const requests = Array.from({ length: 100 }, (_, index) => ask(index % 2 === 0 ? fresh : old));
    expect(await countStatuses(requests)).toEqual({ 200: 100 });
    expect(await countKeyFetches()).toBe(2);
  });

  it("that are invented, 1,000 at once, cost at most two fetches and no good token", async () => {
    stack = await startGateStack();
    const good = await token();
    const forged = Array.from({ length: 1_000 }, (_, index) => {
      const header = Buffer.from(JSON.stringify({ typ: "JWT", alg: "RS256", kid: `invented-${index}` })).toString(
        "base64url",
      );
      return `${header}.${good.split(".").slice(1).join(".")}`;
    });
    const requests = forged.flatMap((credential, index) =>
      index % 20 === 0 ? [ask(credential), ask(good)] : [ask(credential)],
    );
    expect(await countStatuses(requests)).toEqual({ 200: 50, 401: 1_000 });
    expect(await countKeyFetches()).toBeLessThanOrEqual(2);
  });

  it("that cannot be had make 503 with Retry-After, in one attempt", async () => {
    stack = await startGateStack();
    const credential = await token();
    await tell("weather", { kind: "down" });
    const refused = await ask(credential);
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(refused.headers.has("www-authenticate")).toBe(false);
    expect(await countStatuses(Array.from({ length: 100 }, () => ask(credential)))).toEqual({ 503: 100 });
    expect(await countKeyFetches()).toBe(0);
  });
});
