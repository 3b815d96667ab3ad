import { describe, expect, it } from "vitest";
import { writeAnswer } from "../../src/app/answer.ts";
import type { RouteAnswer } from "../../src/app/types.ts";
import type { Principal } from "../../src/token/principal.ts";

describe("plain data", () => {
  it("becomes JSON", async () => {
    const response = writeAnswer({ status: 201, body: { id: 7 }, headers: { location: "/orders/7" } });
    expect([response.status, response.headers.get("content-type"), response.headers.get("location")]).toEqual([
      201,
      "application/json",
      "/orders/7",
    ]);
    expect(await response.json()).toEqual({ id: 7 });
  });

  it("keeps the type that its handler gave it", () => {
    const headers = { "Content-Type": "application/hal+json" };
    expect(writeAnswer({ status: 200, body: {}, headers }).headers.get("content-type")).toBe("application/hal+json");
  });

  it.each([null, false, 0, "", "text", []])("becomes JSON where the body is %j", async (body) => {
    expect(await writeAnswer({ status: 200, body }).json()).toEqual(body);
  });

  it.each([204, 304, 200])("has no body, and no type of one, where there is none: %i", async (status) => {
    const response = writeAnswer({ status });
    expect([response.status, response.headers.has("content-type"), await response.text()]).toEqual([status, false, ""]);
  });

  it.each([undefined, null, "text", 200, {}, [], { body: "x" }, { status: "200" }, () => ({ status: 200 })])(
    "is never %j",
    (answer) => {
      expect(() => writeAnswer(answer as RouteAnswer)).toThrow(
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
    expect(() => writeAnswer(answer)).toThrow();
  });
});

describe("a Response", () => {
  it("is taken as it is", () => {
    const response = new Response("text", { headers: { "cache-control": "public, max-age=60" } });
    expect(writeAnswer(response)).toBe(response);
  });
});

describe("an answer that nothing can change any more", () => {
  const write = (answer: RouteAnswer | Response, oid?: string) => {
    const principal = oid === undefined ? undefined : ({ oid } as Principal);
    const exchange: { readonly principal: Principal | undefined; privateAnswer: Response | undefined } = {
      principal,
      privateAnswer: undefined,
    };
    return { response: writeAnswer(answer, exchange), exchange };
  };

  it.each([
    [{ status: 200, body: {} }, "no-store"],
    [
      { status: 200, headers: { "cache-control": "public, max-age=60", "cdn-cache-control": "max-age=60" } },
      "private, max-age=60",
    ],
    [{ status: 204 }, "no-store"],
  ])("is private from the start where it is for a caller: %j", (answer, cacheControl) => {
    const { response, exchange } = write(answer, "oid");
    expect(exchange.privateAnswer).toBe(response);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "cache-control": cacheControl,
      vary: "Authorization",
    });
    expect(response.headers.has("cdn-cache-control")).toBe(false);
  });

  it("is as it is where it is for nobody, or the handler's own Response", () => {
    const anonymous = write({ status: 200, body: {} });
    expect([anonymous.exchange.privateAnswer, anonymous.response.headers.has("cache-control")]).toEqual([
      undefined,
      false,
    ]);
    const own = new Response("text", { headers: { "cache-control": "public" } });
    expect(write(own, "oid")).toEqual({
      response: own,
      exchange: { principal: { oid: "oid" }, privateAnswer: undefined },
    });
  });
});
