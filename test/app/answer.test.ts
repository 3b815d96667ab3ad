import { describe, expect, it } from "vitest";
import { writeAnswer } from "../../src/app/answer.ts";
import type { RouteAnswer } from "../../src/app/types.ts";

describe("plain data", () => {
  it("becomes JSON", async () => {
    const response = writeAnswer({ status: 201, body: { id: 7 }, headers: { location: "/orders/7" } }, false);
    expect([response.status, response.headers.get("content-type"), response.headers.get("location")]).toEqual([
      201,
      "application/json",
      "/orders/7",
    ]);
    expect(await response.json()).toEqual({ id: 7 });
  });

  it("keeps the type that its handler gave it", () => {
    const headers = { "Content-Type": "application/hal+json" };
    expect(writeAnswer({ status: 200, body: {}, headers }, true).headers.get("content-type")).toBe(
      "application/hal+json",
    );
  });

  it.each([null, false, 0, "", "text", []])("becomes JSON where the body is %j", async (body) => {
    expect(await writeAnswer({ status: 200, body }, false).json()).toEqual(body);
  });

  it.each([204, 304, 200])("has no body, and no type of one, where there is none: %i", async (status) => {
    const response = writeAnswer({ status }, false);
    expect([response.status, response.headers.has("content-type"), await response.text()]).toEqual([status, false, ""]);
  });

  it.each([undefined, null, "text", 200, {}, [], { body: "x" }, { status: "200" }, () => ({ status: 200 })])(
    "is never %j",
    (answer) => {
      expect(() => writeAnswer(answer as RouteAnswer, true)).toThrow(
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
  ])("that no response can carry throws, and is no half answer: %#", (answer) => {
    expect(() => writeAnswer(answer, true)).toThrow();
  });
});

describe("a Response", () => {
  it("is taken as it is", () => {
    const response = new Response("text", { headers: { "cache-control": "public, max-age=60" } });
    expect(writeAnswer(response, false)).toBe(response);
  });
});

describe("an answer to an authenticated request", () => {
  it("is kept out of shared caches", () => {
    expect(writeAnswer({ status: 200, body: {} }, true).headers.get("cache-control")).toBe("no-store");
    expect(writeAnswer({ status: 200, body: {} }, false).headers.has("cache-control")).toBe(false);
    const headers = { "cache-control": "public, max-age=60" };
    for (const answer of [new Response("text", { headers }), { status: 200, headers }]) {
      const { headers } = writeAnswer(answer, true);
      expect([headers.get("cache-control"), headers.get("vary")]).toEqual(["private, max-age=60", "Authorization"]);
    }
  });

  it("is otherwise the same", async () => {
    const response = writeAnswer(new Response("text", { status: 203, headers: { "x-a": "b" } }), true);
    expect([response.status, response.headers.get("x-a"), await response.text()]).toEqual([203, "b", "text"]);
  });
});
