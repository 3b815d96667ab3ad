import { describe, expect, it } from "vitest";
import { z } from "zod";
import { NotFoundError } from "../../../src/app/errors/errors.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import type { Hooks } from "../../../src/app/types/hooks.ts";
import { caller, createAppWorld, noting } from "../../support/app-world.ts";

const answer = { 200: { body: z.object({ ok: z.boolean() }) } };

describe("a hook may answer", () => {
  const respond = (status: number) => () => new Response("of a hook", { status });

  it.each(["preBody", "beforeHandle"] as const)("in %s; only onSend then runs", async (name) => {
    const turns: string[] = [];
    const world = createAppWorld((app) => {
      app.get("/a", { public: true, hooks: [{ [name]: respond(418) }, noting(turns, "later")] }, () => {
        turns.push("handler");
        return { status: 200 };
      });
    });
    const response = await world.ask("/a");
    expect([response.status, await response.text()]).toEqual([418, "of a hook"]);
    expect(turns).not.toContain(`later ${name}`);
    expect(turns).not.toContain("handler");
    expect(turns).toContain("later onSend");
  });

  it.each(["preBody", "beforeHandle"] as const)("in %s, but not with a success that is not declared", async (name) => {
    for (const [acknowledge, status, expected] of [
      [{}, 200, 500],
      [{}, 302, 500],
      [{}, 403, 403],
      [{ acknowledgeNoResponseBodySchema: true } as const, 200, 200],
    ] as const) {
      const world = createAppWorld((app) =>
        app.get("/a", { public: true, responses: answer, hooks: { [name]: respond(status) }, ...acknowledge }, () => ({
          status: 200,
          body: { ok: true },
        })),
      );
      expect((await world.ask("/a")).status).toBe(expected);
    }
  });

  it.each(["preBody", "beforeHandle", "onSend"])("in %s, but only with a Response", async (name) => {
    const world = createAppWorld((app) =>
      app.get("/a", { public: true, hooks: { [name]: () => "refused" } as Hooks }, () => ({ status: 200 })),
    );
    expect((await world.ask("/a")).status).toBe(500);
  });

  it("in afterHandle, with a result that must meet the contract too", async () => {
    const results: unknown[] = [{ status: 200, body: { ok: true } }, { status: 200, body: { ok: "yes" } }, "nothing"];
    const world = createAppWorld((app) =>
      app.get("/a", { public: true, responses: answer, hooks: { afterHandle: () => results.shift() } }, () => ({
        status: 200,
        body: { ok: false },
      })),
    );
    const first = await world.ask("/a");
    expect([first.status, await first.json()]).toEqual([200, { ok: true }]);
    expect([(await world.ask("/a")).status, (await world.ask("/a")).status]).toEqual([500, 500]);
    expect(await (await world.ask("/a")).json()).toEqual({ ok: false });
  });

  it("in onError, instead of the problem details", async () => {
    const hooks: Hooks = { onError: (error) => new Response((error as Error).name, { status: 418 }) };
    const world = createAppWorld((app) =>
      app.get("/a", { public: true, hooks }, () => {
        throw new NotFoundError();
      }),
    );
    expect(await (await world.ask("/a")).text()).toBe("NotFoundError");
  });

  it("in onSend, with another answer; an answer for one caller stays private", async () => {
    const hooks: Hooks = {
      onSend: (response) => new Response(response.body, { headers: { "cache-control": "public, max-age=60" } }),
    };
    const world = createAppWorld((app) => {
      app.get("/a", { middleware: [requireAuth("a")], hooks }, () => ({ status: 200 }));
      app.get("/open", { public: true, hooks }, () => ({ status: 200 }));
    });
    const guarded = await world.ask("/a", caller("a"));
    expect(guarded.headers.get("cache-control")).toBe("private, max-age=60");
    expect((await world.ask("/open")).headers.get("cache-control")).toBe("public, max-age=60");
  });
});

describe("a hook that throws", () => {
  it.each(["onRequest", "preBody", "beforeHandle", "afterHandle", "onSend"])("in %s ends in 500", async (name) => {
    const fail = () => {
      throw new Error("at db.internal");
    };
    const world = createAppWorld((app) =>
      app.get("/a", { public: true, hooks: { [name]: fail } as Hooks }, () => ({ status: 200 })),
    );
    const response = await world.ask("/a");
    expect([response.status, (await response.text()).includes("db.internal")]).toEqual([500, false]);
    expect(world.refusals()).toMatchObject([{ reason: "internal_error", cause: "Error: at db.internal" }]);
  });

  it("in onError ends in 500", async () => {
    const onError = () => {
      throw new Error("at the hook");
    };
    const world = createAppWorld((app) =>
      app.get("/a", { public: true, hooks: { onError } }, () => {
        throw new NotFoundError();
      }),
    );
    expect((await world.ask("/a")).status).toBe(500);
    expect(world.refusals()).toMatchObject([{ cause: "Error: at the hook" }]);
  });

  it("in onResponse changes nothing, and is logged", async () => {
    const onResponse = async () => {
      throw new Error("at the metrics");
    };
    const world = createAppWorld((app) =>
      app.get("/a", { public: true, hooks: { onResponse } }, () => ({ status: 200 })),
    );
    expect((await world.ask("/a")).status).toBe(200);
    await Promise.all(world.background);
    expect(world.io.lines).toEqual([
      { event: "hook_failed", level: "error", hook: "onResponse", cause: "at the metrics" },
    ]);
  });
});

describe("headers that are set for the answer", () => {
  it("are sent with it, and with errors and refusals; its own headers take precedence", async () => {
    const hooks: Hooks = {
      preBody({ set }) {
        set.headers.set("x-a", "of the hook");
        set.headers.append("vary", "Accept");
      },
    };
    const world = createAppWorld((app) => {
      app.use(hooks);
      app.get("/a", { public: true }, () => ({ status: 200, headers: { vary: "Origin" } }));
      app.get("/own", { public: true }, () => ({ status: 200, headers: { "x-a": "own" } }));
      app.get("/error", { public: true }, () => Promise.reject(new NotFoundError()));
      app.get("/guarded", { middleware: [requireAuth("a")] }, () => ({ status: 200 }));
    });
    for (const path of ["/a", "/error", "/guarded", "/else"]) {
      expect((await world.ask(path)).headers.get("x-a")).toBe("of the hook");
    }
    expect((await world.ask("/own")).headers.get("x-a")).toBe("own");
    expect((await world.ask("/a")).headers.get("vary")).toBe("Origin, Accept");
  });

  it("are sent by a handler without hooks too", async () => {
    const world = createAppWorld((app) =>
      app.get("/a", { public: true }, ({ set }) => {
        set.headers.set("x-a", "b");
        return { status: 204 };
      }),
    );
    expect((await world.ask("/a")).headers.get("x-a")).toBe("b");
  });
});
