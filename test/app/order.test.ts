import { describe, expect, it } from "vitest";
import { z } from "zod";
import { NotFoundError } from "../../src/app/errors/errors.ts";
import { createAppWorld, json, noting } from "../support/app-world.ts";

const of = (...owners: readonly string[]) => ({
  every: (name: string) => owners.map((owner) => `${owner} ${name}`),
});
const all = of("app", "group", "plugin", "middleware", "hooks");

function createWorld(turns: string[], handler: () => unknown) {
  return createAppWorld((app) => {
    app.use(noting(turns, "app"));
    app.group("/group", { hooks: noting(turns, "group") }, (group) => {
      group.register((plugin) => {
        plugin.use(noting(turns, "plugin"));
        plugin.route({
          method: "POST",
          path: "/route",
          public: true,
          request: {
            body: z.object({ a: z.number() }).refine(() => turns.push("validation")),
          },
          responses: { 200: { body: z.object({ ok: z.boolean() }).refine(() => turns.push("contract")) } },
          middleware: [noting(turns, "middleware")],
          hooks: noting(turns, "hooks"),
          handler: (() => {
            turns.push("handler");
            return handler();
          }) as never,
        });
      });
    });
  });
}

describe("hooks run", () => {
  it("from the app inwards, each kind in its phase", async () => {
    const turns: string[] = [];
    const world = createWorld(turns, () => ({ status: 200, body: { ok: true } }));
    expect((await world.ask("/group/route", json({ a: 1 }))).status).toBe(200);
    await Promise.all(world.background);
    expect(turns).toEqual([
      ...all.every("onRequest"),
      ...all.every("preBody"),
      "validation",
      ...all.every("beforeHandle"),
      "handler",
      ...all.every("afterHandle"),
      "contract",
      ...all.every("onSend"),
      ...all.every("onResponse"),
    ]);
  });

  it("for an error, except those that the error skipped", async () => {
    const turns: string[] = [];
    const world = createWorld(turns, () => Promise.reject(new NotFoundError()));
    expect((await world.ask("/group/route", json({ a: 1 }))).status).toBe(404);
    expect(turns.slice(turns.indexOf("handler"))).toEqual([
      "handler",
      ...all.every("onError"),
      ...all.every("onSend"),
      ...all.every("onResponse"),
    ]);
  });

  it("for an invalid request, before any hook that relies on validation", async () => {
    const turns: string[] = [];
    const world = createWorld(turns, () => undefined);
    expect((await world.ask("/group/route", json({ a: "1" }))).status).toBe(422);
    expect(turns).not.toContain("app beforeHandle");
    expect(turns).toEqual(expect.arrayContaining(["hooks preBody", "hooks onError", "hooks onSend"]));
  });

  it("only from the app if no route matches", async () => {
    const turns: string[] = [];
    const world = createWorld(turns, () => undefined);
    expect((await world.ask("/else")).status).toBe(404);
    const app = of("app");
    expect(turns).toEqual(
      ["onRequest", "preBody", "beforeHandle", "onError", "onSend", "onResponse"].flatMap(app.every),
    );
  });
});
