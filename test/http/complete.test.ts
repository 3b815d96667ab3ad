import { describe, expect, it } from "vitest";
import { completeResponse } from "../../src/http/private-response.ts";

const shared = () => new Response("text", { status: 203, headers: { "cdn-cache-control": "max-age=60", "x-a": "b" } });

describe("the last step of a response", () => {
  it("makes it private if it is for one caller", async () => {
    const response = completeResponse("GET", shared(), true);
    expect(Object.fromEntries(response.headers)).toMatchObject({ "cache-control": "no-store", "x-a": "b" });
    expect(response.headers.has("cdn-cache-control")).toBe(false);
    expect([response.status, await response.text()]).toEqual([203, "text"]);
  });

  it("keeps it unchanged if it is for any caller", () => {
    const response = shared();
    expect(completeResponse("GET", response, false)).toBe(response);
  });

  it("keeps it unchanged for HEAD if it has no body", () => {
    const response = new Response(null, { status: 204 });
    expect(completeResponse("HEAD", response, false)).toBe(response);
  });

  it("removes its body for HEAD, and cancels it", async () => {
    let cancelled = false;
    const body = new ReadableStream({
      cancel() {
        cancelled = true;
      },
    });
    const response = completeResponse("HEAD", new Response(body, { headers: { "x-a": "b" } }), true);
    expect([response.body, response.headers.get("x-a"), response.headers.get("cache-control")]).toEqual([
      null,
      "b",
      "no-store",
    ]);
    expect(cancelled).toBe(true);
  });
});
