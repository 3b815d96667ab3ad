import { describe, expect, it } from "vitest";
import { z } from "zod";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { caller, createAppWorld } from "../../support/app-world.ts";

const responses = {
  200: { description: "OK", body: z.object({ id: z.string() }) },
  201: {
    description: "Created",
    headers: { Location: { schema: z.string().startsWith("/") }, "x-note": { description: "free" } },
  },
  204: { description: "Nothing" },
};

async function answer(given: unknown, change: object = {}) {
  const world = createAppWorld((app) =>
    app.route({
      method: "GET",
      path: "/a",
      middleware: [requireAuth("a")],
      responses,
      handler: () => given,
      ...change,
    } as never),
  );
  const response = await world.ask("/a", caller("a"));
  const cause = world.refusals().map((line) => line.cause);
  return { status: response.status, text: await response.text(), headers: response.headers, cause: cause[0] };
}
const broken = (what: string) => `the response does not match its definition: ${what}`;

describe("an answer", () => {
  it("has the output of its schema, and is private", async () => {
    const { status, text, headers } = await answer({ status: 200, body: { id: "7", password: "x" } });
    expect([status, text, headers.get("cache-control")]).toEqual([200, '{"id":"7"}', "no-store"]);
  });

  it("may have headers that are declared", async () => {
    const { status, headers } = await answer({ status: 201, headers: { location: "/a/7", "X-Note": "n" } });
    expect([status, headers.get("location"), headers.get("x-note")]).toEqual([201, "/a/7", "n"]);
  });

  it("may have any headers if none is declared, and any body", async () => {
    expect((await answer({ status: 200, body: { id: "7" }, headers: { "x-any": "1" } })).headers.get("x-any")).toBe(
      "1",
    );
    expect((await answer({ status: 204 })).status).toBe(204);
  });

  it.each([
    [{ status: 404 }, "status 404 is not declared"],
    [{ status: 200 }, "body of 200 at /"],
    [{ status: 200, body: { id: 7 } }, "body of 200 at /id"],
    [{ status: 201 }, "header location at /"],
    [{ status: 201, headers: { location: "https://elsewhere" } }, "header location at /"],
    [{ status: 201, headers: { location: "/a", "x-secret": "s" } }, "header x-secret is not declared"],
  ])("that breaks its contract becomes 500: %j", async (given, what) => {
    const { status, text, cause } = await answer(given);
    expect([status, JSON.parse(text).detail, cause]).toEqual([
      500,
      "An internal error occurred. Contact the operator.",
      broken(what),
    ]);
  });

  it("that is a Response becomes 500, unless the route takes responsibility", async () => {
    const raw = () => new Response("opaque", { status: 418 });
    expect((await answer(raw())).status).toBe(500);
    expect((await answer(raw(), { acknowledgeNoResponseBodySchema: true })).text).toBe("opaque");
    expect((await answer({ status: 404 }, { acknowledgeNoResponseBodySchema: true })).status).toBe(500);
  });

  it.each([undefined, null, "text", {}, { body: "x" }])("that is invalid becomes 500: %j", async (given) => {
    expect(await answer(given)).toMatchObject({ status: 500, cause: expect.stringContaining("TypeError: a handler") });
  });
});
