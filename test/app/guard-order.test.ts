import { describe, expect, it } from "vitest";
import { z } from "zod";
import { requireAuth } from "../../src/app/types/auth.ts";
import type { Hooks } from "../../src/app/types/hooks.ts";
import { caller, createAppWorld, noting } from "../support/app-world.ts";

describe("the guard runs", () => {
  it("at its place in the list, before a byte of the body is read", async () => {
    const turns: string[] = [];
    const world = createAppWorld((app) => {
      app.post(
        "/a",
        {
          middleware: [noting(turns, "before"), requireAuth("a"), noting(turns, "behind")],
          request: { body: z.object({}) },
        },
        () => ({ status: 200 }),
      );
    });
    let reads = 0;
    const body = new ReadableStream(
      {
        pull(controller) {
          reads += 1;
          controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const headers = { "content-type": "application/json" };
    expect((await world.ask("/a", { method: "POST", body, headers })).status).toBe(401);
    expect(reads).toBe(0);
    expect(turns).toContain("before preBody");
    expect(turns).not.toContain("behind preBody");
    expect(turns).toEqual(expect.arrayContaining(["behind onRequest", "behind onSend"]));
    expect(turns).not.toContain("before onError");
  });

  it("first within its own bundle", async () => {
    const turns: string[] = [];
    const bundle = { ...noting(turns, "bundle"), ...requireAuth("a") };
    const world = createAppWorld((app) => app.get("/a", { hooks: bundle }, () => ({ status: 200 })));
    expect((await world.ask("/a")).status).toBe(401);
    expect(turns).not.toContain("bundle preBody");
  });

  it("before later hooks, which get the caller", async () => {
    const seen: unknown[] = [];
    const look: Hooks = { preBody: ({ state }) => void seen.push(state.principal?.oid) };
    const world = createAppWorld((app) =>
      app.get("/a", { middleware: [look, requireAuth("a"), look] }, ({ state }) => {
        seen.push(state.principal.oid);
        return { status: 200 };
      }),
    );
    expect((await world.ask("/a", caller("a"))).status).toBe(200);
    expect(seen).toEqual([undefined, "oid", "oid"]);
  });

  it("once for each requirement: both the group's and the route's must hold", async () => {
    const world = createAppWorld((app) =>
      app.group("/group", { hooks: requireAuth("a") }, (group) => {
        group.get("/a", { middleware: [requireAuth("b")] }, () => ({ status: 200 }));
        group.get("/inherited", {}, () => ({ status: 200 }));
      }),
    );
    const status = async (path: string, ...scopes: string[]) => (await world.ask(path, caller(...scopes))).status;
    expect(await status("/group/a", "a", "b")).toBe(200);
    expect([await status("/group/a", "a"), await status("/group/a", "b")]).toEqual([403, 403]);
    expect([await status("/group/inherited", "a"), await status("/group/inherited", "b")]).toEqual([200, 403]);
  });

  it("before a missing route gets 404, if the whole app has a guard", async () => {
    const world = createAppWorld((app) => app.use(requireAuth("a")).get("/a", {}, () => ({ status: 200 })));
    expect([(await world.ask("/else")).status, (await world.ask("/else", caller("a"))).status]).toEqual([401, 404]);
    expect((await world.ask("/a", { method: "POST" })).status).toBe(401);
  });
});
