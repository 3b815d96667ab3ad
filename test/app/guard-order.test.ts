import { describe, expect, it, vi } from "vitest";
import { z } from "zod";
import type { Respond } from "../../src/app/pipeline/context.ts";
import { compileBare, compileRoute, withoutContract } from "../../src/app/pipeline/pipeline.ts";
import { createServe } from "../../src/app/pipeline/serve.ts";
import { requireAuth } from "../../src/app/types/auth.ts";
import type { Hooks } from "../../src/app/types/hooks.ts";
import type { HookContext } from "../../src/app/types/types.ts";
import { caller, createAppGate, createAppWorld, noting } from "../support/app-world.ts";
import { createFakeIo } from "../support/io.ts";

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

  it("and gives no hook the caller that it refuses, whom the log names", { tags: "refused-callers" }, async () => {
    const seen: unknown[] = [];
    const look = ({ state }: HookContext) => void seen.push(state.principal);
    const hooks: Hooks = {
      onSend: (_, context) => look(context),
      onResponse: (_, context) => look(context),
    };
    const world = createAppWorld((app) => app.get("/a", { hooks: [hooks, requireAuth("a")] }, () => ({ status: 200 })));
    expect((await world.ask("/a", caller("b"))).status).toBe(403);
    await Promise.all(world.background);
    expect(seen).toEqual([undefined, undefined]);
    expect(world.refusals()).toMatchObject([{ reason: "scope_missing", tenant: "tid", client: "azp" }]);
  });

  it("before a handler, which answers nobody without an admission", { tags: "admission" }, async () => {
    const handler = vi.fn(() => ({ status: 200 }));
    const access = { kind: "public" } as const;
    const { respond } = compileRoute({ ...withoutContract, around: [], access, handler });
    const bare = compileBare(access, handler);
    /** Answers as if the guard did not refuse, and did not admit. */
    const unguarded =
      (answer: Respond): Respond =>
      (context) =>
        answer(Object.assign(context, { admit() {} }));
    const io = createFakeIo();
    const fallbacks = { respond, cors: undefined };
    const ask = async (answer: Respond) => {
      const serve = createServe({
        ...createAppGate(io),
        find: () => ({ kind: "unlisted" }),
        fallbacks: { unlisted: { respond: answer, cors: undefined }, "near-miss": fallbacks, "no-document": fallbacks },
      });
      return (await serve(new Request("https://api.contoso.example/a"))).status;
    };
    for (const answer of [respond, bare]) {
      expect([await ask(answer), await ask(unguarded(answer))]).toEqual([200, 500]);
      const cause = expect.stringContaining("not admitted");
      expect(io.lines.at(-1)).toMatchObject({ reason: "internal_error", cause });
    }
    expect(handler).toHaveBeenCalledTimes(2);
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
