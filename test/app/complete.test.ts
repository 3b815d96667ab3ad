import { describe, expect, it } from "vitest";
import { completeAnswer } from "../../src/app/complete.ts";
import type { Exchange } from "../../src/app/exchange.ts";

const complete = (exchange: object, response: Response) =>
  completeAnswer({ method: "GET", principal: undefined, privateAnswer: undefined, ...exchange } as Exchange, response);
const shared = () => new Response("text", { status: 203, headers: { "cdn-cache-control": "max-age=60", "x-a": "b" } });

describe("the last step of an answer", () => {
  it("makes it private where it is for a caller, and is otherwise the same", async () => {
    const response = complete({ principal: {} }, shared());
    expect(Object.fromEntries(response.headers)).toMatchObject({ "cache-control": "no-store", "x-a": "b" });
    expect(response.headers.has("cdn-cache-control")).toBe(false);
    expect([response.status, await response.text()]).toEqual([203, "text"]);
  });

  it("leaves it as it is where it is for nobody, or is private already", () => {
    const response = shared();
    expect(complete({}, response)).toBe(response);
    expect(complete({ principal: {}, privateAnswer: response }, response)).toBe(response);
    expect(complete({ principal: {}, privateAnswer: shared() }, response)).not.toBe(response);
  });

  it("takes its body away for HEAD, and tells whoever writes it", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      cancel() {
        cancelled = true;
      },
    });
    const response = complete({ method: "HEAD", principal: {} }, new Response(body, { headers: { "x-a": "b" } }));
    expect([response.body, response.headers.get("x-a"), response.headers.get("cache-control")]).toEqual([
      null,
      "b",
      "no-store",
    ]);
    expect(cancelled).toBe(true);
  });
});
