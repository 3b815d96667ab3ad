import { describe, expect, it } from "vitest";
import { checkResult, writeResult } from "../../../src/app/pipeline/pipeline.ts";
import type { RouteResult } from "../../../src/app/types/types.ts";
import type { Caller } from "../../../src/core/token/caller.ts";

/** Writes the result of a handler for an authenticated caller, or for anybody. */
function write(result: RouteResult, isAuthenticated: boolean): Response {
  const caller = isAuthenticated ? ({} as Caller) : undefined;
  return writeResult(result, { caller, headersSet: undefined }).finish("GET", false, false, true);
}

describe("plain data", () => {
  it("becomes JSON", async () => {
    const response = write({ status: 201, body: { id: 7 }, headers: { location: "/orders/7" } }, false);
    expect([response.status, response.headers.get("content-type"), response.headers.get("location")]).toEqual([
      201,
      "application/json",
      "/orders/7",
    ]);
    expect(await response.json()).toEqual({ id: 7 });
  });

  it("must not be a promise, which JSON cannot show", () => {
    const forgotten = { status: 200, body: Promise.resolve({ secret: 1 }) };
    expect(() => write(forgotten, false)).toThrow(new TypeError("the body of a response is a promise. Await it"));
  });

  it("keeps the media type that its handler set", () => {
    const headers = { "Content-Type": "application/hal+json" };
    expect(write({ status: 200, body: {}, headers }, false).headers.get("content-type")).toBe("application/hal+json");
  });

  it.each([null, false, 0, "", "text", []])("becomes JSON if the body is %j", async (body) => {
    expect(await write({ status: 200, body }, false).json()).toEqual(body);
  });

  it.each([204, 304, 200])("has no body and no media type without one: %i", async (status) => {
    const response = write({ status }, false);
    expect([response.status, response.headers.has("content-type"), await response.text()]).toEqual([status, false, ""]);
  });

  it.each([undefined, null, "text", 200, {}, [], { body: "x" }, { status: "200" }, () => ({ status: 200 })])(
    "must not be %j",
    (answer) => {
      expect(() => checkResult(answer)).toThrow(
        new TypeError("a handler must return { status, body?, headers? } or a Response"),
      );
    },
  );

  it.each([
    { status: 99 },
    { status: 600 },
    { status: 204, body: {} },
    { status: 200, headers: { "x-a": "line\r\nbreak" } },
    { status: 200, body: 1n },
  ])("throws if no response can carry it: %#", (answer) => {
    expect(() => write(answer, false)).toThrow();
  });
});

describe("an answer to an authenticated request", () => {
  it.each([
    [{ status: 200, body: {} }, "no-store"],
    [
      { status: 200, headers: { "cache-control": "public, max-age=60", "cdn-cache-control": "max-age=60" } },
      "private, max-age=60",
    ],
    [{ status: 204 }, "no-store"],
  ])("is private from the start: %j", (answer, cacheControl) => {
    const response = write(answer, true);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": cacheControl,
      vary: "Authorization",
    });
    expect(response.headers.has("cdn-cache-control")).toBe(false);
  });

  it("stays unchanged if it is for any caller", () => {
    expect(write({ status: 200, body: {} }, false).headers.has("cache-control")).toBe(false);
  });
});
