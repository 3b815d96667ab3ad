import { describe, expect, it } from "vitest";
import { ConflictError } from "../../../src/app/errors/errors.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { caller, createAppWorld } from "../../support/app-world.ts";

describe("headers that the handler of a route without hooks sets", () => {
  const world = createAppWorld((app) => {
    const middleware = [requireAuth("a")];
    app.get("/data", { middleware }, ({ set }) => {
      set.headers.set("cache-control", "max-age=60");
      return { status: 200, body: {} };
    });
    app.get("/response", { middleware }, async ({ set }) => {
      set.headers.set("cache-control", "max-age=60");
      return new Response("text");
    });
    app.get("/error", { middleware }, ({ set }) => {
      set.headers.set("x-attempt", "1");
      throw new ConflictError();
    });
    app.get("/late-error", { middleware }, async ({ set }) => {
      set.headers.set("x-attempt", "1");
      throw new Error("unforeseen");
    });
  });

  it.each(["/data", "/response"])("are on its answer, which is private: %s", async (path) => {
    const { headers } = await world.ask(path, caller("a"));
    expect([headers.get("cache-control"), headers.get("vary")]).toEqual(["private, max-age=60", "Authorization"]);
  });

  it.each([
    ["/error", 409],
    ["/late-error", 500],
  ])("are on its error too: %s", async (path, status) => {
    const answer = await world.ask(path, caller("a"));
    expect([answer.status, answer.headers.get("x-attempt")]).toEqual([status, "1"]);
  });
});
